/** What the hub can do in the house: show there what was said elsewhere. */
import { DeliveryError, RequestError } from '../../hub/errors.ts';
import type { Actions, Author, Carried, Limits, OutgoingMessage, Receipt } from '../../hub/network.ts';
import { toForeignName, toWord } from './happening.ts';
import { toForeignId } from './correspondents.ts';
import type { House } from './house.ts';
import type { RecentMap } from '../../hub/recent-map.ts';
import { toPrivateRoom } from './private-room.ts';
import { PrivateTalk } from './private-talk.ts';
import type { Answered } from './room-event.ts';
import type { Room } from './room.ts';
import { toForeignWho, type Who } from './who.ts';

export const houseLimits: Limits = { textBytes: 262_144, sendsUnderWay: 256, sendTimeoutMs: 10_000 };

export const houseCarries: readonly Carried[] = [
  'author',
  'reply',
  'action',
  'mention',
  'image',
  'audio',
  'video',
  'file',
  'emoji',
  'forward',
  'place',
  'card',
];

/** So many sends are known again when they are tried or asked for once more. */
export const shownLimit = 20_000;

/**
 * The actions of one run. Whoever is here has been shown it when they resolve; who is not finds it in the history.
 * `shown` holds the receipts by token and outlives a run, so that nothing is shown twice.
 */
export function createActions(house: House, shown: RecentMap<Receipt>): Actions {
  const once = async (token: string, show: () => Promise<void> | void): Promise<Receipt> => {
    const before = shown.get(token);
    if (before) return before;
    await show();
    const receipt = { native: token };
    shown.set(token, receipt);
    return receipt;
  };
  const inRoom = (roomName: string): Room => {
    const room = house.findRoom(roomName);
    if (room) return room;
    throw new DeliveryError('failed', `The house has no room ${roomName}`, { permanent: true });
  };
  const say = (room: Room, message: OutgoingMessage, native: string, edited: boolean) => {
    const { body, author, action = false, at } = message;
    const replyTo = toAnswered(room, message.replyTo);
    const said = { kind: edited ? 'edited' : 'said', id: native, who: toWho(house, author), at } as const;
    room.tell({ ...said, body, action, ...(replyTo && { replyTo }) });
  };

  return {
    send: async (message) => {
      const alone = PrivateTalk.find(house, message.room);
      if (alone) return once(message.token, () => alone.say(message, false));
      const room = inRoom(message.room);
      return once(message.token, () => say(room, message, message.token, false));
    },
    edit: async (edit) => {
      const alone = PrivateTalk.find(house, edit.room);
      if (alone) return once(edit.token, () => alone.say(edit, true));
      const room = inRoom(edit.room);
      return once(edit.token, () => say(room, edit, edit.target, true));
    },
    recall: async ({ room: roomName, target, token, author }) => {
      const alone = PrivateTalk.find(house, roomName);
      if (alone) {
        await once(token, () => author && alone.show(author, (name) => ({ kind: 'recalled', name })));
        return;
      }
      const room = inRoom(roomName);
      await once(token, () => {
        const quote = room.quoteOf(target);
        room.tell({ kind: 'recalled', id: target, ...(quote && { author: quote.name }) });
      });
    },
    react: async ({ room: roomName, target, token, emoji, added, author }) => {
      const alone = PrivateTalk.find(house, roomName);
      if (alone) {
        await once(token, () => alone.show(author, (name) => ({ kind: 'reacted', name, emoji, added })));
        return;
      }
      const room = inRoom(roomName);
      await once(token, () => {
        const quote = room.quoteOf(target);
        room.tell({
          kind: 'reacted',
          id: target,
          who: toWho(house, author),
          emoji,
          added,
          ...(quote && { quote }),
        });
      });
    },
    rename: async ({ room: roomName, token, author, oldName: foreign }) => {
      const room = inRoom(roomName);
      return once(token, () => {
        const who = toForeignWho(author);
        const oldName = toForeignName(foreign, author.account);
        if (oldName !== who.name) room.tell({ kind: 'renamed', who, oldName });
      });
    },
    typing: async (roomName, on) => {
      house.findRoom(roomName)?.tell({ kind: 'typing', who: house.self, on });
    },
    // Whoever was here before this process is gone, and found it in the history or finds it there now.
    find: async ({ token }) => shown.get(token) ?? 'absent',
    direct: (user, author) => {
      const person = house.findById(user);
      if (!person) throw new RequestError('person-away', 'they have left the house');
      if (!person.refuses(toForeignId(author))) return toPrivateRoom(user, author);
      throw new RequestError('not-allowed', 'they take no private messages from you');
    },
    rooms: async () => house.rooms.map((room) => ({ room: room.name, name: room.name })),
    members: (name) => Array.from(house.findRoom(name)?.people ?? [], (person) => person.user),
  };
}

function toWho(house: House, author: Author | undefined): Who {
  // What a program does as the house comes with the house's own user as its author, or with none.
  const isHouse = author === undefined || (author.user === house.self.id && author.account === house.self.id);
  return isHouse ? house.self : toForeignWho(author);
}

/** The answered message as it was shown here; else as the hub quotes it, the name made harmless. */
function toAnswered(room: Room, replyTo: OutgoingMessage['replyTo']): Answered | undefined {
  if (!replyTo) return undefined;
  const { native: id, quote: told } = replyTo;
  const quote = room.quoteOf(id) ?? (told && { name: toWord(told.name), text: told.text });
  return { id, ...(quote && { quote }) };
}
