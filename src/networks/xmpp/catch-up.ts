/**
 * Reading from a room's archive what was said while we were not there, page by page, each page durable before the
 * next one is asked for.
 */
import { backoffMs, sleep, type Backoff, type Clock } from '../../hub/clock.ts';
import type { Log } from '../../hub/log.ts';
import { IqError } from '../../wire/xmpp/errors.ts';
import {
  readArchive,
  type ArchivedMessage,
  type ArchivePage,
  type ArchiveQuery,
} from '../../wire/xmpp/mam.ts';
import type { XmppStream } from './connection.ts';
import type { Cursor } from './cursor.ts';

/** Asked for at once; servers give what they like, often less. */
export const ARCHIVE_PAGE = 100;
/** How long a page may take. */
export const ARCHIVE_TIMEOUT_MS = 30_000;
/** How far before the last known time reading starts when the archive has forgotten the last known message. */
const OVERLAP_MS = 60_000;
/** The `at` of a cursor without id: nothing had been said yet, so all that the archive holds is to be read. */
export const FROM_THE_BEGINNING = 0;
const backoff: Backoff = { baseMs: 1000, capMs: 60_000 };

export interface CatchUp {
  stream: XmppStream;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  room: string;
  /** From where on: not given, from the archive's beginning. */
  cursor: Pick<Cursor, 'id' | 'at'>;
  /** Takes a page's messages; resolves when they are durable. */
  take(items: readonly ArchivedMessage[]): Promise<void>;
  /** Whether more has come than could be kept waiting, so that the archive has to be asked once more. */
  more(): boolean;
  /** The archive cannot be read for now; undefined when it can again. */
  trouble(reason: string | undefined): void;
}

/**
 * Reads all that is behind the cursor. Tries again for as long as the archive may answer one day.
 *
 * @returns whether it was read; false where the room refuses to show its archive
 * @throws when the signal is aborted, or `take` rejects
 */
export async function catchUp(task: CatchUp): Promise<boolean> {
  let from = toStart(task.cursor);
  let attempt = 0;
  for (;;) {
    task.signal.throwIfAborted();
    task.more();
    let page: ArchivePage;
    try {
      page = await readArchive(
        task.stream,
        task.room,
        { ...from, max: ARCHIVE_PAGE },
        { timeoutMs: ARCHIVE_TIMEOUT_MS, signal: task.signal },
      );
    } catch (error) {
      task.signal.throwIfAborted();
      const stale =
        error instanceof IqError && error.condition === 'item-not-found' && from.after !== undefined;
      if (stale) {
        task.log.warn(
          { room: task.room },
          'the archive has forgotten the last message seen; reading on by its time, which may leave a gap',
        );
        from = { startMs: task.cursor.at - OVERLAP_MS };
        continue;
      }
      if (isRefusal(error)) {
        task.log.warn({ room: task.room, err: error }, 'the room does not show its archive');
        return false;
      }
      attempt += 1;
      task.log.warn({ room: task.room, err: error }, 'the archive does not answer; trying again');
      task.trouble('its archive does not answer');
      await sleep(task.clock, backoffMs(task.clock, backoff, attempt), task.signal);
      continue;
    }
    if (attempt > 0) task.trouble(undefined);
    attempt = 0;
    await task.take(page.items);
    if (page.last !== undefined) from = { after: page.last };
    if (page.complete && !task.more()) return true;
  }
}

/**
 * The cursor of an archive that was never read before: what is said from now on is wanted, nothing older.
 *
 * @throws XmppError as readArchive
 */
export async function findEnd(
  stream: XmppStream,
  archive: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Cursor> {
  const options = { timeoutMs: ARCHIVE_TIMEOUT_MS, signal };
  const newest = (await readArchive(stream, archive, { before: '', max: 1 }, options)).items.at(-1);
  const first = newest && (await readArchive(stream, archive, { max: 1 }, options)).items[0];
  const at = newest ? clock.now() : FROM_THE_BEGINNING;
  return { at, ...(newest && { id: newest.id }), ...(first && { first: first.id }) };
}

function toStart({ id, at }: Pick<Cursor, 'id' | 'at'>): Omit<ArchiveQuery, 'max'> {
  if (id !== undefined) return { after: id };
  return at === FROM_THE_BEGINNING ? {} : { startMs: at - OVERLAP_MS };
}

/** Conditions that stay until somebody changes the room. */
const REFUSALS: ReadonlySet<string> = new Set([
  'bad-request',
  'feature-not-implemented',
  'forbidden',
  'item-not-found',
  'not-allowed',
  'not-authorized',
  'registration-required',
  'service-unavailable',
]);

function isRefusal(error: unknown): boolean {
  return error instanceof IqError && REFUSALS.has(error.condition);
}
