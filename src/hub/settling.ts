/**
 * Writing down what became of a lane's deliveries, again and again until the journal takes it; and telling who has
 * to wait for it, because an outcome is not known to the rest of the hub before it is written.
 *
 * What was sent is written a moment later, together with what was sent meanwhile: nobody waits for it, and whoever is
 * about to be sent something does not wait behind its commit. Anything else is written at once, and with it, in their
 * order, the outcomes before it; so is everything as soon as somebody waits for it.
 */
import { backoffMs, type Backoff, type Cancel, type Clock } from './clock.ts';
import type { DeliveryId, Journal, Settlement } from './journal.ts';
import type { EventId, RoomRef } from './message.ts';
import type { Log } from './log.ts';

/** Outcomes of one lane that wait to be written before it sends more. */
const unwrittenLimit = 512;
/** How long what was sent is held back. A crash in between makes the network be asked whether it was. */
const gatherMs = 2;
/** More outcomes than this are not held back. */
const gatherLimit = 64;
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
  /** Deliveries whose outcome is not written yet, with their events where copies come with it. */
  readonly #unwritten = new Map<DeliveryId, EventId | undefined>();
  /** Outcomes that are held back, in order. */
  #held: Settlement[] = [];
  #timer: Cancel | undefined;
  /** How many writes have failed and are to be tried again. */
  #failing = 0;
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
    return this.#failing > 0 || this.#unwritten.size >= unwrittenLimit;
  }

  /** Whether the outcome of this delivery's last try is not in the journal yet: the next must not be there before it. */
  isUnwritten(delivery: DeliveryId): boolean {
    return this.#unwritten.has(delivery);
  }

  /** Whether this event's copies here are known but not yet in the journal. */
  isWriting(event: EventId): boolean {
    for (const unwritten of this.#unwritten.values()) if (unwritten === event) return true;
    return false;
  }

  /** Writes outcomes down. `event` is the one whose copies come with them. */
  settle(settlements: readonly Settlement[], event?: EventId): void {
    if (this.#closed) return;
    for (const { delivery } of settlements) this.#unwritten.set(delivery, event);
    this.#held.push(...settlements);
    const canWait = settlements.every(({ state }) => state === 'sent');
    if (!canWait || this.#waiting.length > 0 || this.#held.length > gatherLimit) this.flush();
    else this.#timer ??= this.#host.clock.after(gatherMs, () => this.flush());
  }

  /** Hands what is held back to the journal, ahead of whatever the caller asks of it next. */
  flush(): void {
    this.#timer?.();
    this.#timer = undefined;
    const held = this.#held;
    if (held.length === 0 || this.#closed) return;
    this.#held = [];
    this.#write(held, 1);
  }

  /** Resolves when what became of these deliveries, and of those not written yet, is in the journal. */
  untilDecided(deliveries: Iterable<DeliveryId>): Promise<void> {
    const open = new Set([...deliveries, ...this.#unwritten.keys()]);
    if (open.size === 0 || this.#closed) return Promise.resolve();
    this.flush();
    return new Promise((done) => this.#waiting.push({ open, done }));
  }

  /** What became of these deliveries is in the journal, whoever wrote it. */
  decided(ids: Iterable<DeliveryId>): void {
    if (this.#waiting.length === 0) return;
    for (const id of ids) for (const waiter of this.#waiting) waiter.open.delete(id);
    for (const waiter of this.#waiting) if (waiter.open.size === 0) waiter.done();
    this.#waiting = this.#waiting.filter((waiter) => waiter.open.size > 0);
  }

  /** What is held back goes to the journal; nothing is tried again any more, and nobody waits any more. */
  close(): void {
    this.flush();
    this.#closed = true;
    for (const waiter of this.#waiting.splice(0)) waiter.done();
  }

  #write(settlements: readonly Settlement[], attempt: number): void {
    const { journal, clock, log } = this.#host;
    const ids = settlements.map((settlement) => settlement.delivery);
    journal.settle(settlements).then(
      (told) => {
        for (const id of ids) this.#unwritten.delete(id);
        if (attempt > 1) this.#failing -= 1;
        this.decided(ids);
        this.#host.settled(ids, told);
        this.#written();
      },
      (error: unknown) => {
        if (this.#closed) return;
        if (attempt === 1) {
          this.#failing += 1;
          log.error({ lane: this.#room, err: error }, 'the journal cannot be written');
        }
        clock.after(backoffMs(clock, journalBackoff, attempt), () => {
          if (!this.#closed) this.#write(settlements, attempt + 1);
        });
      },
    );
  }
}
