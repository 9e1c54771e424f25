/**
 * The rooms of accounts that more than two can be in, by name, as their networks tell. Programs ask for them again and
 * again; networks are asked now and then.
 */
import type { Clock } from './clock.ts';
import type { HubAccess } from './face.ts';
import type { AccountId, RoomRef } from './message.ts';

export interface RoomNamesOptions {
  hub: Pick<HubAccess, 'rooms'>;
  clock: Pick<Clock, 'monotonicMs'>;
  /** How often an account is asked for its rooms. */
  askEveryMs: number;
}

export class RoomNames {
  readonly #options: RoomNamesOptions;
  readonly #asked = new Map<AccountId, { atMs: number; names: Promise<ReadonlyMap<RoomRef, string>> }>();

  constructor(options: RoomNamesOptions) {
    this.#options = options;
  }

  /** Empty where the account is gone, or cannot tell. Never rejects. */
  of(account: AccountId): Promise<ReadonlyMap<RoomRef, string>> {
    const { hub, clock, askEveryMs } = this.#options;
    const now = clock.monotonicMs();
    const asked = this.#asked.get(account);
    if (asked && now - asked.atMs < askEveryMs) return asked.names;
    const names = hub.rooms(account).then(
      (told) => new Map(told.filter(({ direct }) => !direct).map(({ room, name }) => [room, name])),
      () => new Map<RoomRef, string>(), // The account is gone, or cannot tell now: it is asked again later.
    );
    this.#asked.set(account, { atMs: now, names });
    return names;
  }
}
