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

interface Bucket {
  level: number;
  /** When it had that level, monotonic milliseconds. */
  atMs: number;
}

export class RateLimit {
  /** How many requests a caller may make in a minute, and at once. */
  readonly perMinute: number;
  readonly #perMs: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** The least recently used first. */
  readonly #buckets = new Map<string, Bucket>();
  #newest: Bucket | undefined;
  /** `RateLimit-Policy`. */
  readonly policy: string;

  constructor(perMinute: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.perMinute = perMinute;
    this.#perMs = perMinute / (windowSeconds * 1000);
    this.#clock = clock;
    this.policy = `"token";q=${perMinute};w=${windowSeconds}`;
  }

  /** Takes one request from the caller's bucket, if there is one. */
  take(caller: string): Allowance {
    const bucket = this.#fill(caller);
    const taken = bucket.level >= 1;
    if (taken) bucket.level -= 1;
    const { level } = bucket;
    const remaining = Math.floor(level);
    const nextMs = level >= this.perMinute ? 0 : (remaining + 1 - level) / this.#perMs;
    return { taken, remaining, resetSeconds: Math.max(1, Math.ceil(nextMs / 1000)) };
  }

  /** The caller's bucket, with the level that it has now. */
  #fill(caller: string): Bucket {
    const atMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(caller) ?? { level: this.perMinute, atMs };
    bucket.level = Math.min(this.perMinute, bucket.level + (atMs - bucket.atMs) * this.#perMs);
    bucket.atMs = atMs;
    // Whoever asks again and again is where it belongs already.
    if (bucket !== this.#newest) {
      this.#newest = bucket;
      this.#buckets.delete(caller);
      this.#buckets.set(caller, bucket);
      if (this.#buckets.size > bucketLimit) this.#forgetOldest();
    }
    return bucket;
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
