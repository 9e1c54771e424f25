/** Flood control: how much a client may send. It never says no, only when. */
import type { Timers } from './timers.ts';

export interface FloodLimits {
  /** Tokens a second, in the long run. */
  perSecond: number;
  /** Tokens at once, after a pause. */
  burst: number;
}

export class TokenBucket {
  readonly #limits: FloodLimits;
  readonly #timers: Timers;
  #tokens: number;
  #filledAtMs: number;

  constructor(limits: FloodLimits, timers: Timers) {
    this.#limits = limits;
    this.#timers = timers;
    this.#tokens = limits.burst;
    this.#filledAtMs = timers.monotonicMs();
  }

  /** How long to wait until something may be taken, milliseconds; 0 is now. */
  waitMs(): number {
    const nowMs = this.#timers.monotonicMs();
    const gained = ((nowMs - this.#filledAtMs) / 1000) * this.#limits.perSecond;
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 1) return 0;
    return Math.ceil(((1 - this.#tokens) / this.#limits.perSecond) * 1000);
  }

  /** Takes tokens; more than there are is a debt that the next ones wait for. */
  take(tokens: number): void {
    this.#tokens -= tokens;
  }
}
