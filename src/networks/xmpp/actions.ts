/**
 * What the account can do, each action one stanza to a room or a person.
 */
import { DeliveryError } from '../../hub/errors.ts';
import type { Actions, Receipt } from '../../hub/network.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { toReactions, toRetraction } from '../../wire/xmpp/message-acts.ts';
import type { Connection } from './connection.ts';
import type { DirectChats } from './direct.ts';
import { createLookups } from './lookups.ts';
import { toEditStanza, toMessageStanza, toStanza, type MessageType } from './outgoing.ts';
import { findPeer } from './peer.ts';
import type { Requests } from './requests.ts';
import type { MucRoom } from './room.ts';
import type { Rooms } from './rooms.ts';

/** The actions of one run. They fail once it is over. */
export function createActions(
  connection: Connection,
  rooms: Rooms,
  direct: DirectChats,
  requests: Requests,
): Actions {
  return {
    ...createLookups(connection, rooms, direct),

    send: (message) =>
      deliver(message.room, message.token, (room, type) => {
        const { replyTo } = message;
        if (!room) {
          const native = replyTo && direct.toWireId(message.room, replyTo.native);
          const said = native === undefined ? message : { ...message, replyTo: { ...replyTo, native } };
          return toMessageStanza(said, type, undefined);
        }
        const answered = replyTo && room.memory.recent.byNative(replyTo.native);
        return toMessageStanza(message, type, answered && `${message.room}/${answered.nick}`);
      }),

    edit: (edit) =>
      deliver(edit.room, edit.token, (room, type) => {
        if (!room) return toEditStanza(edit, type, direct.toWireId(edit.room, edit.target));
        const target = room.memory.recent.byNative(edit.target);
        if (target?.origin === undefined) {
          throw new DeliveryError('failed', 'the message is too old to be changed here', { permanent: true });
        }
        return toEditStanza(edit, type, target.origin);
      }),

    async recall({ room, token, target }) {
      await deliver(room, token, (muc, type) => {
        const id = muc ? target : direct.toWireId(room, target);
        return toStanza(room, type, token, ...toRetraction(id));
      });
    },

    async react({ room: name, token, target, emoji, added, author }) {
      await deliver(name, token, (room, type) => {
        const by = `${author.account}/${author.user}`;
        const emojis = room ? room.shown.change(target, by, { emoji, added }) : added ? [emoji] : [];
        const id = room ? target : direct.toWireId(name, target);
        return toStanza(name, type, token, ...toReactions({ id, emojis }));
      });
    },

    direct: (user) => findPeer(rooms, user).toString(),

    answer: (answer) => requests.answer(answer, connection),
  };

  async function deliver(
    name: string,
    token: string,
    build: (room: MucRoom | undefined, type: MessageType) => XmlElement,
  ): Promise<Receipt> {
    // Known rooms are reached in the same turn, so that sends of a room keep the order of their calls.
    const room = rooms.get(name) ?? (await rooms.reach(name));
    return room
      ? room.sends.send(token, () => build(room, 'groupchat'))
      : direct.send(token, build(undefined, 'chat'), connection, name);
  }
}
