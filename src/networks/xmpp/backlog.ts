/**
 * What was said in one room while we were not there: read from the archive before anything live goes to the hub.
 */
import type { Clock } from '../../hub/clock.ts';
import { readArchive } from '../../wire/xmpp/mam.ts';
import { ARCHIVE_PAGE, ARCHIVE_TIMEOUT_MS, catchUp, findEnd } from './catch-up.ts';
import type { Connection } from './connection.ts';
import type { RoomCursor } from './cursor.ts';
import type { Inbox } from './inbox.ts';
import type { RecentMessages } from './recent.ts';
import type { RoomMessages } from './room-messages.ts';

export interface BacklogParts {
  jid: string;
  clock: Clock;
  cursor: RoomCursor;
  inbox: Inbox;
  messages: RoomMessages;
  recent: RecentMessages;
}

export class Backlog {
  readonly #parts: BacklogParts;
  #read = Promise.withResolvers<void>();

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** Resolves when there is nothing (more) to be read. */
  get whenRead(): Promise<void> {
    return this.#read.promise;
  }

  /** From now on live messages wait until `read` is done. */
  hold(): void {
    this.#parts.inbox.hold();
    this.#read = Promise.withResolvers();
  }

  /** There is no archive: live messages go to the hub as they come. */
  skip(): void {
    this.#read.resolve();
  }

  /**
   * Reads what is behind the cursor, then lets live messages through.
   *
   * @param told takes why reading takes longer, in words; undefined when that has passed
   * @returns false where the room refuses to show its archive
   * @throws when the signal is aborted or something could not be kept
   */
  async read(
    connection: Connection,
    signal: AbortSignal,
    told: (trouble: string | undefined) => void,
  ): Promise<boolean> {
    const { jid, clock, cursor, inbox, messages, recent } = this.#parts;
    const { stream, port } = connection;
    if (!cursor.current) await this.begin(connection, signal);
    const from = cursor.current ?? { at: clock.now() };
    if (recent.empty && from.id !== undefined) await this.#recall(connection, from.id, signal);
    const read = await catchUp({
      stream,
      clock,
      log: port.log,
      signal,
      room: jid,
      cursor: from,
      take: async (items) => {
        await messages.takeArchived(items, connection);
        // However soon the hub dies, again and again: it never begins before this page any more.
        await cursor.flush();
      },
      more: () => inbox.takeOverflow(),
      trouble: told,
    });
    signal.throwIfAborted();
    inbox.release().catch((error: unknown) => connection.fail(error));
    this.#read.resolve();
    return read;
  }

  /** Sets the cursor of a room never seen before: what is said from now on is wanted, nothing older. */
  async begin({ stream, port }: Connection, signal: AbortSignal): Promise<void> {
    const { jid, clock, cursor } = this.#parts;
    try {
      await cursor.set(await findEnd(stream, jid, clock, signal));
    } catch (error) {
      // It may be readable once we are inside; if not, the catch-up says so.
      port.log.debug({ room: jid, err: error }, 'the end of the archive could not be read');
    }
  }

  /** Learns the last messages before the cursor, so that corrections and edits of them find their target. */
  async #recall({ stream, port }: Connection, before: string, signal: AbortSignal): Promise<void> {
    const { jid, messages } = this.#parts;
    try {
      const options = { timeoutMs: ARCHIVE_TIMEOUT_MS, signal };
      const page = await readArchive(stream, jid, { before, max: ARCHIVE_PAGE }, options);
      for (const item of page.items) messages.note(item);
    } catch (error) {
      // Only acts on old messages suffer; what was missed is read all the same.
      port.log.debug({ room: jid, err: error }, 'the messages before the cursor could not be read');
    }
  }
}
