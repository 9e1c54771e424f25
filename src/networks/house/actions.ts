/** What the hub can do in the house: show there what was said elsewhere. */
import { DeliveryError, RequestError } from '../../hub/errors.ts';
import type { Quote } from '../../hub/event.ts';
import { toPlainText } from '../../hub/message.ts';
import type { Actions, Author, Carried, Limits, OutgoingMessage, Receipt } from '../../hub/network.ts';
import { type Happening, toForeignName, toHouseName, toWord } from './happening.ts';
import type { House } from './house.ts';
import type { RecentMap } from '../../hub/recent-map.ts';
import type { Person } from './person.ts';
import { readPrivateRoom, toPrivateRoom, type PrivateRoom } from './private-room.ts';
import { Room } from './room.ts';
import { toTerminalLines } from '../../wire/telnet/terminal-text.ts';

export const houseLimits: Limits = { textBytes: 262_144, sendsUnderWay: 256, sendTimeoutMs: 10_000 };

export const houseCarries: readonly Carried[] = ['author', 'reply', 'action'];

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
  const toPerson = ({ person: id }: PrivateRoom): Person => {
    const person = house.findById(id);
    if (person) return person;
    throw new DeliveryError('failed', 'they have left the house', { permanent: true });
  };
  const say = (room: Room, message: OutgoingMessage, native: string, edited: boolean) => {
    const happening = toHappening(house, room, message, edited);
    room.remember(native, happening.name, happening.text);
    room.tell(happening);
  };
  return {
    send: async (message) => {
      const alone = readPrivateRoom(message.room);
      const target = alone ? toPerson(alone) : inRoom(message.room);
      return once(message.token, () =>
        target instanceof Room ? say(target, message, message.token, false) : whisper(target, message, ''),
      );
    },
    edit: async (edit) => {
      const alone = readPrivateRoom(edit.room);
      const target = alone ? toPerson(alone) : inRoom(edit.room);
      return once(edit.token, () =>
        target instanceof Room ? say(target, edit, edit.target, true) : whisper(target, edit, '[edited] '),
      );
    },
    recall: async ({ room: roomName, target, token, author }) => {
      const alone = readPrivateRoom(roomName);
      if (alone) {
        const person = toPerson(alone);
        await once(token, () => author && person.hear(author, (name) => ({ kind: 'recalled', name })));
        return;
      }
      const room = inRoom(roomName);
      await once(token, () => {
        const quote = room.quoteOf(target);
        room.tell({ kind: 'recalled', ...(quote && { name: quote.name }) });
      });
    },
    react: async ({ room: roomName, target, token, emoji, added, author }) => {
      const alone = readPrivateRoom(roomName);
      if (alone) {
        const person = toPerson(alone);
        await once(token, () => person.hear(author, (name) => ({ kind: 'reacted', name, emoji, added })));
        return;
      }
      const room = inRoom(roomName);
      await once(token, () => {
        const quote = room.quoteOf(target);
        room.tell({
          kind: 'reacted',
          name: toAuthorName(house, author),
          emoji,
          added,
          ...(quote && { quote }),
        });
      });
    },
    // Whoever was here before this process is gone, and found it in the history or finds it there now.
    find: async ({ token }) => shown.get(token) ?? 'absent',
    direct: (user, author) => {
      if (house.findById(user)) return toPrivateRoom(user, author);
      throw new RequestError('person-away', 'they have left the house');
    },
    rooms: async () => house.rooms.map((room) => ({ room: room.name, name: room.name })),
    members: (name) => Array.from(house.findRoom(name)?.people ?? [], (person) => person.user),
  };
}

/** Tells one person what somebody elsewhere, or the hub itself, says to nobody else. */
function whisper(
  person: Person,
  { author, body, action }: OutgoingMessage,
  before: string,
): Promise<void> | void {
  const text = before + (action ? '/me ' : '') + toPlainText(body);
  if (!author) return person.reply([toTerminalLines(text).join(' ')]);
  return person.hear(author, (name) => ({ kind: 'received', name, text }));
}

function toHappening(
  house: House,
  room: Room,
  message: OutgoingMessage,
  edited: boolean,
): Happening & { kind: 'said' } {
  const quote = toQuote(room, message.replyTo);
  return {
    kind: 'said',
    name: toAuthorName(house, message.author),
    text: toPlainText(message.body),
    action: message.action ?? false,
    edited,
    ...(quote && { quote }),
  };
}

function toAuthorName(house: House, author: Author | undefined): string {
  return author ? toForeignName(author.name, author.account) : toHouseName(house.name);
}

/** The answered message as it was shown here; else as the hub quotes it, the name made harmless. */
function toQuote(room: Room, replyTo: OutgoingMessage['replyTo']): Quote | undefined {
  if (!replyTo) return undefined;
  const known = room.quoteOf(replyTo.native);
  if (known) return known;
  return replyTo.quote && { name: toWord(replyTo.quote.name), text: replyTo.quote.text };
}
