/**
 * Rooms as Satori has them: one that several people share is a guild with one channel of the same id; one in which
 * somebody talks with the account alone is a direct channel.
 */
import type { Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { CHANNEL_TYPE } from '../../wire/satori/resources.ts';

/** How often an account is asked for its rooms. */
const askEveryMs = 30_000;
const remembered = 20_000;

type Names = ReadonlyMap<RoomRef, string>;

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
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #asked = new Map<AccountId, { atMs: number; names: Promise<Names> }>();
  /** What rooms were last called: an account that cannot tell now has told before. */
  readonly #names = new RecentMap<string>(remembered);

  constructor(hub: Pick<HubAccess, 'rooms' | 'isDirect'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#hub = hub;
    this.#clock = clock;
  }

  /** The rooms of an account that more than two can be in, by name. */
  async of(account: AccountId): Promise<Names> {
    const now = this.#clock.monotonicMs();
    const asked = this.#asked.get(account);
    if (asked && now - asked.atMs < askEveryMs) return asked.names;
    const names = this.#hub.rooms(account).then(
      (told) => new Map(told.flatMap(({ room, name, direct }) => (direct ? [] : [[room, name] as const]))),
      () => new Map<RoomRef, string>(), // The account is gone, or cannot tell now: it is asked again later.
    );
    this.#asked.set(account, { atMs: now, names });
    return names;
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
