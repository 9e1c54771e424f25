/** The rooms of accounts and their names. Clients ask several times a second; the networks are not asked each time. */
import type { Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { AccountId, RoomRef } from '../../hub/message.ts';

/** How old the answer of a network may be before it is asked again, behind the answer that is there. */
const askEveryMs = 5_000;

type Names = ReadonlyMap<RoomRef, string>;

interface Known {
  names: Names;
  askedAtMs: number;
}

export class Rooms {
  readonly #hub: Pick<HubAccess, 'accounts' | 'rooms'>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #known = new Map<AccountId, Known>();
  readonly #asking = new Map<AccountId, Promise<Names>>();

  constructor(hub: Pick<HubAccess, 'accounts' | 'rooms'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#hub = hub;
    this.#clock = clock;
  }

  /** The rooms of an account that more than two can be in, by name: as its network told last, however long it takes to tell anew. */
  async of(account: AccountId): Promise<Names> {
    const known = this.#known.get(account);
    if (known && this.#clock.monotonicMs() - known.askedAtMs < askEveryMs) return known.names;
    const asking = this.#asking.get(account) ?? this.#ask(account);
    this.#asking.set(account, asking);
    if (!known) return asking;
    // A network that answers at once is preferred to what was known.
    return Promise.race([asking, afterThisTurn(known.names)]);
  }

  async #ask(account: AccountId): Promise<Names> {
    const before = this.#known.get(account)?.names;
    try {
      const told = await this.#hub.rooms(account);
      const names = new Map(
        told.flatMap(({ room, name, direct }) => (direct ? [] : [[room, name] as const])),
      );
      // While it is not online it knows of those that links name only.
      if (!this.#isOnline(account)) return before ?? names;
      this.#known.set(account, { names, askedAtMs: this.#clock.monotonicMs() });
      return names;
    } catch {
      // The account is gone, or its network does not answer now: it is asked again by the next request.
      return before ?? new Map();
    } finally {
      this.#asking.delete(account);
    }
  }

  #isOnline(account: AccountId): boolean {
    return this.#hub.accounts().some(({ id, state }) => id === account && state.phase === 'online');
  }
}

async function afterThisTurn(names: Names): Promise<Names> {
  await new Promise((resolve) => setImmediate(resolve));
  return names;
}
