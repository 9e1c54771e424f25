/**
 * Where everything of the links map stands: rooms at the left, account by account, links at the right, each as near to
 * its rooms as the order allows. Pure numbers; the drawing is map.tsx's.
 */
import type { WireLink } from '../../../../src/faces/rest/schemas/link.ts';
import type { KnownRoom, KnownRooms } from '../rooms/known-rooms.ts';

export const rowHeight = 34;
const headHeight = 30;
const gap = 14;
export const mapWidth = 760;
export const roomWidth = 300;
export const linkWidth = 230;
/** Messages a minute at which an edge is as wide as it gets. */
const busiest = 120;

export interface PlacedRoom extends KnownRoom {
  y: number;
}

export interface PlacedAccount {
  id: string;
  network: string;
  y: number;
}

export interface PlacedLink {
  link: WireLink;
  /** Messages of the last minutes, a minute. */
  perMinute: number;
  y: number;
}

export interface Edge {
  key: string;
  link: string;
  room: string;
  fromY: number;
  toY: number;
  width: number;
  /** Messages go only this way: from the room into the link, or out of it. */
  way: 'both' | 'in' | 'out';
}

export interface MapLayout {
  accounts: PlacedAccount[];
  rooms: PlacedRoom[];
  links: PlacedLink[];
  edges: Edge[];
  height: number;
}

/** @param rates messages a minute, by link */
export function toLayout(
  rooms: KnownRooms,
  links: readonly WireLink[],
  rates: ReadonlyMap<string, number>,
): MapLayout {
  const layout: MapLayout = { accounts: [], rooms: [], links: [], edges: [], height: 0 };
  let y = 0;
  for (const account of rooms.accounts) {
    const own = rooms.rooms.filter((room) => room.account === account.id);
    if (own.length === 0) continue;
    layout.accounts.push({ id: account.id, network: account.network, y: y + headHeight / 2 });
    y += headHeight;
    for (const room of own) {
      layout.rooms.push({ ...room, y: y + rowHeight / 2 });
      y += rowHeight;
    }
    y += gap;
  }
  const yOf = new Map(layout.rooms.map((room) => [room.room, room.y]));
  placeLinks(layout, links, rates, yOf);
  const lastLink = layout.links.at(-1);
  layout.height = Math.max(y - gap, lastLink === undefined ? 0 : lastLink.y + rowHeight / 2, rowHeight);
  return layout;
}

function placeLinks(
  layout: MapLayout,
  links: readonly WireLink[],
  rates: ReadonlyMap<string, number>,
  yOf: ReadonlyMap<string, number>,
): void {
  const wanted = links
    .map((link) => {
      const ys = link.rooms.flatMap((room) => yOf.get(room) ?? []);
      const middle = ys.reduce((sum, each) => sum + each, 0) / Math.max(1, ys.length);
      return { link, middle };
    })
    .toSorted((a, b) => a.middle - b.middle);
  let free = headHeight;
  for (const { link, middle } of wanted) {
    const y = Math.max(free + rowHeight / 2, middle);
    free = y + rowHeight / 2 + 6;
    const perMinute = rates.get(link.name) ?? 0;
    layout.links.push({ link, perMinute, y });
    for (const [index, room] of link.rooms.entries()) {
      const fromY = yOf.get(room);
      if (fromY === undefined) continue;
      layout.edges.push({
        key: `${link.name} ${room}`,
        link: link.name,
        room,
        fromY,
        toY: y,
        width: 1.5 + 4.5 * Math.sqrt(Math.min(perMinute, busiest) / busiest),
        way: toWay(link.direction, index === 0),
      });
    }
  }
}

function toWay(direction: WireLink['direction'], isFirst: boolean): Edge['way'] {
  if (direction === 'both') return 'both';
  return (direction === 'from-first') === isFirst ? 'in' : 'out';
}
