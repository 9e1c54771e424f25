/**
 * What a network hears, on its way into the journal: in each room in order, though reading a message (fetching its
 * picture) may take long in one and no time in the next. Beside it runs a cursor for each room, which says how far the
 * room is durable; it lags behind a little, so that a busy room costs one write in a while. For networks that have a
 * history by room and no acknowledgement.
 */
import { toError, type Cancel, type Clock } from './clock.ts';
import type { NetworkEvent } from './event.ts';
import type { AccountPort } from './network.ts';

/** Reports on their way before less is read, and how few there have to be before more is. */
const underWayLimit = 512;
const underWayLow = 256;
/** What waits to be read or for a room's history. More ends the run: the next one asks the history for it. */
const waitingLimit = 20_000;
/** The longest that what is stored lags behind. */
const lagMs = 1000;
const cursorPrefix = 'cursor/';

export interface RoomInboxParts<Cursor> {
  port: AccountPort;
  clock: Clock;
  /** When what a cursor stands behind was said, in whatever unit. */
  timeOf(this: void, cursor: Cursor): number;
  /** Whether somebody talks with the account alone there. */
  isDirect(this: void, room: string): boolean;
  /** Stops and resumes reading from the connection. */
  pause(isPaused: boolean): void;
  /**
   * What makes it pause: reports that are being read, too, or only those that the journal is getting. The latter where
   * reading one needs answers that come over the same connection.
   */
  pausesFor: 'reading' | 'receiving';
  /** Something could not be kept: the run has to end. */
  broken(this: void, error: Error): void;
}

export class RoomInbox<Cursor> {
  readonly #parts: RoomInboxParts<Cursor>;
  /** By room: the last that is being read, and what is durable up to there. */
  readonly #reading = new Map<string, Promise<unknown>>();
  readonly #kept = new Map<string, Promise<unknown>>();
  readonly #cursors = new Map<string, Cursor>();
  /** What is to be stored, by key. */
  readonly #unstored = new Map<string, () => string>();
  #timer: Cancel | undefined;
  #storing: Promise<void> = Promise.resolve();
  #underWay = 0;
  #waiting = 0;
  #paused = false;
  #over = false;

  constructor(parts: RoomInboxParts<Cursor>) {
    this.#parts = parts;
  }

  /** Reads the stored cursors. */
  async open(): Promise<void> {
    for (const [key, value] of await this.#parts.port.store.list(cursorPrefix)) {
      this.#cursors.set(key.slice(cursorPrefix.length), JSON.parse(value) as Cursor);
    }
  }

  cursorOf(room: string): Cursor | undefined {
    return this.#cursors.get(room);
  }

  /** The rooms that have a cursor, the newest first. */
  rooms(): string[] {
    const { timeOf } = this.#parts;
    return [...this.#cursors].toSorted(([, a], [, b]) => timeOf(b) - timeOf(a)).map(([room]) => room);
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
   *
   * @param cursor how far the room has been read with it
   */
  async take(room: string, read: () => Promise<NetworkEvent | undefined>, cursor?: Cursor): Promise<void> {
    const isCounted = this.#parts.pausesFor === 'reading';
    this.#waiting += 1;
    if (this.#waiting > waitingLimit) this.#parts.broken(new Error('too much waits to be read'));
    if (isCounted) this.#count(1);
    try {
      const receiving = await this.#inTurn(room, async () => {
        const event = await read();
        return { received: event && this.receive(room, event, cursor) };
      }).finally(() => (this.#waiting -= 1));
      await receiving.received;
    } finally {
      if (isCounted) this.#count(-1);
    }
  }

  /** Hands in at once; only for who is in turn. */
  receive(room: string, event: NetworkEvent, cursor?: Cursor): Promise<void> {
    if (this.#over) return Promise.reject(new Error('the run is over'));
    const { port, isDirect, pausesFor, broken } = this.#parts;
    const received = port.receive(isDirect(room) ? { ...event, direct: true } : event);
    // An own message waits for receipts, which must not wait for it.
    if (pausesFor === 'receiving' && event.own !== true) this.#countUntil(received);
    const kept = Promise.all([this.#kept.get(room), received]).then(() => {
      if (cursor !== undefined) this.#move(room, cursor);
    });
    this.#kept.set(room, kept);
    kept.catch((error: unknown) => {
      if (!this.#over) broken(toError(error));
    });
    return received;
  }

  /** A room begins to be followed here. */
  begin(room: string, cursor: Cursor): void {
    if (!this.#cursors.has(room)) this.#move(room, cursor);
  }

  /** Stores a value of the account's own together with the cursors; `value` is asked for then. */
  store(key: string, value: () => string): void {
    this.#unstored.set(key, value);
    if (!this.#over) this.#timer ??= this.#parts.clock.after(lagMs, () => this.#write());
  }

  /** The run is over: nothing is handed in any more, and what is stored is what the next run finds. */
  async close(): Promise<void> {
    this.#over = true;
    this.#timer?.();
    this.#write();
    await this.#storing;
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

  #countUntil(received: Promise<void>): void {
    this.#count(1);
    received
      .finally(() => this.#count(-1))
      .catch(() => {
        // What becomes of it is told to who handed it in.
      });
  }

  #count(change: 1 | -1): void {
    this.#underWay += change;
    if (this.#over) return;
    if (!this.#paused && this.#underWay >= underWayLimit) this.#parts.pause((this.#paused = true));
    if (this.#paused && this.#underWay <= underWayLow) this.#parts.pause((this.#paused = false));
  }

  #move(room: string, cursor: Cursor): void {
    const { timeOf } = this.#parts;
    const before = this.#cursors.get(room);
    if (before !== undefined && timeOf(before) > timeOf(cursor)) return;
    this.#cursors.set(room, cursor);
    this.store(cursorPrefix + room, () => JSON.stringify(this.#cursors.get(room)));
  }

  #write(): void {
    this.#timer = undefined;
    const { store, log } = this.#parts.port;
    const entries = [...this.#unstored].map(([key, value]) => [key, value()] as const);
    this.#unstored.clear();
    for (const [key, value] of entries) {
      this.#storing = this.#storing
        .then(() => store.set(key, value))
        .catch((error: unknown) => log.warn({ err: error, key }, 'a cursor could not be stored'));
    }
  }
}
