/** Where somebody of the account's rooms can be talked with alone. */
import { RequestError } from '../../hub/errors.ts';
import { createJid, toJid, type Jid } from '../../wire/xmpp/jid.ts';
import type { Rooms } from './rooms.ts';

/**
 * The occupant of a room of ours with this user id, under the nick of this moment; or whoever has written to us under
 * this address. From memory.
 *
 * @throws RequestError
 */
export function findPeer(rooms: Pick<Rooms, 'inside' | 'get'>, user: string): Jid {
  for (const room of rooms.inside()) {
    const occupant = room.members().find(({ id }) => id === user);
    const jid = occupant && toJid(room.jid);
    if (jid) return createJid(jid.local, jid.domain, occupant.name);
  }
  const jid = toJid(user);
  if (jid && jid.local !== '' && !rooms.get(jid.bare.toString())) return jid;
  throw new RequestError('person-away', 'they are in none of the rooms at the moment');
}
