/**
 * What members wrote while nobody took it, from the archive that the server keeps for the account: some servers lose
 * what comes as a connection ends, and some keep nothing for who is offline but this.
 */
import type { Clock } from '../../../hub/clock.ts';
import type { AccountPort } from '../../../hub/network.ts';
import type { Log } from '../../../hub/log.ts';
import { toJid } from '../../../wire/xmpp/jid.ts';
import type { ArchivedMessage } from '../../../wire/xmpp/mam.ts';
import { catchUp, findEnd } from '../catch-up.ts';
import type { Connection, XmppStream } from '../connection.ts';
import { RoomCursor, type Cursor } from '../cursor.ts';
import { ArchiveSearch, REMEMBERED_LIMIT } from '../find.ts';
import { RecentMap } from '../../../hub/recent-map.ts';
import type { Talk } from './talk.ts';

export class ClubArchive {
  readonly #jid: string;
  readonly #clock: Clock;
  readonly #talk: Talk;
  readonly #cursor: RoomCursor;
  readonly #search: ArchiveSearch;
  /** Whom our messages were sent to, by the stanzas' id, as far as they were looked for. */
  readonly #recipients = new RecentMap<Set<string>>(REMEMBERED_LIMIT);

  /** @param jid the account's bare JID */
  constructor(jid: string, talk: Talk, clock: Clock) {
    this.#jid = jid;
    this.#talk = talk;
    this.#clock = clock;
    this.#cursor = new RoomCursor(jid, clock);
    this.#search = new ArchiveSearch(jid);
  }

  /** A run begins. */
  async open(port: AccountPort): Promise<void> {
    await this.#cursor.open(port.store, port.log);
    this.#search.reset();
  }

  /** The run is over. */
  close(): Promise<void> {
    return this.#cursor.close();
  }

  /** A message came live; `id` is its id in the archive. */
  follow(id: string, durable: Promise<void>): void {
    this.#cursor.follow({ id, at: this.#clock.now() }, durable);
  }

  /**
   * Reads what is new behind the cursor, or another one. Resolves when it is dealt with for good, with where it ended.
   */
  async catchUp(
    stream: XmppStream,
    log: Log,
    signal: AbortSignal,
    cursor = this.#cursor.current,
  ): Promise<Cursor | undefined> {
    if (!cursor) {
      // What was written before there was a club is nothing to it.
      await this.#cursor.set(await findEnd(stream, this.#jid, this.#clock, signal));
      return this.#cursor.current;
    }
    await catchUp({
      stream,
      clock: this.#clock,
      log,
      signal,
      room: this.#jid,
      cursor,
      take: (items) => this.#take(items),
      more: () => false,
      trouble: (reason) => {
        if (reason !== undefined) log.warn({ reason }, 'what was missed cannot be read');
      },
    });
    return this.#cursor.current;
  }

  /**
   * Whom a message of ours was sent to, by a process before this one too. Undefined where that cannot be told.
   *
   * @param id the stanzas' id
   * @param sinceMs milliseconds since the epoch, by our clock
   * @throws XmppError as readArchive
   */
  async recipients(
    connection: Connection,
    id: string,
    sinceMs: number,
  ): Promise<ReadonlySet<string> | undefined> {
    const whole = await this.#search.search(connection, sinceMs, this.#cursor.current, ({ message }) => {
      const to = toJid(message.attr('to'))?.bare.toString();
      const sent = message.attr('id') ?? '';
      if (to === undefined || toJid(message.attr('from'))?.bare.toString() !== this.#jid) return false;
      const recipients = this.#recipients.get(sent);
      this.#recipients.set(sent, (recipients ?? new Set<string>()).add(to));
      return recipients === undefined;
    });
    return this.#recipients.get(id) ?? (whole ? new Set() : undefined);
  }

  async #take(items: readonly ArchivedMessage[]): Promise<void> {
    for (const item of items) {
      const from = toJid(item.message.attr('from'));
      if (from) await this.#talk.hearArchived(item, from);
    }
    const last = items.at(-1);
    if (!last) return;
    const before = this.#cursor.current;
    // An archive in which there was nothing begins with the first message seen.
    const first = before && before.id === undefined ? items[0]?.id : before?.first;
    const at = last.atMs ?? this.#clock.now();
    await this.#cursor.set({ id: last.id, at, ...(first !== undefined && { first }) });
  }
}
