/**
 * What comes from the server, on its way into the journal: in each room in order, though reading a message (fetching its
 * picture) may take long in one and no time in the next. Beside it run a cursor for each room, which says how far the room
 * is durable, and the `sn` up to which everything is; both lag behind a little, so that a busy room costs one write in a
 * while.
 */
import { toError, type Cancel, type Clock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import type { AccountPort } from '../../hub/network.ts';

/** How far a room has been read. */
export interface Cursor {
  /** The newest message's id. */
  id: string;
  /** When it was said, milliseconds since the epoch. */
  at: number;
}

/** Reports on their way before less is read, and how few there have to be before more is. */
const WAITING_LIMIT = 512;
const WAITING_LOW = 256;
/** The longest that what is stored lags behind. */
const LAG_MS = 1000;
const CURSOR_PREFIX = 'cursor/';
const SN_KEY = 'sn';

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
  readonly #reading = new Map<string, Promise<unknown>>();
  readonly #kept = new Map<string, Promise<unknown>>();
  readonly #cursors = new Map<string, Cursor>();
  readonly #dirty = new Set<string>();
  #allKept: Promise<unknown> = Promise.resolve();
  #sn: number | undefined;
  #isSnDirty = false;
  #timer: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #paused = false;
  #over = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Reads what was stored. */
  async open(): Promise<void> {
    const { store } = this.#parts.port;
    for (const [key, value] of await store.list(CURSOR_PREFIX)) {
      this.#cursors.set(key.slice(CURSOR_PREFIX.length), JSON.parse(value) as Cursor);
    }
    const sn = await store.get(SN_KEY);
    if (sn !== undefined) this.#sn = Number(sn);
  }

  /** The last event up to which everything is durable. */
  get sn(): number | undefined {
    return this.#sn;
  }

  cursorOf(room: string): Cursor | undefined {
    return this.#cursors.get(room);
  }

  /** The rooms that have a cursor, the newest first. */
  rooms(): string[] {
    return [...this.#cursors].toSorted(([, a], [, b]) => b.at - a.at).map(([room]) => room);
  }

  /** Does `work` when all before it in the room has been read; what comes later waits for it. */
  first(room: string, work: () => Promise<void>): void {
    this.#inTurn(room, work).catch(() => {
      // It has been told as what broke the run.
    });
  }

  /** Takes what happened in a room, in its turn. */
  take(room: string, sn: number | undefined, read: () => Promise<Read | undefined>): void {
    this.#count(1);
    const kept = this.#inTurn(room, async () => {
      const found = await read();
      return { received: found && this.receive(room, found.event, found.cursor) };
    }).then(({ received }) => received);
    kept
      .catch(() => {
        // It has been told as what broke the run.
      })
      .finally(() => this.#count(-1));
    this.passed(sn, kept);
  }

  /** Everything up to this event is durable, once `kept` and all before it is. */
  passed(sn: number | undefined, kept: Promise<unknown> = Promise.resolve()): void {
    const all = Promise.all([this.#allKept, kept]).then(() => {
      if (sn === undefined) return;
      this.#sn = sn;
      this.#isSnDirty = true;
      this.#schedule();
    });
    this.#allKept = all;
    all.catch(() => {
      // It has been told as what broke the run: nothing behind it counts as kept.
    });
  }

  /** Hands in at once; only for who is in turn. */
  receive(room: string, event: NetworkEvent, cursor?: Cursor): Promise<void> {
    if (this.#over) return Promise.reject(new Error('the run is over'));
    const received = this.#parts.port.receive(event);
    const kept = Promise.all([this.#kept.get(room), received]).then(() => {
      if (cursor) this.#move(room, cursor);
    });
    this.#kept.set(room, kept);
    kept.catch((error: unknown) => {
      if (!this.#over) this.#parts.broken(toError(error));
    });
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
    this.#write();
    await this.#writing;
  }

  #inTurn<Done>(room: string, work: () => Promise<Done>): Promise<Done> {
    const done = (this.#reading.get(room) ?? Promise.resolve()).then(() => {
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

  #count(change: 1 | -1): void {
    this.#waiting += change;
    if (this.#over) return;
    if (!this.#paused && this.#waiting >= WAITING_LIMIT) this.#parts.pause((this.#paused = true));
    if (this.#paused && this.#waiting <= WAITING_LOW) this.#parts.pause((this.#paused = false));
  }

  #move(room: string, cursor: Cursor): void {
    const before = this.#cursors.get(room);
    if (before && before.at > cursor.at) return;
    this.#cursors.set(room, cursor);
    this.#dirty.add(room);
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#over) this.#timer ??= this.#parts.clock.after(LAG_MS, () => this.#write());
  }

  #write(): void {
    this.#timer = undefined;
    const entries = [...this.#dirty].map(
      (room) => [CURSOR_PREFIX + room, JSON.stringify(this.#cursors.get(room))] as const,
    );
    this.#dirty.clear();
    const { store, log } = this.#parts.port;
    const writes = this.#isSnDirty ? [...entries, [SN_KEY, String(this.#sn)] as const] : entries;
    this.#isSnDirty = false;
    for (const [key, value] of writes) {
      this.#writing = this.#writing
        .then(() => store.set(key, value))
        .catch((error: unknown) => log.warn({ err: error, key }, 'a cursor could not be stored'));
    }
  }
}

/** What was read: what it tells, and how far the room has been read then. */
export interface Read {
  event: NetworkEvent;
  cursor?: Cursor;
}
