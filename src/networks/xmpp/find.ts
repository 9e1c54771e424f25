/**
 * Was it sent? Looks through a room's archive, once for all the tokens that are sought after a crash: every message
 * of ours found on the way is noted as sent. And knows when the archive can be believed that something is not there.
 */
import { readArchive, type ArchivedMessage } from '../../wire/xmpp/mam.ts';
import { ARCHIVE_PAGE, ARCHIVE_TIMEOUT_MS } from './catch-up.ts';
import type { Connection } from './connection.ts';
import type { Cursor } from './cursor.ts';

export class ArchiveSearch {
  readonly #room: string;
  /** Everything of the archive from this time on (its own clock, ms) has been looked through. */
  #searchedFromMs = Number.POSITIVE_INFINITY;
  #running: Promise<boolean> | undefined;

  constructor(room: string) {
    this.#room = room;
  }

  /** Something may have been sent since the last search that it has not seen. */
  reset(): void {
    this.#searchedFromMs = Number.POSITIVE_INFINITY;
  }

  /**
   * Looks through all that was said since a time, milliseconds since the epoch by our clock.
   *
   * @param note takes every message
   * @returns whether the archive certainly holds all that was said since then
   * @throws XmppError as readArchive
   */
  async search(
    connection: Connection,
    sinceMs: number,
    cursor: Cursor | undefined,
    note: (item: ArchivedMessage) => void,
  ): Promise<boolean> {
    const { offsetMs, marginMs } = await connection.serverTime.offset(this.#room);
    const fromMs = sinceMs + offsetMs - marginMs;
    while (this.#running) await this.#running.catch(() => {});
    if (fromMs >= this.#searchedFromMs) return true;
    this.#running = this.#walk(connection, fromMs, cursor, note);
    try {
      const whole = await this.#running;
      if (whole) this.#searchedFromMs = fromMs;
      return whole;
    } finally {
      this.#running = undefined;
    }
  }

  async #walk(
    { stream, signal }: Connection,
    fromMs: number,
    cursor: Cursor | undefined,
    note: (item: ArchivedMessage) => void,
  ): Promise<boolean> {
    const options = { timeoutMs: ARCHIVE_TIMEOUT_MS, signal };
    let page = await readArchive(stream, this.#room, { startMs: fromMs, max: ARCHIVE_PAGE }, options);
    page.items.forEach(note);
    while (!page.complete && page.last !== undefined) {
      page = await readArchive(stream, this.#room, { after: page.last, max: ARCHIVE_PAGE }, options);
      page.items.forEach(note);
    }
    // Archives forget from their beginning: if that lies before the time, or is the same as it was, nothing is missing.
    const beginning = (await readArchive(stream, this.#room, { max: 1 }, options)).items[0];
    if (!beginning) return cursor !== undefined && cursor.id === undefined;
    return (beginning.atMs !== undefined && beginning.atMs <= fromMs) || beginning.id === cursor?.first;
  }
}
