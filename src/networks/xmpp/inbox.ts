/**
 * The order of one room. While what was missed is being read from the archive, what is said live waits here; what
 * does not fit is in the archive too and is read from there. Behind it the hub gets everything in the order in which
 * it was said, and the cursor follows what is durable.
 */
import type { NetworkEvent } from '../../hub/event.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { Cursor, RoomCursor } from './cursor.ts';

/** Live stanzas of one room that wait for its backlog. */
const HELD_LIMIT = 1000;

/** Messages read from the archive of which a live copy is still expected: more than can be on the way at once. */
const ARCHIVED_LIMIT = 1000;

/** One stanza's worth. Converted as late as possible: what it refers to may be in the backlog. */
export interface InboxEntry {
  convert(): NetworkEvent[];
  /** Where the cursor stands behind it; missing for what no archive keeps. */
  cursor?: Cursor;
}

export class Inbox {
  readonly #cursor: RoomCursor;
  #port: AccountPort | undefined;
  #held: InboxEntry[] | undefined;
  #overflowed = false;
  /** Settled when what waits is durable, or need not wait any more. */
  #released: PromiseWithResolvers<void> | undefined;
  /** What came from the archive lately: a live copy of it is nothing new. */
  readonly #archived = new Set<string>();

  constructor(cursor: RoomCursor) {
    this.#cursor = cursor;
  }

  /** The port of the run that now is. */
  open(port: AccountPort): void {
    this.#port = port;
  }

  /** Live entries wait. */
  get holding(): boolean {
    return this.#held !== undefined;
  }

  /** From now on live entries wait until `release`. What waited of an earlier connection is in the archive. */
  hold(): void {
    this.#held = [];
    this.#overflowed = false;
    this.#archived.clear();
    if (this.#released) return;
    this.#released = Promise.withResolvers();
    this.#released.promise.catch(() => {
      // Told to who handed something in; it may be nobody.
    });
  }

  /** The room is left for good: what waits is not wanted any more. */
  close(): void {
    this.#held = undefined;
    this.#released?.resolve();
    this.#released = undefined;
  }

  /** Begins another page: whether something had to be left to it. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }

  /**
   * Hands in something live. Resolves when it is durable; undefined when it is known. What waits for the backlog is
   * durable with all that waits; when more waits than is held here, it is read from the archive, since the
   * cursor stands before it, and nobody needs to wait.
   */
  live(entry: InboxEntry): Promise<void> | undefined {
    if (this.#isCopy(entry)) return undefined;
    if (!this.#held) return this.report(entry);
    if (this.#held.length < HELD_LIMIT) {
      this.#held.push(entry);
    } else {
      this.#overflowed = true;
      this.#released?.resolve();
    }
    return this.#released?.promise;
  }

  /** Hands something to the hub at once. Resolves when it is durable. */
  report(entry: InboxEntry): Promise<void> {
    const port = this.#port;
    if (!port) return Promise.reject(new Error('the room has no connection'));
    const durable = Promise.all(entry.convert().map((event) => port.receive(event))).then(() => {});
    if (entry.cursor) this.#cursor.follow(entry.cursor, durable);
    return durable;
  }

  /** Hands something from the archive to the hub. Resolves when it is durable. */
  fromArchive(id: string, entry: InboxEntry): Promise<void> {
    this.#archived.add(id);
    if (this.#archived.size > ARCHIVED_LIMIT) {
      const oldest = this.#archived.values().next().value;
      if (oldest !== undefined) this.#archived.delete(oldest);
    }
    return this.report(entry);
  }

  /** The backlog is in: what waited goes to the hub, in order. Resolves when it is durable. */
  release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    const fresh = held.filter((entry) => !this.#isCopy(entry));
    const durable = Promise.all(fresh.map((entry) => this.report(entry))).then(() => {});
    const released = this.#released;
    this.#released = undefined;
    if (released) durable.then(released.resolve, released.reject);
    return durable;
  }

  #isCopy({ cursor }: InboxEntry): boolean {
    return cursor?.id !== undefined && this.#archived.has(cursor.id);
  }
}
