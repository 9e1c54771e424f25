/**
 * What comes from QQ, on its way into the journal: in each room in order, though reading a message (fetching its picture)
 * may take long in one and no time in the next. Beside it runs a cursor for each room, which says how far the room is
 * durable; it lags behind a little, so that a busy room costs one write in a while.
 */
import { toError, type Cancel, type Clock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import type { AccountPort } from '../../hub/network.ts';

/** How far a room has been read. */
export interface Cursor {
  /** The newest message's id. */
  id: number;
  /** When it was said, seconds since the epoch. */
  time: number;
}

/** Reports on their way into the journal before less is read, and how few there have to be before more is. */
const RECEIVING_LIMIT = 512;
const RECEIVING_LOW = 256;
/** What waits to be read or for a room's history. More ends the run: the next one asks the history for it. */
const WAITING_LIMIT = 20_000;
/** The longest that a stored cursor lags behind. */
const LAG_MS = 2000;
const KEY_PREFIX = 'cursor/';

export interface InboxParts {
  port: AccountPort;
  clock: Clock;
  /** Stops and resumes reading. */
  pause(isPaused: boolean): void;
  /** Something could not be kept: the run has to end. */
  broken(error: Error): void;
}

export class Inbox {
  readonly #parts: InboxParts;
  /** By room: the last that is being read, and what is durable up to there. */
  readonly #reading = new Map<string, Promise<unknown>>();
  readonly #kept = new Map<string, Promise<unknown>>();
  readonly #cursors = new Map<string, Cursor>();
  readonly #dirty = new Set<string>();
  #timer: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();
  #receiving = 0;
  #waiting = 0;
  #paused = false;
  #over = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Reads the stored cursors. */
  async open(): Promise<void> {
    for (const [key, value] of await this.#parts.port.store.list(KEY_PREFIX)) {
      this.#cursors.set(key.slice(KEY_PREFIX.length), JSON.parse(value) as Cursor);
    }
  }

  cursorOf(room: string): Cursor | undefined {
    return this.#cursors.get(room);
  }

  /** The rooms that have a cursor, the newest first. */
  rooms(): string[] {
    return [...this.#cursors].toSorted(([, a], [, b]) => b.time - a.time).map(([room]) => room);
  }

  /** Does `work` when all before it in the room has been read; what comes later waits for it. */
  first(room: string, work: () => Promise<void>): void {
    this.#inTurn(room, work).catch(() => {
      // It has been told as what broke the run.
    });
  }

  /**
   * Takes what happened in a room, in its turn. Resolves when it is durable; rejects when it could not be kept, or the
   * run is over.
   */
  async take(room: string, read: () => Promise<NetworkEvent | undefined>, cursor?: Cursor): Promise<void> {
    this.#waiting += 1;
    if (this.#waiting > WAITING_LIMIT) this.#parts.broken(new Error('too much waits to be read'));
    const receiving = await this.#inTurn(room, async () => {
      const event = await read();
      return { received: event && this.receive(room, event, cursor) };
    }).finally(() => (this.#waiting -= 1));
    await receiving.received;
  }

  /** Hands in at once; only for who is in turn. */
  receive(room: string, event: NetworkEvent, cursor?: Cursor): Promise<void> {
    if (this.#over) return Promise.reject(new Error('the run is over'));
    const received = this.#parts.port.receive(event);
    // An own message waits for receipts, which must not wait for it.
    if (event.own !== true) this.#count(received);
    const kept = Promise.all([this.#kept.get(room), received]).then(() => {
      if (cursor) this.#move(room, cursor);
    });
    this.#kept.set(room, kept);
    kept.catch((error: unknown) => this.#parts.broken(toError(error)));
    return received;
  }

  /** A room begins to be followed here. */
  begin(room: string, cursor: Cursor): void {
    if (!this.#cursors.has(room)) this.#move(room, cursor);
  }

  /** The run is over: nothing is handed in any more, and what is stored is what the next run finds. */
  async close(): Promise<void> {
    this.#over = true;
    this.#timer?.();
    this.#timer = undefined;
    this.#write();
    await this.#writing;
  }

  #inTurn<Done>(room: string, work: () => Promise<Done>): Promise<Done> {
    const before = this.#reading.get(room);
    const done = (before ?? Promise.resolve()).then(() => {
      if (this.#over) throw new Error('the run is over');
      return work();
    });
    const settled = done.catch((error: unknown) => {
      if (!this.#over) this.#parts.broken(toError(error));
    });
    this.#reading.set(room, settled);
    void settled.then(() => {
      if (this.#reading.get(room) === settled) this.#reading.delete(room);
    });
    return done;
  }

  #count(received: Promise<void>): void {
    this.#receiving += 1;
    if (!this.#paused && this.#receiving >= RECEIVING_LIMIT) this.#parts.pause((this.#paused = true));
    const settled = () => {
      this.#receiving -= 1;
      if (this.#paused && this.#receiving <= RECEIVING_LOW) this.#parts.pause((this.#paused = false));
    };
    received.finally(settled).catch(() => {
      // What becomes of it is told to who handed it in.
    });
  }

  #move(room: string, cursor: Cursor): void {
    const before = this.#cursors.get(room);
    if (before && before.time > cursor.time) return;
    this.#cursors.set(room, cursor);
    this.#dirty.add(room);
    if (!this.#over) this.#timer ??= this.#parts.clock.after(LAG_MS, () => this.#write());
  }

  #write(): void {
    this.#timer = undefined;
    const { store, log } = this.#parts.port;
    const rooms = [...this.#dirty];
    this.#dirty.clear();
    for (const room of rooms) {
      const value = JSON.stringify(this.#cursors.get(room));
      this.#writing = this.#writing
        .then(() => store.set(KEY_PREFIX + room, value))
        .catch((error: unknown) => log.warn({ err: error, room }, 'a cursor could not be stored'));
    }
  }
}
