/** Waiting until all deliveries of an event have ended: woken by the settlements, answered from the journal. */
import { RequestError } from './errors.ts';
import type { Outcome } from './face.ts';
import type { DeliveryId, Journal } from './journal.ts';
import type { EventId } from './message.ts';

interface Waiter {
  /** Settled while the journal was being read. */
  settled: Set<DeliveryId>;
  wake: () => void;
}

export class Outcomes {
  readonly #journal: Journal;
  /** Those that read the journal at the moment: they do not know yet what they wait for. */
  readonly #reading = new Set<Waiter>();
  readonly #waiting = new Map<DeliveryId, Set<Waiter>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** These deliveries have another state, and the journal has it. */
  settled(ids: Iterable<DeliveryId>): void {
    if (this.#reading.size === 0 && this.#waiting.size === 0) return;
    for (const id of ids) {
      for (const waiter of this.#reading) waiter.settled.add(id);
      for (const waiter of this.#waiting.get(id) ?? []) waiter.wake();
    }
  }

  /** See `HubAccess.outcome`. */
  async wait(event: EventId, signal: AbortSignal): Promise<Outcome> {
    for (;;) {
      const waiter: Waiter = { settled: new Set(), wake: () => {} };
      let settled: Promise<void> | undefined;
      this.#reading.add(waiter);
      try {
        const journey = await this.#journal.journey(event);
        if (!journey) throw new RequestError('message-unknown', `there is no event ${event}`);
        const { deliveries } = journey;
        const open = deliveries.flatMap(({ id, state }) =>
          state === 'pending' || state === 'sending' ? [id] : [],
        );
        if (open.length === 0 || signal.aborted) return { ended: open.length === 0, deliveries };
        if (!open.some((id) => waiter.settled.has(id))) settled = this.#untilSettled(open, waiter, signal);
      } finally {
        // Only now, in the same turn: what was settled in between would wake nobody.
        this.#reading.delete(waiter);
      }
      await settled;
    }
  }

  /** Resolves when one of these deliveries is settled, or `signal` is aborted. */
  async #untilSettled(ids: readonly DeliveryId[], waiter: Waiter, signal: AbortSignal): Promise<void> {
    for (const id of ids) this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(waiter));
    await new Promise<void>((resolve) => {
      waiter.wake = () => {
        signal.removeEventListener('abort', waiter.wake);
        resolve();
      };
      signal.addEventListener('abort', waiter.wake, { once: true });
    });
    for (const id of ids) {
      const waiters = this.#waiting.get(id);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.#waiting.delete(id);
    }
  }
}
