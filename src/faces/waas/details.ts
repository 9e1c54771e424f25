/** What networks tell of people beside their names. Clients poll several times a second; a network is asked seldom. */
import { sleep, type Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { AccountId } from '../../hub/message.ts';
import type { ContactDetails } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';

/** People whose details are remembered, and for how long an answer is good; nothing was known for less. */
const remembered = 10_000;
const goodMs = 10 * 60_000;
const againMs = 30_000;
/** How long a client waits for what is not known yet. */
const patienceMs = 1_000;
const nothing: ContactDetails = {};

interface Known {
  details: ContactDetails;
  untilMs: number;
}

export class Details {
  readonly #hub: Pick<HubAccess, 'contact'>;
  readonly #clock: Clock;
  readonly #known = new RecentMap<Known>(remembered);
  readonly #asking = new Map<string, Promise<ContactDetails>>();

  constructor(hub: Pick<HubAccess, 'contact'>, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
  }

  /** What is known now, or within a moment. Never rejects. */
  async of(account: AccountId, user: string): Promise<ContactDetails> {
    const key = `${account}/${user}`;
    const known = this.#known.get(key);
    if (known && this.#clock.monotonicMs() < known.untilMs) return known.details;
    const asking = this.#asking.get(key) ?? this.#ask(account, user, key);
    this.#asking.set(key, asking);
    const waiting = new AbortController();
    const late = sleep(this.#clock, patienceMs, waiting.signal).then(
      // A network that is slow is waited for once; its answer counts as soon as it is there.
      () => this.#remember(key, known?.details ?? nothing, againMs),
      // Answered earlier.
      () => nothing,
    );
    const details = await Promise.race([asking, late]);
    waiting.abort();
    return details;
  }

  async #ask(account: AccountId, user: string, key: string): Promise<ContactDetails> {
    try {
      const details = await this.#hub.contact(account, user);
      return this.#remember(key, details, Object.keys(details).length > 0 ? goodMs : againMs);
    } catch {
      // The network cannot be asked now: what it told before stands until it is asked again.
      return this.#remember(key, this.#known.get(key)?.details ?? nothing, againMs);
    } finally {
      this.#asking.delete(key);
    }
  }

  #remember(key: string, details: ContactDetails, forMs: number): ContactDetails {
    this.#known.set(key, { details, untilMs: this.#clock.monotonicMs() + forMs });
    return details;
  }
}
