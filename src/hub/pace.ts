/** A token bucket: how many sends a second an account's network takes without complaint. */
import type { Clock } from './clock.ts';

export class Pace {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  /** `perSecond` is also the largest burst. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#tokens = Math.max(1, perSecond);
    this.#at = clock.monotonicMs();
  }

  /** Takes one token if there is one. Otherwise takes none and answers in how many whole milliseconds there will be. */
  take(): number {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(
      Math.max(1, this.#perSecond),
      this.#tokens + ((now - this.#at) / 1000) * this.#perSecond,
    );
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}
