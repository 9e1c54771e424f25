/** The rooms of accounts and their names. Clients ask several times a second; the networks are not asked each time. */
import type { Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';

/** How old the answer of a network may be before it is asked again, behind the answer that is there. */
const askEveryMs = 5_000;

type Names = ReadonlyMap<RoomRef, string>;

interface Asked {
  atMs: number;
  answer: Promise<Names>;
}

export class Rooms {
  readonly #hub: Pick<HubAccess, 'rooms'>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #asked = new Map<AccountId, Asked>();

  constructor(hub: Pick<HubAccess, 'rooms'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#hub = hub;
    this.#clock = clock;
  }

  /** The rooms of an account, by name; empty where there is no such account. */
  async of(account: AccountId): Promise<Names> {
    const now = this.#clock.monotonicMs();
    const asked = this.#asked.get(account);
    if (asked && now - asked.atMs < askEveryMs) return asked.answer;
    const fresh = this.#ask(account);
    // Meanwhile the old answer is good enough, where there is one: a network may take its time.
    const answer = asked ? Promise.race([fresh, afterThisTurn(asked.answer)]) : fresh;
    this.#asked.set(account, { atMs: now, answer });
    void fresh.then((names) => this.#asked.set(account, { atMs: now, answer: Promise.resolve(names) }));
    return answer;
  }

  /** Whether a message of this sender was said to the account alone. */
  async isPrivate(ref: RoomRef, sender: string): Promise<boolean> {
    const { account, room } = splitRoomRef(ref);
    return room === sender || !(await this.of(account)).has(ref);
  }

  async #ask(account: AccountId): Promise<Names> {
    try {
      return new Map((await this.#hub.rooms(account)).map(({ room, name }) => [room, name]));
    } catch {
      // The account is gone, or its network does not answer now: it is asked again in a moment.
      return new Map();
    }
  }
}

/** A network that answers at once is preferred to an older answer. */
async function afterThisTurn(answer: Promise<Names>): Promise<Names> {
  await new Promise((resolve) => setImmediate(resolve));
  return answer;
}
