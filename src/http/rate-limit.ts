/**
 * How much a token may ask for: a bucket that fills evenly, so that a short burst is taken and a loop gone wild is not.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10
 */
import type { Clock } from '../hub/clock.ts';

const windowSeconds = 60;
/** Buckets kept; one that is full again need not be. */
const bucketLimit = 10_000;

export interface Allowance {
  taken: boolean;
  /** Requests left. */
  remaining: number;
  /** When there will be one more, seconds, at least 1. */
  resetSeconds: number;
}

export class RateLimit {
  readonly #perWindow: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #buckets = new Map<string, { level: number; atMs: number }>();

  /** @param perMinute how many requests a caller may make in a minute, and at once */
  constructor(perMinute: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.#perWindow = perMinute;
    this.#clock = clock;
  }

  /** `RateLimit-Policy`. */
  get policy(): string {
    return `"token";q=${this.#perWindow};w=${windowSeconds}`;
  }

  /** Takes one request from the caller's bucket, if there is one. */
  take(caller: string): Allowance {
    const now = this.#clock.monotonicMs();
    const perMs = this.#perWindow / (windowSeconds * 1000);
    const bucket = this.#buckets.get(caller);
    const level = bucket
      ? Math.min(this.#perWindow, bucket.level + (now - bucket.atMs) * perMs)
      : this.#perWindow;
    const taken = level >= 1;
    const left = taken ? level - 1 : level;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { level: left, atMs: now });
    if (this.#buckets.size > bucketLimit) this.#forgetOldest();
    const nextMs = left >= this.#perWindow ? 0 : (Math.floor(left) + 1 - left) / perMs;
    return { taken, remaining: Math.floor(left), resetSeconds: Math.max(1, Math.ceil(nextMs / 1000)) };
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
