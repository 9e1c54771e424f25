/**
 * Links: which rooms are joined, and where a message goes. Pure: the configuration's rules and nothing else. Links
 * are not transitive: a message goes to the rooms of the links that hold its room, and no further.
 */
import { splitRoomRef, toPlainText, type AccountId, type RoomRef } from './message.ts';
import type { MessageEvent, RenameEvent } from './event.ts';

/** `from-first`: only what is said in the first room goes to the others; `to-first`: the other way round. */
export type LinkDirection = 'both' | 'from-first' | 'to-first';

/** What a link leaves out: a message or another name that any of these names stays in its room. */
export interface LinkFilter {
  /** Regular expressions that the plain text matches. */
  text: readonly RegExp[];
  /** Regular expressions that the speaker's name matches; of somebody who is renamed, the old name or the new. */
  nick: readonly RegExp[];
  /** Accounts that it comes from. */
  account: readonly AccountId[];
}

export interface Link {
  name: string;
  /** At least two, each once. */
  rooms: readonly RoomRef[];
  direction: LinkDirection;
  /** How a foreign author is shown where a network can't show one itself; holds `{text}` once, at its end. */
  format: string;
  ignore: LinkFilter;
  /** Whether a message that a moderator removes in one room goes from all. */
  moderation: boolean;
  /** Whether the others are told of another name of somebody. */
  renames: boolean;
}

export const defaultFormat = '<{nick}> {text}';

export function createLink(link: Pick<Link, 'name' | 'rooms'> & Partial<Link>): Link {
  return {
    direction: 'both',
    format: defaultFormat,
    ignore: { text: [], nick: [], account: [] },
    moderation: true,
    renames: true,
    ...link,
  };
}

/** The links in force, by room. Made anew when the configuration changes. */
export class LinkTable {
  readonly links: readonly Link[];
  readonly #byRoom = new Map<RoomRef, Link[]>();
  readonly #between = new Map<string, Link>();

  constructor(links: readonly Link[]) {
    this.links = links;
    for (const link of links) {
      for (const room of link.rooms) {
        this.#byRoom.set(room, [...(this.#byRoom.get(room) ?? []), link]);
        for (const other of link.rooms) {
          const pair = `${room}\n${other}`;
          if (flows(link, room, other) && !this.#between.has(pair)) this.#between.set(pair, link);
        }
      }
    }
  }

  /** The rooms that are told of what happened in `event.room`, each once, the room itself left out. */
  targets(event: MessageEvent | RenameEvent): RoomRef[] {
    const links = this.#byRoom.get(event.room);
    if (!links) return [];
    const targets = new Set<RoomRef>();
    for (const link of links) {
      if (ignores(link, event)) continue;
      for (const room of link.rooms) if (flows(link, event.room, room)) targets.add(room);
    }
    return [...targets];
  }

  /** The first link by which what is said in `from` reaches `to`. */
  between(from: RoomRef, to: RoomRef): Link | undefined {
    return this.#between.get(`${from}\n${to}`);
  }

  /** Whether a moderator's removal in `from` is carried out in `to` as well: no link of the two forbids it. */
  spreadsModeration(from: RoomRef, to: RoomRef): boolean {
    return (this.#byRoom.get(from) ?? []).every((link) => link.moderation || !link.rooms.includes(to));
  }

  /** The rooms joined with this one by any link, in either direction. */
  neighbours(room: RoomRef): RoomRef[] {
    const links = this.#byRoom.get(room) ?? [];
    return [...new Set(links.flatMap((link) => link.rooms))].filter((other) => other !== room);
  }

  /** The rooms of an account that links name, as the network's own ids. */
  roomsOf(account: AccountId): string[] {
    return [...this.#byRoom.keys()]
      .map(splitRoomRef)
      .flatMap((ref) => (ref.account === account ? ref.room : []));
  }
}

function flows(link: Link, from: RoomRef, to: RoomRef): boolean {
  if (from === to) return false;
  if (link.direction === 'both') return true;
  return link.direction === 'from-first' ? from === link.rooms[0] : to === link.rooms[0];
}

function ignores(link: Link, event: MessageEvent | RenameEvent): boolean {
  const { text, nick, account } = link.ignore;
  if (account.length > 0 && account.includes(splitRoomRef(event.room).account)) return true;
  const names = event.kind === 'rename' ? [event.oldName, event.who.name] : [event.sender.name];
  if (nick.some((pattern) => names.some((name) => pattern.test(name)))) return true;
  if (event.kind === 'rename') return !link.renames;
  if (text.length === 0) return false;
  const plain = toPlainText(event.body);
  return text.some((pattern) => pattern.test(plain));
}
