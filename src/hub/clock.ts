/**
 * The one source of time, timers, randomness and ids. Everything in the hub takes these from an injected
 * `Clock`, so that a seeded simulation can run it in virtual time and repeat any run exactly.
 */
import { randomBytes } from 'node:crypto';

export interface Clock {
  /** Wall time, milliseconds since the epoch. May jump; used for what people see and for retention. */
  now(): number;
  /** Milliseconds since some fixed start. Never goes back; used for every duration and deadline. */
  monotonicMs(): number;
  /** Calls `fire` once, `delayMs` from now, never in the same turn. The answer cancels it. */
  after(delayMs: number, fire: () => void): Cancel;
  /** A number in [0, 1). */
  random(): number;
  /** A new id, unique for this clock and all its restarts, sortable by time: `[0-9a-z]{22}`. */
  id(): string;
}

export type Cancel = () => void;

/** The longest delay a Node timer takes; a longer one would fire at once. */
const maxTimerMs = 2 ** 31 - 1;
const idCounterLimit = 36 ** 4;

/** The real clock of this machine. */
export function createSystemClock(): Clock {
  const seed = BigInt(`0x${randomBytes(6).toString('hex')}`)
    .toString(36)
    .padStart(9, '0')
    .slice(-9);
  let counter = 0;
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, fire) {
      const timer = setTimeout(fire, Math.min(Math.max(delayMs, 0), maxTimerMs));
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    id() {
      counter = (counter + 1) % idCounterLimit;
      return formatId(Date.now(), counter, seed);
    },
  };
}

/** Joins an id's parts so that ids of one clock sort by time: 9 digits of time, 4 of counter, 9 of seed. */
export function formatId(nowMs: number, counter: number, seed: string): string {
  return nowMs.toString(36).padStart(9, '0') + counter.toString(36).padStart(4, '0') + seed;
}

/** When an id was made, milliseconds since the epoch: for an event that is when it came, whenever it happened. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 9), 36);
}

/** Waits `delayMs`. Rejects with the signal's reason as soon as the signal is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(toError(signal.reason));
    const abort = () => {
      cancel();
      reject(toError(signal?.reason));
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** What was thrown, as an Error; a string or another value becomes its message. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** How retries spread out: each waits about twice as long as the one before, jittered by half. */
export interface Backoff {
  /** First wait, milliseconds. */
  baseMs: number;
  /** Longest wait, milliseconds. */
  capMs: number;
}

/**
 * The wait before retry number `attempt` (1 for the first), milliseconds: exponential up to the cap, of which
 * the upper half is random, so that many accounts that failed together do not come back together.
 */
export function backoffMs(clock: Clock, backoff: Backoff, attempt: number): number {
  const full = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + clock.random() * (full / 2);
}
