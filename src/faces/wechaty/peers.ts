/**
 * Who talks with an account alone, and in which room. Bots write to a contact, not to a room; so it is kept in the journal
 * which room that is, and an answer finds it after a restart.
 */
import type { Journal } from '../../hub/journal.ts';
import { splitRoomRef, type RoomRef, type User, type AccountId } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';

export interface Peer {
  id: string;
  name: string;
  room: RoomRef;
}

/** `wechaty/peer/ACCOUNT/ID` and `wechaty/room/ACCOUNT/ROOM` both have a `Peer`. */
const peerPrefix = 'wechaty/peer/';
const roomPrefix = 'wechaty/room/';
/** Peers kept in memory. */
const remembered = 10_000;

export class Peers {
  readonly #store: Pick<Journal, 'get' | 'set' | 'list'>;
  readonly #byRoom = new RecentMap<Peer>(remembered);

  constructor(store: Pick<Journal, 'get' | 'set' | 'list'>) {
    this.#store = store;
  }

  /** Notes that somebody wrote. Rejects with a `JournalError`. */
  async note({ id, name }: User, room: RoomRef): Promise<void> {
    const known = this.#byRoom.get(room);
    if (known?.id === id && known.name === name) return;
    const peer: Peer = { id, name, room };
    const text = JSON.stringify(peer);
    await this.#store.set([
      [`${peerPrefix}${splitRoomRef(room).account}/${id}`, text],
      [roomPrefix + room, text],
    ]);
    this.#byRoom.set(room, peer);
  }

  /** Who talks with the account in a room; undefined where they have not said anything yet. */
  async ofRoom(room: RoomRef): Promise<Peer | undefined> {
    const known = this.#byRoom.get(room) ?? toPeer(await this.#store.get(roomPrefix + room));
    if (known) this.#byRoom.set(room, known);
    return known;
  }

  async find(account: AccountId, id: string): Promise<Peer | undefined> {
    return toPeer(await this.#store.get(`${peerPrefix}${account}/${id}`));
  }

  async all(account: AccountId): Promise<Peer[]> {
    const entries = await this.#store.list(`${peerPrefix}${account}/`);
    return entries.flatMap(([, text]) => toPeer(text) ?? []);
  }
}

function toPeer(text: string | undefined): Peer | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Peer);
}
