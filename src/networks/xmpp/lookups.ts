/**
 * What can be asked of an account in rooms, be it a client or a component.
 */
import type { Actions } from '../../hub/network.ts';
import { toJid } from '../../wire/xmpp/jid.ts';
import type { Connection } from './connection.ts';
import type { DirectChats } from './direct.ts';
import type { Rooms } from './rooms.ts';

export function createLookups(
  connection: Connection,
  rooms: Rooms,
  direct: DirectChats,
): Required<Pick<Actions, 'find' | 'rooms' | 'members'>> {
  return {
    async find({ room: name, token, since }) {
      const room = await rooms.reach(name);
      return room ? room.sends.find(token, since) : direct.find(token, since, connection);
    },

    rooms: () =>
      Promise.resolve(
        rooms.inside().map((room) => ({ room: room.jid, name: toJid(room.jid)?.local ?? room.jid })),
      ),

    members: (room) => rooms.get(room)?.members() ?? [],
  };
}
