/**
 * Was it sent? Looks through an archive, once for all that is sought after a crash: whoever asks notes every message of
 * ours that is found on the way, and what is sought next is known without another look. And knows when the archive can be
 * believed that something is not there.
 *
 * A walk proves the absence of what was last written before it began, and of nothing else. What is sought between two
 * calls of `reset` was handed over before the first of them: by a process or a connection that is over, or before the room
 * was entered, which its server answers behind all of it. So every walk since then is good for all of it.
 */
import { readArchive, type ArchivedMessage } from '../../wire/xmpp/mam.ts';
import { ARCHIVE_PAGE, ARCHIVE_TIMEOUT_MS } from './catch-up.ts';
import type { Connection } from './connection.ts';
import type { Cursor } from './cursor.ts';

/** So many messages are remembered by who asks. A walk that has found more proves nothing. */
export const REMEMBERED_LIMIT = 10_000;

interface Walk {
  /** Everything of the archive from this time on (its own clock, milliseconds) has been looked through. */
  fromMs: number;
  /** The archive's first message, when that was done. */
  beginning: ArchivedMessage | undefined;
  /** Nothing had ever been seen in it when that was begun: if it was empty then, it has forgotten nothing. */
  fresh: boolean;
  /** Messages that are remembered. */
  remembered: number;
}

export class ArchiveSearch {
  readonly #archive: string;
  /** The one that went back furthest. */
  #walk: Walk | undefined;
  #running: Promise<unknown> | undefined;
  /** Changes with each reset: a walk that began before it is not kept. */
  #life = 0;

  /** @param archive its bare address */
  constructor(archive: string) {
    this.#archive = archive;
  }

  /** What is sent from now on may be sought later: no walk until now has seen it. */
  reset(): void {
    this.#walk = undefined;
    this.#life += 1;
  }

  /**
   * Looks through all that was said since a time, milliseconds since the epoch by our clock, where that has not been done.
   *
   * @param note takes every message; answers whether it remembers it as one of ours
   * @returns whether the archive certainly held all that was said since then
   * @throws XmppError as readArchive
   */
  async search(
    connection: Connection,
    sinceMs: number,
    cursor: Cursor | undefined,
    note: (item: ArchivedMessage) => boolean,
  ): Promise<boolean> {
    const { offsetMs, marginMs } = await connection.serverTime.offset(this.#archive);
    const fromMs = sinceMs + offsetMs - marginMs;
    while (this.#running) await this.#running.catch(() => {});
    const walk =
      this.#walk && this.#walk.fromMs <= fromMs
        ? this.#walk
        : await this.#goThrough(connection, fromMs, isFresh(cursor), note);
    return walk.remembered <= REMEMBERED_LIMIT && isWhole(walk, fromMs, cursor);
  }

  async #goThrough(
    connection: Connection,
    fromMs: number,
    fresh: boolean,
    note: (item: ArchivedMessage) => boolean,
  ): Promise<Walk> {
    const life = this.#life;
    const reading = this.#read(connection, fromMs, fresh, note);
    this.#running = reading;
    try {
      const walk = await reading;
      if (life === this.#life) this.#walk = walk;
      return walk;
    } finally {
      this.#running = undefined;
    }
  }

  async #read(
    { stream, signal }: Connection,
    fromMs: number,
    fresh: boolean,
    note: (item: ArchivedMessage) => boolean,
  ): Promise<Walk> {
    const options = { timeoutMs: ARCHIVE_TIMEOUT_MS, signal };
    let remembered = 0;
    let from: { startMs: number } | { after: string } = { startMs: fromMs };
    for (;;) {
      const page = await readArchive(stream, this.#archive, { ...from, max: ARCHIVE_PAGE }, options);
      for (const item of page.items) if (note(item)) remembered += 1;
      if (page.complete || page.last === undefined) break;
      from = { after: page.last };
    }
    const [beginning] = (await readArchive(stream, this.#archive, { max: 1 }, options)).items;
    return { fromMs, beginning, fresh, remembered };
  }
}

/** Nothing has been seen in the archive yet: nor was there anything when it was looked at first. */
function isFresh(cursor: Cursor | undefined): boolean {
  return cursor !== undefined && cursor.id === undefined;
}

/** Archives forget from their beginning: if that lies before the time, or is the same as it was, nothing is missing. */
function isWhole({ beginning, fresh }: Walk, fromMs: number, cursor: Cursor | undefined): boolean {
  if (!beginning) return fresh;
  return (beginning.atMs !== undefined && beginning.atMs <= fromMs) || beginning.id === cursor?.first;
}
