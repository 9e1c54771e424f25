/**
 * Which rooms are groups and which are private conversations. A room that links name, or that its account lists among
 * its rooms, is a group, and stays one; any other has somebody who talks with the account alone.
 */
import type { HubAccess } from '../../hub/face.ts';
import type { Journal } from '../../hub/journal.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { Clock } from '../../hub/clock.ts';
import type { Numbers } from './numbers.ts';

const remembered = 20_000;
/** How often an account is asked for its rooms. */
const askEveryMs = 30_000;
/** `onebot/room/USER` has the room of a private conversation, `onebot/peer/ROOM` the number of who is in it. */
const roomPrefix = 'onebot/room/';
const peerPrefix = 'onebot/peer/';

export interface PlacesHost {
  hub: Pick<HubAccess, 'links' | 'rooms'>;
  journal: Pick<Journal, 'get' | 'set' | 'list'>;
  clock: Pick<Clock, 'monotonicMs'>;
}

export class Places {
  readonly #host: PlacesHost;
  readonly #numbers: Numbers;
  readonly #groups = new RecentMap<true>(remembered);
  readonly #peers = new RecentMap<number>(remembered);
  readonly #asked = new Map<AccountId, { atMs: number; rooms: Promise<ReadonlySet<RoomRef>> }>();

  constructor(host: PlacesHost, numbers: Numbers) {
    this.#host = host;
    this.#numbers = numbers;
  }

  async isGroup(room: RoomRef): Promise<boolean> {
    if (this.#groups.get(room)) return true;
    const isGroup =
      this.#host.hub.links().some(({ rooms }) => rooms.includes(room)) ||
      (await this.#numbers.isGroup(room)) ||
      (await this.#roomsOf(splitRoomRef(room).account)).has(room);
    if (isGroup) this.#groups.set(room, true);
    return isGroup;
  }

  /** Notes in which room somebody talks with the account alone. */
  async notePeer(room: RoomRef, peer: number): Promise<void> {
    if (this.#peers.get(room) === peer) return;
    if ((await this.#host.journal.get(peerPrefix + room)) !== String(peer)) {
      await this.#host.journal.set([
        [roomPrefix + peer, room],
        [peerPrefix + room, String(peer)],
      ]);
    }
    this.#peers.set(room, peer);
  }

  /** Who talks with the account in this private room, as far as it is known. */
  async peerOf(room: RoomRef): Promise<number | undefined> {
    const known = this.#peers.get(room) ?? (await this.#host.journal.get(peerPrefix + room));
    return known === undefined ? undefined : Number(known);
  }

  /** The room in which this person has talked with the account alone. */
  async roomOfPeer(peer: number): Promise<RoomRef | undefined> {
    return (await this.#host.journal.get(roomPrefix + peer)) as RoomRef | undefined;
  }

  /** All who have talked with an account alone. */
  async peers(account: AccountId): Promise<number[]> {
    return (await this.#host.journal.list(`${peerPrefix}${account}/`)).map(([, peer]) => Number(peer));
  }

  #roomsOf(account: AccountId): Promise<ReadonlySet<RoomRef>> {
    const now = this.#host.clock.monotonicMs();
    const asked = this.#asked.get(account);
    if (asked && now - asked.atMs < askEveryMs) return asked.rooms;
    const rooms = this.#host.hub.rooms(account).then(
      (told) => new Set(told.map(({ room }) => room)),
      () => new Set<RoomRef>(), // The account is gone, or cannot tell now: it is asked again later.
    );
    this.#asked.set(account, { atMs: now, rooms });
    return rooms;
  }
}
