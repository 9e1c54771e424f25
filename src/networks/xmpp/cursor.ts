/**
 * How far a room has been read, kept durably: where the next catch-up begins. It only ever names what is in the hub's
 * journal already, and lags behind a little, so that a busy room costs one write in a while and not one a message;
 * what is read twice for that is told apart by its id.
 */
import type { Cancel, Clock } from '../../hub/clock.ts';
import type { AccountStore } from '../../hub/network.ts';
import type { Log } from '../../hub/log.ts';

export interface Cursor {
  /** The newest message's id in the room's archive; missing where the room gives none, or had nothing said. */
  id?: string;
  /** About when it was said, milliseconds since the epoch. */
  at: number;
  /** The oldest message's id in the archive when it was looked at: while it stays, nothing has been lost there. */
  first?: string;
}

/** The longest that the stored cursor lags behind. */
const LAG_MS = 2000;
const KEY_PREFIX = 'cursor/';

export function toCursorKey(room: string): string {
  return KEY_PREFIX + room;
}

/** The rooms that have a cursor. */
export async function listCursors(store: AccountStore): Promise<string[]> {
  return (await store.list(KEY_PREFIX)).map(([key]) => key.slice(KEY_PREFIX.length));
}

interface Followed {
  cursor: Cursor;
  durable: boolean;
}

export class RoomCursor {
  readonly #key: string;
  readonly #clock: Clock;
  #store: AccountStore | undefined;
  #log: Log | undefined;
  #followed: Followed[] = [];
  #stuck = false;
  #current: Cursor | undefined;
  #dirty = false;
  #timer: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param key where it is stored, for what is no room */
  constructor(room: string, clock: Clock, key = toCursorKey(room)) {
    this.#key = key;
    this.#clock = clock;
  }

  get current(): Cursor | undefined {
    return this.#current;
  }

  /** Reads the stored cursor, once; afterwards what was followed goes on from the newest that is durable. */
  async open(store: AccountStore, log: Log): Promise<Cursor | undefined> {
    this.#store = store;
    this.#log = log;
    this.#followed = [];
    this.#stuck = false;
    if (!this.#current) {
      const value = await store.get(this.#key);
      if (value !== undefined) this.#current = parseCursor(value);
    }
    return this.#current;
  }

  /** Sets the cursor. Resolves when it is durable. */
  async set(cursor: Cursor): Promise<void> {
    this.#current = cursor;
    this.#dirty = true;
    await this.flush();
  }

  /** Moves on to this message once it, and all before it, are durable. One that fails holds the cursor where it is. */
  follow(cursor: Cursor, durable: Promise<unknown>): void {
    const entry: Followed = { cursor, durable: false };
    const followed = this.#followed;
    followed.push(entry);
    durable.then(
      () => {
        entry.durable = true;
        if (followed === this.#followed && !this.#stuck) this.#advance();
      },
      () => {
        // Whoever handed the message in deals with the failure; here nothing behind it may count as read.
        if (followed === this.#followed) this.#stuck = true;
      },
    );
  }

  /** Writes what has not been written. Never rejects: a cursor that lags costs time, not messages. */
  async flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#dirty && this.#store && this.#current) {
      this.#dirty = false;
      const [store, value] = [this.#store, JSON.stringify(this.#current)];
      this.#writing = this.#writing
        .then(() => store.set(this.#key, value))
        .catch((error: unknown) =>
          this.#log?.warn({ err: error, key: this.#key }, 'a cursor could not be stored'),
        );
    }
    await this.#writing;
  }

  /** The run is over: what is stored now is what the next one finds. */
  async close(): Promise<void> {
    await this.flush();
    this.#timer?.();
    this.#timer = undefined;
    this.#store = undefined;
  }

  #advance(): void {
    let passed = 0;
    while (this.#followed[passed]?.durable) passed += 1;
    const done = this.#followed.splice(0, passed);
    const last = done.at(-1);
    if (!last) return;
    const before = this.#current;
    // A room in which nothing had been said begins with the first message seen.
    const first = before && before.id === undefined ? done[0]?.cursor.id : before?.first;
    this.#current = { ...last.cursor, ...(first !== undefined && { first }) };
    this.#dirty = true;
    this.#timer ??= this.#clock.after(LAG_MS, () => void this.flush());
  }
}

function parseCursor(value: string): Cursor | undefined {
  const { id, at, first } = JSON.parse(value) as Record<string, unknown>;
  if (typeof at !== 'number') return undefined;
  return {
    at,
    ...(typeof id === 'string' && { id }),
    ...(typeof first === 'string' && { first }),
  };
}
