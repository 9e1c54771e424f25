/** Which rooms are groups and which are private conversations, and who the other one is there. */
import type { HubAccess } from '../../hub/face.ts';
import type { Journal } from '../../hub/journal.ts';
import type { AccountId, RoomRef } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';

const remembered = 20_000;
/** `onebot/room/USER` has the room of a private conversation, `onebot/peer/ROOM` the number of who is in it. */
const roomPrefix = 'onebot/room/';
const peerPrefix = 'onebot/peer/';

export interface PlacesHost {
  hub: Pick<HubAccess, 'isDirect'>;
  journal: Pick<Journal, 'get' | 'set' | 'list'>;
}

export class Places {
  readonly #host: PlacesHost;
  readonly #peers = new RecentMap<number>(remembered);

  constructor(host: PlacesHost) {
    this.#host = host;
  }

  /** Rejects with a `JournalError`. */
  async isGroup(room: RoomRef): Promise<boolean> {
    return !(await this.#host.hub.isDirect(room));
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
}
