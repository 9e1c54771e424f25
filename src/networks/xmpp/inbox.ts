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
  }

  /** Begins another page: whether something had to be left to it. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }

  /**
   * Hands in something live. Resolves when it is durable; undefined when it waits, which the archive makes safe.
   */
  live(entry: InboxEntry): Promise<void> | undefined {
    if (!this.#held) return this.report(entry);
    if (this.#held.length < HELD_LIMIT) this.#held.push(entry);
    else this.#overflowed = true;
    return undefined;
  }

  /** Hands something to the hub at once. Resolves when it is durable. */
  report(entry: InboxEntry): Promise<void> {
    const port = this.#port;
    if (!port) return Promise.reject(new Error('the room has no connection'));
    const durable = Promise.all(entry.convert().map((event) => port.receive(event))).then(() => {});
    if (entry.cursor) this.#cursor.follow(entry.cursor, durable);
    return durable;
  }

  /** The backlog is in: what waited goes to the hub, in order. Resolves when it is durable. */
  release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    return Promise.all(held.map((entry) => this.report(entry))).then(() => {});
  }
}
