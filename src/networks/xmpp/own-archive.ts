/**
 * The archive that the server keeps for the account itself: what was said to it, and by it from any of its clients,
 * outside of rooms. Read from where the last run stopped, before anything live goes to the hub.
 */
import { sleep, type Clock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import { CARBONS_NS } from '../../wire/xmpp/carbon.ts';
import { queryDiscoInfo } from '../../wire/xmpp/disco-query.ts';
import { xml } from '../../wire/xmpp/element.ts';
import { IqError, IqTimeout } from '../../wire/xmpp/errors.ts';
import type { Jid } from '../../wire/xmpp/jid.ts';
import { MAM_NS, queryKeepsAll, readArchive, type ArchivedMessage } from '../../wire/xmpp/mam.ts';
import { STANZA_ID_NS } from '../../wire/xmpp/stanza-ids.ts';
import { ARCHIVE_PAGE, catchUp, findEnd } from './catch-up.ts';
import type { Connection } from './connection.ts';
import { RoomCursor, type Cursor } from './cursor.ts';
import { ArchiveSearch } from './find.ts';
import { Inbox, type InboxEntry } from './inbox.ts';

/** How long the server may take to tell what it does for the account, and to find earlier messages. */
const ASK_TIMEOUT_MS = 20_000;
const RECALL_TIMEOUT_MS = 5_000;
const CURSOR_KEY = 'direct-cursor';
/**
 * How long after the first look a new session looks again: what comes as we do is seen as sent to somebody who is away by
 * ejabberd, which for a moment shows it neither in the archive nor to us.
 */
export const SECOND_LOOK_MS = 2_000;
/**
 * Messages of ours after which the cursor is brought up to them: nobody shows them to us, so it would stay behind for as
 * long as nobody answers, and all of them would have to be read again after a restart.
 */
const SENT_LIMIT = 200;

/** What reads the archive's messages. */
export interface ArchiveReader {
  /** What the hub is told of a message; asked once what it refers to is known. */
  toConverter(item: ArchivedMessage, connection: Connection): Promise<() => NetworkEvent[]>;
}

export interface OwnArchiveParts {
  /** Bare. */
  account: Jid;
  clock: Clock;
  reader: ArchiveReader;
}

export class OwnArchive {
  readonly #account: Jid;
  readonly #clock: Clock;
  readonly #reader: ArchiveReader;
  readonly #cursor: RoomCursor;
  readonly #inbox: Inbox;
  readonly #search: ArchiveSearch;
  /** What is said can be read again. */
  #archived = false;
  #stanzaIds = false;
  /** Nothing is left out of the archive. */
  #whole = false;
  /** Missing while nothing is asked. */
  #asking: Promise<void> | undefined;
  /** It is known what the server does in this session of the stream. */
  #isKnown = false;
  #reading: Promise<void> = Promise.resolve();
  #stop = new AbortController();
  #isReading = false;
  /** Sent since the archive was read. */
  #sent = 0;

  constructor({ account, clock, reader }: OwnArchiveParts) {
    this.#account = account;
    this.#clock = clock;
    this.#reader = reader;
    this.#cursor = new RoomCursor(account.toString(), clock, CURSOR_KEY);
    this.#inbox = new Inbox(this.#cursor);
    this.#search = new ArchiveSearch(account.toString());
  }

  /** A run begins. `resumed`: the server still knows what we asked of it. */
  attach(connection: Connection, resumed: boolean): void {
    this.#stop = new AbortController();
    const signal = AbortSignal.any([connection.signal, this.#stop.signal]);
    this.#inbox.open(connection.port);
    this.#search.reset();
    // What an earlier connection left undone is read before anything newer.
    if (!resumed) {
      this.#inbox.close();
      this.#isKnown = false;
    } else if (this.#archived) {
      this.#inbox.hold();
    }
    const asking = this.#isKnown ? undefined : this.#ask(connection, signal);
    this.#asking = asking?.finally(() => {
      this.#asking = undefined;
    });
    this.#asking?.catch(() => {});
    this.#begun(this.#readNewSession(connection, signal, asking), connection, signal);
  }

  /** A message of ours has gone out. */
  sent(connection: Connection): void {
    this.#sent += 1;
    if (this.#sent < SENT_LIMIT || this.#isReading || !this.#archived) return;
    const signal = AbortSignal.any([connection.signal, this.#stop.signal]);
    this.#inbox.hold();
    this.#begun(
      this.#readOn(connection, signal).then(() => {}),
      connection,
      signal,
    );
  }

  /** The run is over. Resolves when everything here has come to rest and the cursor is stored. */
  async detach(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
    await this.#cursor.close();
  }

  /** Resolves when it is known what the ids of messages mean; undefined when it is. */
  get whenKnown(): Promise<void> | undefined {
    return this.#asking;
  }

  /** Whether the ids that the account gives its messages can be believed. */
  get hasStanzaIds(): boolean {
    return this.#stanzaIds;
  }

  /**
   * Hands in something live; `id` is its id in the archive. Resolves when it is durable; undefined when it is known.
   */
  live(id: string | undefined, entry: InboxEntry): Promise<void> | undefined {
    if (!this.#archived || id === undefined) return this.#inbox.report(entry);
    return this.#inbox.live({ ...entry, cursor: { id, at: this.#clock.now() } });
  }

  /** The last messages of one conversation, oldest first; none where they cannot be had. */
  async recall(
    conversation: string,
    { stream, port, signal }: Connection,
  ): Promise<readonly ArchivedMessage[]> {
    if (!this.#archived) return [];
    try {
      const query = { with: conversation, before: '', max: ARCHIVE_PAGE };
      const options = { timeoutMs: RECALL_TIMEOUT_MS, signal };
      return (await readArchive(stream, this.#account.toString(), query, options)).items;
    } catch (error) {
      // Only what refers to old messages suffers.
      port.log.debug({ room: conversation, err: error }, 'earlier messages could not be read');
      return [];
    }
  }

  /**
   * Looks for what was sent since a time, milliseconds since the epoch by our clock. It does not wait for what was
   * missed: that may wait, in the hub, for what is sought here.
   *
   * @param note takes every message; answers whether it remembers it as one of ours
   * @returns whether what it did not find was certainly not sent
   * @throws XmppError as readArchive
   */
  async search(
    connection: Connection,
    sinceMs: number,
    note: (item: ArchivedMessage) => boolean,
  ): Promise<boolean> {
    await this.#asking;
    if (!this.#archived) return false;
    return (await this.#search.search(connection, sinceMs, this.#cursor.current, note)) && this.#whole;
  }

  /** Learns what the server does for the account, and asks it for copies of what its other clients send. */
  async #ask(connection: Connection, signal: AbortSignal): Promise<void> {
    const { stream, port, domain } = connection;
    const options = { timeoutMs: ASK_TIMEOUT_MS, signal };
    const [account, server] = await Promise.all(
      [this.#account.toString(), domain].map((jid) => readFeatures(connection, jid, options)),
    );
    const offersArchive = account?.has(MAM_NS) === true;
    const keepsAll = offersArchive ? await queryKeepsAll(stream, options) : false;
    this.#archived = offersArchive && keepsAll !== false;
    this.#whole = keepsAll === true;
    this.#stanzaIds = offersArchive || account?.has(STANZA_ID_NS) === true;
    await this.#cursor.open(port.store, port.log);
    if (this.#archived) this.#inbox.hold();
    else port.log.info({}, 'the server archives no direct messages: those it does not deliver are missed');
    this.#isKnown = true;
    if (server?.has(CARBONS_NS) !== true) return;
    stream
      .iq(xml('iq', { type: 'set' }, xml('enable', { xmlns: CARBONS_NS })), options)
      .catch((error: unknown) => {
        // What other clients send is in the archive too, and comes from there with the next connection.
        if (!signal.aborted)
          port.log.info({ err: error }, 'the server copies nothing of other clients to us');
      });
  }

  #begun(reading: Promise<void>, connection: Connection, signal: AbortSignal): void {
    this.#sent = 0;
    this.#isReading = true;
    this.#reading = reading
      .catch((error: unknown) => {
        if (!signal.aborted) connection.fail(error);
      })
      .finally(() => {
        this.#isReading = false;
      });
  }

  /** Reads what was missed; in a new session once more a little later. */
  async #readNewSession(
    connection: Connection,
    signal: AbortSignal,
    asking: Promise<void> | undefined,
  ): Promise<void> {
    await asking;
    const end = await this.#readOn(connection, signal);
    if (!asking || !end) return;
    await sleep(this.#clock, SECOND_LOOK_MS, signal);
    await this.#catchUp(connection, signal, end);
  }

  /** Reads what is behind the cursor, then lets live messages through. Answers with where it ended. */
  async #readOn(connection: Connection, signal: AbortSignal): Promise<Cursor | undefined> {
    const { port } = connection;
    if (!this.#archived) return undefined;
    await this.#cursor.open(port.store, port.log);
    if (!this.#cursor.current) await this.#begin(connection, signal);
    await this.#catchUp(connection, signal, this.#cursor.current ?? { at: this.#clock.now() });
    const end = this.#cursor.current;
    this.#inbox.release().catch((error: unknown) => connection.fail(error));
    return end;
  }

  async #catchUp(connection: Connection, signal: AbortSignal, cursor: Cursor): Promise<void> {
    const readable = await catchUp({
      stream: connection.stream,
      clock: this.#clock,
      log: connection.port.log,
      signal,
      room: this.#account.toString(),
      cursor,
      take: (items) => this.#take(items, connection),
      more: () => this.#inbox.takeOverflow(),
      trouble: () => {}, // The log has it; nothing but this waits.
    });
    signal.throwIfAborted();
    if (!readable) this.#archived = false;
  }

  async #begin({ stream, port }: Connection, signal: AbortSignal): Promise<void> {
    try {
      await this.#cursor.set(await findEnd(stream, this.#account.toString(), this.#clock, signal));
    } catch (error) {
      signal.throwIfAborted();
      port.log.debug({ err: error }, 'the end of the account’s archive could not be read');
    }
  }

  async #take(items: readonly ArchivedMessage[], connection: Connection): Promise<void> {
    const durable: Promise<void>[] = [];
    for (const item of items) {
      const cursor = { id: item.id, at: item.atMs ?? this.#clock.now() };
      const convert = await this.#reader.toConverter(item, connection);
      durable.push(this.#inbox.fromArchive(item.id, { convert, cursor }));
    }
    await Promise.all(durable);
    await this.#cursor.flush();
  }
}

/** What an entity can do. Who does not tell can nothing for now: the next connection asks again. */
async function readFeatures(
  { stream }: Connection,
  jid: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  try {
    return (await queryDiscoInfo(stream, jid, options)).features;
  } catch (error) {
    if (error instanceof IqError || error instanceof IqTimeout) return new Set();
    throw error;
  }
}
