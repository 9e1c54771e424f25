/**
 * Writing down what became of a lane's deliveries, again and again until the journal takes it; and telling who has
 * to wait for it, because an outcome is not known to the rest of the hub before it is written.
 */
import { backoffMs, type Backoff, type Clock } from './clock.ts';
import type { DeliveryId, Journal, Settlement } from './journal.ts';
import type { EventId, RoomRef } from './message.ts';
import type { Log } from './log.ts';

/** Outcomes of one lane that wait to be written before it sends more. */
const unwrittenLimit = 512;
/** Waits between tries to write to a journal that fails. */
const journalBackoff: Backoff = { baseMs: 100, capMs: 5_000 };

export interface SettlingHost {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** The journal has the outcomes of these deliveries, and tells programs of so many. */
  settled(ids: readonly DeliveryId[], told: number): void;
}

export class Settling {
  readonly #room: RoomRef;
  readonly #host: SettlingHost;
  readonly #written: () => void;
  /** Deliveries whose outcome is being written, with their events where copies come with it. */
  readonly #unwritten = new Map<DeliveryId, EventId | undefined>();
  #failing = false;
  #closed = false;
  /** Who waits for the outcome of which deliveries. */
  #waiting: { open: Set<DeliveryId>; done: () => void }[] = [];

  /** Calls `written` each time after something was written. */
  constructor(room: RoomRef, host: SettlingHost, written: () => void) {
    this.#room = room;
    this.#host = host;
    this.#written = written;
  }

  /** Nothing more should be sent before what is known has been written. */
  get isBlocked(): boolean {
    return this.#failing || this.#unwritten.size >= unwrittenLimit;
  }

  /** Whether this event's copies here are known but not yet in the journal. */
  isWriting(event: EventId): boolean {
    for (const unwritten of this.#unwritten.values()) if (unwritten === event) return true;
    return false;
  }

  /** Writes outcomes. `event` is the one whose copies come with them. */
  settle(settlements: readonly Settlement[], event?: EventId, attempt = 1): void {
    const { journal, clock, log } = this.#host;
    const ids = settlements.map((settlement) => settlement.delivery);
    for (const id of ids) this.#unwritten.set(id, event);
    journal.settle(settlements).then(
      (told) => {
        for (const id of ids) this.#unwritten.delete(id);
        if (attempt > 1) this.#failing = false;
        this.decided(ids);
        this.#host.settled(ids, told);
        this.#written();
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#failing = true;
        if (attempt === 1) log.error({ lane: this.#room, err: error }, 'the journal cannot be written');
        clock.after(backoffMs(clock, journalBackoff, attempt), () => {
          if (!this.#closed) this.settle(settlements, event, attempt + 1);
        });
      },
    );
  }

  /** Resolves when what became of these deliveries, and of those being written now, is in the journal. */
  untilDecided(deliveries: Iterable<DeliveryId>): Promise<void> {
    const open = new Set([...deliveries, ...this.#unwritten.keys()]);
    if (open.size === 0 || this.#closed) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ open, done }));
  }

  /** What became of these deliveries is in the journal, whoever wrote it. */
  decided(ids: Iterable<DeliveryId>): void {
    if (this.#waiting.length === 0) return;
    for (const id of ids) for (const waiter of this.#waiting) waiter.open.delete(id);
    for (const waiter of this.#waiting) if (waiter.open.size === 0) waiter.done();
    this.#waiting = this.#waiting.filter((waiter) => waiter.open.size > 0);
  }

  /** Nothing is written any more; nobody waits any more. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiting.splice(0)) waiter.done();
  }
}
