/** What the hub can do in the house: show there what was said elsewhere. */
import { DeliveryError } from '../../hub/errors.ts';
import type { Quote } from '../../hub/event.ts';
import { toPlainText } from '../../hub/message.ts';
import type { Actions, Author, Carried, Limits, OutgoingMessage, Receipt } from '../../hub/network.ts';
import { type Happening, toForeignName, toHouseName, toWord } from './happening.ts';
import type { House } from './house.ts';
import type { RecentMap } from '../../hub/recent-map.ts';
import type { Room } from './room.ts';

export const houseLimits: Limits = { textBytes: 262_144, sendsUnderWay: 256, sendTimeoutMs: 10_000 };

export const houseCarries: readonly Carried[] = ['author', 'reply', 'action'];

/** So many sends are known again when they are tried or asked for once more. */
export const shownLimit = 20_000;

/**
 * The actions of one run. Whoever is here has been shown it when they resolve; who is not finds it in the history.
 * `shown` holds the receipts by token and outlives a run, so that nothing is shown twice.
 */
export function createActions(house: House, shown: RecentMap<Receipt>): Actions {
  const once = (roomName: string, token: string, show: (room: Room) => void): Receipt => {
    const room = house.findRoom(roomName);
    if (!room) {
      throw new DeliveryError('failed', `The house has no room ${roomName}`, { permanent: true });
    }
    const before = shown.get(token);
    if (before) return before;
    show(room);
    const receipt = { native: token };
    shown.set(token, receipt);
    return receipt;
  };
  const say = (room: Room, message: OutgoingMessage, native: string, edited: boolean) => {
    const happening = toHappening(house, room, message, edited);
    room.remember(native, happening.name, happening.text);
    room.tell(happening);
  };

  return {
    send: async (message) =>
      once(message.room, message.token, (room) => say(room, message, message.token, false)),
    edit: async (edit) => once(edit.room, edit.token, (room) => say(room, edit, edit.target, true)),
    recall: async ({ room: roomName, target, token }) => {
      once(roomName, token, (room) => {
        const quote = room.quoteOf(target);
        room.tell({ kind: 'recalled', ...(quote && { name: quote.name }) });
      });
    },
    react: async ({ room: roomName, target, token, emoji, added, author }) => {
      once(roomName, token, (room) => {
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
    rooms: async () => house.rooms.map((room) => ({ room: room.name, name: room.name })),
    members: (name) => Array.from(house.findRoom(name)?.people ?? [], (person) => person.user),
  };
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
