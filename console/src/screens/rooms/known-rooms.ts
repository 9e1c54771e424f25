/** The rooms that the hub knows of: those that networks tell, and those that links name. */
import type { WireAccount, WireRoom } from '../../../../src/faces/rest/schemas/account.ts';
import type { WireLink } from '../../../../src/faces/rest/schemas/link.ts';

export interface KnownRoom {
  account: string;
  room: string;
  name: string;
  /** The links that it is in. */
  links: readonly string[];
}

export interface KnownRooms {
  accounts: readonly WireAccount[];
  rooms: readonly KnownRoom[];
  networkOf(account: string): string | undefined;
  /** The rooms whose messages reach this one, itself included. */
  sourcesOf(room: string): string[];
}

/** Rooms that only links name are known, too: their account may be away. */
export function toKnownRooms(
  accounts: readonly WireAccount[],
  links: readonly WireLink[],
  told: readonly WireRoom[],
): KnownRooms {
  const byRef = new Map<string, KnownRoom>();
  for (const each of told) byRef.set(each.room, { ...each, account: accountOf(each.room) });
  for (const link of links) {
    for (const room of link.rooms) {
      const known = byRef.get(room) ?? { account: accountOf(room), room, name: nameOf(room), links: [] };
      if (!known.links.includes(link.name)) byRef.set(room, { ...known, links: [...known.links, link.name] });
      else byRef.set(room, known);
    }
  }
  const networks = new Map(accounts.map((account) => [account.id, account.network]));
  return {
    accounts,
    rooms: [...byRef.values()].toSorted((a, b) => a.name.localeCompare(b.name)),
    networkOf: (account) => networks.get(account),
    sourcesOf: (room) => [
      ...new Set([room, ...links.flatMap((link) => link.rooms.filter((from) => flows(link, from, room)))]),
    ],
  };
}

function flows({ rooms, direction }: WireLink, from: string, to: string): boolean {
  if (from === to || !rooms.some((room) => room === from) || !rooms.some((room) => room === to)) return false;
  if (direction === 'from-first') return rooms[0] === from;
  if (direction === 'to-first') return rooms[0] === to;
  return true;
}

/** The account of `account/room`. */
export function accountOf(room: string): string {
  return room.slice(0, room.indexOf('/'));
}

/** The room's part of `account/room`. */
export function nameOf(room: string): string {
  return room.slice(room.indexOf('/') + 1);
}
