/**
 * What members wrote while nobody took it, from the archive that the server keeps for the account: some servers lose
 * what comes as a connection ends, and some keep nothing for who is offline but this.
 */
import type { Clock } from '../../../hub/clock.ts';
import type { AccountPort } from '../../../hub/network.ts';
import type { Log } from '../../../hub/log.ts';
import { toJid } from '../../../wire/xmpp/jid.ts';
import { readArchive, type ArchivedMessage } from '../../../wire/xmpp/mam.ts';
import { ARCHIVE_TIMEOUT_MS, catchUp, FROM_THE_BEGINNING } from '../catch-up.ts';
import type { XmppStream } from '../connection.ts';
import { RoomCursor } from '../cursor.ts';
import type { Talk } from './talk.ts';

export class ClubArchive {
  readonly #jid: string;
  readonly #clock: Clock;
  readonly #talk: Talk;
  readonly #cursor: RoomCursor;

  /** @param jid the account's bare JID */
  constructor(jid: string, talk: Talk, clock: Clock) {
    this.#jid = jid;
    this.#talk = talk;
    this.#clock = clock;
    this.#cursor = new RoomCursor(jid, clock);
  }

  /** A run begins. */
  async open(port: AccountPort): Promise<void> {
    await this.#cursor.open(port.store, port.log);
  }

  /** The run is over. */
  close(): Promise<void> {
    return this.#cursor.close();
  }

  /** A message came live; `id` is its id in the archive. */
  follow(id: string, durable: Promise<void>): void {
    this.#cursor.follow({ id, at: this.#clock.now() }, durable);
  }

  /** Reads what is new. Resolves when it is dealt with for good. */
  async catchUp(stream: XmppStream, log: Log, signal: AbortSignal): Promise<void> {
    const cursor = this.#cursor.current;
    if (!cursor) return this.#begin(stream, signal);
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
  }

  async #take(items: readonly ArchivedMessage[]): Promise<void> {
    for (const item of items) {
      const from = toJid(item.message.attr('from'));
      if (from) await this.#talk.hearArchived(item, from);
    }
    const last = items.at(-1);
    if (last) await this.#cursor.set({ id: last.id, at: last.atMs ?? this.#clock.now() });
  }

  /** The first time: what was written before there was a club is nothing to it. */
  async #begin(stream: XmppStream, signal: AbortSignal): Promise<void> {
    const options = { timeoutMs: ARCHIVE_TIMEOUT_MS, signal };
    const { items } = await readArchive(stream, this.#jid, { before: '', max: 1 }, options);
    const last = items.at(-1);
    await this.#cursor.set(last ? { id: last.id, at: this.#clock.now() } : { at: FROM_THE_BEGINNING });
  }
}
