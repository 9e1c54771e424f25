/**
 * Who wants to say something in a room that we are not in. While we are on the way in they wait; when an attempt has
 * failed they are told so, and when to come again: holding them for minutes would hold their lane's other work too.
 */
import type { Clock } from '../../hub/clock.ts';
import type { DeliveryError } from '../../hub/errors.ts';
import { notSent } from './failures.ts';
import { inTime } from './waiting.ts';

/** Added to the time until the next attempt when somebody is told when to try again, milliseconds. */
const RETRY_MARGIN_MS = 100;

export class WaitingSenders {
  readonly #room: string;
  readonly #clock: Clock;
  readonly #waiters = new Set<PromiseWithResolvers<void>>();
  /** Why we are out, and when we try again, monotonic. */
  #putOff: { reason: string; untilMs: number } | undefined;

  constructor(room: string, clock: Clock) {
    this.#room = room;
    this.#clock = clock;
  }

  /** Resolves when we are in the room. @throws DeliveryError (not sent), when that takes beyond `deadlineMs`, too */
  async wait(deadlineMs: number): Promise<void> {
    if (this.#putOff) throw this.#toRefusal(this.#putOff);
    const waiter = Promise.withResolvers<void>();
    this.#waiters.add(waiter);
    try {
      const leftMs = Math.max(0, deadlineMs - this.#clock.monotonicMs());
      await inTime(this.#clock, waiter.promise, leftMs, `${this.#room} has not let us in yet`);
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  /** We are in the room. */
  admit(): void {
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
  }

  /** We are not in the room for this reason, and try again in `delayMs`. */
  putOff(reason: string, delayMs: number): void {
    this.#putOff = { reason, untilMs: this.#clock.monotonicMs() + delayMs };
    this.refuse(this.#toRefusal(this.#putOff));
  }

  /** We are on the way in. */
  expect(): void {
    this.#putOff = undefined;
  }

  /** Whoever waits is told this. */
  refuse(error: DeliveryError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }

  #toRefusal({ reason, untilMs }: { reason: string; untilMs: number }): DeliveryError {
    const leftMs = Math.max(0, untilMs - this.#clock.monotonicMs());
    return notSent(`not in ${this.#room}: ${reason}`, undefined, leftMs + RETRY_MARGIN_MS);
  }
}
