/** The rooms of an account that several people share, by name, and the rooms elsewhere that are heard there by links. */
import type { Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { MessageEvent } from '../../hub/event.ts';
import { LinkTable, type Link } from '../../hub/links.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import { RoomNames } from '../../hub/room-names.ts';

/** How often an account is asked for its rooms. */
const askEveryMs = 5_000;

export class Rooms {
  readonly #hub: Pick<HubAccess, 'links' | 'rooms' | 'isDirect'>;
  readonly #names: RoomNames;
  #links: readonly Link[] = [];
  #table = new LinkTable([]);

  constructor(hub: Pick<HubAccess, 'links' | 'rooms' | 'isDirect'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#hub = hub;
    this.#names = new RoomNames({ hub, clock, askEveryMs });
  }

  /** The rooms of an account that more than two can be in, by name. */
  of(account: AccountId): Promise<ReadonlyMap<RoomRef, string>> {
    return this.#names.of(account);
  }

  /** What a room is called. */
  async topic(room: RoomRef): Promise<string> {
    const { account, room: id } = splitRoomRef(room);
    return (await this.of(account)).get(room) ?? id;
  }

  /** Whether somebody talks with the account alone there: the network says so, or it is none of the rooms it tells of. */
  async isDirect(room: RoomRef): Promise<boolean> {
    if (await this.#hub.isDirect(room)) return true;
    return !(await this.of(splitRoomRef(room).account)).has(room);
  }

  /** The room in which an account has what is said: where it was said, or the first that it goes to by links. */
  hears(event: MessageEvent, account: AccountId): RoomRef | undefined {
    if (splitRoomRef(event.room).account === account) return event.room;
    return this.#current()
      .targets(event)
      .find((room) => splitRoomRef(room).account === account);
  }

  /** The rooms whose people are heard in this one. */
  linkedTo(room: RoomRef): RoomRef[] {
    return this.#current().neighbours(room);
  }

  #current(): LinkTable {
    const links = this.#hub.links();
    if (links !== this.#links) {
      this.#links = links;
      this.#table = new LinkTable(links);
    }
    return this.#table;
  }
}
