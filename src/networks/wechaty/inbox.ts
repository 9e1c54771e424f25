/**
 * What the puppet tells, on its way into the journal: in each room in order, though reading a message (fetching its picture)
 * may take long in one and no time in the next. The driver keeps each event until it is durable here.
 */
import { toError } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import type { AccountPort } from '../../hub/network.ts';

/** Reports on their way into the journal before less is read, and how few there have to be before more is. */
const RECEIVING_LIMIT = 512;
const RECEIVING_LOW = 256;
/** What may wait to be read. More ends the run: the driver has it and tells it again. */
const WAITING_LIMIT = 20_000;

export interface InboxParts {
  port: AccountPort;
  /** Stops and resumes reading. */
  pause(isPaused: boolean): void;
  /** An event is durable, or nothing that could be. */
  acknowledge(seq: number): void;
  /** Something could not be kept: the run has to end. */
  broken(error: Error): void;
}

export class Inbox {
  readonly #parts: InboxParts;
  /** By room: the last that is being read. */
  readonly #reading = new Map<string, Promise<unknown>>();
  #receiving = 0;
  #waiting = 0;
  #paused = false;
  #over = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Takes what happened in a room, in its turn. `read` answers what it tells, if it tells anything. */
  take(room: string, seq: number | undefined, read: () => Promise<readonly NetworkEvent[]>): void {
    this.#waiting += 1;
    if (this.#waiting > WAITING_LIMIT) this.#parts.broken(new Error('too much waits to be read'));
    const before = this.#reading.get(room) ?? Promise.resolve();
    const turn = before
      .then(async () => {
        if (this.#over) return;
        this.#receive(seq, await read());
      })
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#waiting -= 1;
        if (this.#reading.get(room) === turn) this.#reading.delete(room);
      });
    this.#reading.set(room, turn);
  }

  /** There is nothing in an event that could be kept. */
  pass(seq: number | undefined): void {
    if (seq !== undefined && !this.#over) this.#parts.acknowledge(seq);
  }

  /** Something cannot be taken now: the run ends, and the driver tells it again. */
  fail(error: unknown): void {
    if (!this.#over) this.#parts.broken(toError(error));
  }

  /** The run is over: nothing is handed in any more. */
  close(): void {
    this.#over = true;
  }

  /** Hands in, in this turn, which keeps the order; does not wait until it is durable. */
  #receive(seq: number | undefined, events: readonly NetworkEvent[]): void {
    if (this.#over) return;
    const received = events.map((event) => {
      const kept = this.#parts.port.receive(event);
      // An own message waits for receipts, which must not wait for it.
      if (event.own !== true) this.#count(kept);
      return kept;
    });
    Promise.all(received).then(
      () => this.pass(seq),
      (error: unknown) => this.fail(error),
    );
  }

  #count(kept: Promise<void>): void {
    this.#receiving += 1;
    if (!this.#paused && this.#receiving >= RECEIVING_LIMIT) this.#parts.pause((this.#paused = true));
    const settled = () => {
      this.#receiving -= 1;
      if (this.#paused && this.#receiving <= RECEIVING_LOW) this.#parts.pause((this.#paused = false));
    };
    kept.finally(settled).catch(() => {
      // What becomes of it is told where it was handed in.
    });
  }
}
