/**
 * Rooms as Satori has them: one that several people share is a guild with one channel of the same id; one in which
 * somebody talks with the account alone is a direct channel.
 */
import type { Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { RoomNames } from '../../hub/room-names.ts';
import { CHANNEL_TYPE } from '../../wire/satori/resources.ts';

/** How often an account is asked for its rooms. */
const askEveryMs = 30_000;
const remembered = 20_000;

export interface WireChannel {
  id: string;
  type: number;
  name?: string;
}

/** What a message or event says of where it happened. */
export interface WirePlace {
  channel: WireChannel;
  guild?: { id: string; name: string };
}

export class Rooms {
  readonly #hub: Pick<HubAccess, 'rooms' | 'isDirect'>;
  readonly #told: RoomNames;
  /** What rooms were last called: an account that cannot tell now has told before. */
  readonly #names = new RecentMap<string>(remembered);

  constructor(hub: Pick<HubAccess, 'rooms' | 'isDirect'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#hub = hub;
    this.#told = new RoomNames({ hub, clock, askEveryMs });
  }

  /** The rooms of an account that more than two can be in, by name. */
  of(account: AccountId): Promise<ReadonlyMap<RoomRef, string>> {
    return this.#told.of(account);
  }

  async place(ref: RoomRef): Promise<WirePlace> {
    const { account, room } = splitRoomRef(ref);
    if (await this.#hub.isDirect(ref)) return { channel: { id: room, type: CHANNEL_TYPE.direct } };
    const told = (await this.of(account)).get(ref);
    if (told !== undefined && this.#names.get(ref) !== told) this.#names.set(ref, told);
    const name = told ?? this.#names.get(ref) ?? room;
    return { channel: { id: room, type: CHANNEL_TYPE.text, name }, guild: { id: room, name } };
  }
}
