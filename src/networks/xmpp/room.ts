/**
 * One room that the account is to be in: enters it, notices when it is out and why, enters it again, and reads what
 * was said meanwhile. Nothing that goes wrong here concerns another room.
 */
import { backoffMs, sleep, type Backoff, type Clock } from '../../hub/clock.ts';
import type { DeliveryError } from '../../hub/errors.ts';
import type { User } from '../../hub/message.ts';
import type { Receipt } from '../../hub/network.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { IqError } from '../../wire/xmpp/errors.ts';
import { MAM_NS, readArchive } from '../../wire/xmpp/mam.ts';
import {
  MUC_STATUS,
  pingSelf,
  readMucPresence,
  toInstantRoom,
  toJoin,
  toLeave,
} from '../../wire/xmpp/muc.ts';
import type { JoinHistory, MucPresence } from '../../wire/xmpp/muc.ts';
import { queryDiscoInfo } from '../../wire/xmpp/disco-query.ts';
import { readStanzaError, type StanzaErrorDetails } from '../../wire/xmpp/stanza-error.ts';
import { OCCUPANT_ID_NS, STANZA_ID_NS } from '../../wire/xmpp/stanza-ids.ts';
import { ARCHIVE_PAGE, ARCHIVE_TIMEOUT_MS, catchUp, FROM_THE_BEGINNING } from './catch-up.ts';
import type { Connection } from './connection.ts';
import type { Memory } from './convert.ts';
import { RoomCursor } from './cursor.ts';
import { Echoes, type OwnTokens } from './echoes.ts';
import { explain, notSent, toDeliveryError } from './failures.ts';
import { ArchiveSearch } from './find.ts';
import { Inbox } from './inbox.ts';
import { NickChoice } from './nick.ts';
import { Occupants, toReason } from './occupants.ts';
import { SeenReactions, ShownReactions } from './reactions.ts';
import { RecentMessages } from './recent.ts';
import { RoomMessages, type RoomView } from './room-messages.ts';

/** How long a room may take to let us in, and how long it may take to answer other questions. */
const JOIN_TIMEOUT_MS = 30_000;
const ASK_TIMEOUT_MS = 20_000;
/** How long a message waits for its room before it is given back to its lane. Shorter than a send may take. */
export const JOIN_WAIT_MS = 25_000;
/** How long `find` waits for an echo that is still to come. Shorter than a send may take, too. */
const ECHO_WAIT_MS = 25_000;
/** How far before the last time seen a room without archive is asked for its history: clocks differ. */
const HISTORY_OVERLAP_MS = 60_000;
/** Stanzas of a room just made that wait until it has told what it can do: a moment's worth. */
const UNREAD_LIMIT = 1000;
const rejoinBackoff: Backoff = { baseMs: 1000, capMs: 5 * 60_000 };
/** A ban or the end of a room rarely passes: the waits start as after so many failures. */
const RARELY_PASSES = 6;
/** Once we have been inside for so long, the next failure is the first one again. */
const SETTLED_MS = 60_000;

export interface RoomSettings {
  jid: string;
  nick: string;
  /** The nick to take where nothing of the wished one is allowed. */
  spareNick: string;
  selfPingMs: number;
  clock: Clock;
  tokens: OwnTokens;
  /** Called when `trouble` changed. */
  changed(): void;
}

/** Why we are out of the room. */
interface Departure {
  reason: string;
  /** It will hardly be different in a moment. */
  lasting: boolean;
}

export class MucRoom implements RoomView {
  readonly jid: string;
  readonly shown = new ShownReactions();
  readonly memory: Memory = { recent: new RecentMessages(), reactions: new SeenReactions() };
  /** Why we are not in the room, in words; undefined when we are, or are on the way. */
  trouble: string | undefined;
  entering = false;
  archived = false;
  stanzaIds = false;
  occupantId: string | undefined;
  nick: string;
  /** When something was last sent or asked, by the clock's `monotonicMs`. */
  usedAtMs: number;

  readonly #settings: RoomSettings;
  readonly #choice: NickChoice;
  readonly #echoes = new Echoes();
  readonly #occupants: Occupants;
  readonly #cursor: RoomCursor;
  readonly #inbox: Inbox;
  readonly #messages: RoomMessages;
  readonly #search: ArchiveSearch;
  #inside = false;
  #created = false;
  /** What came from a room of which it is not known yet what its stanzas mean. */
  #unread: XmlElement[] | undefined;
  #joining: { id: string; answered: PromiseWithResolvers<StanzaErrorDetails | undefined> } | undefined;
  #departed = Promise.withResolvers<Departure>();
  #caughtUp = Promise.withResolvers<void>();
  #retryAtMs: number | undefined;
  readonly #waiters = new Set<PromiseWithResolvers<void>>();
  #connection: Connection | undefined;
  #stop = new AbortController();
  #attending: Promise<void> = Promise.resolve();
  #handing: Promise<unknown> = Promise.resolve();
  #pinging = false;

  constructor(settings: RoomSettings) {
    const { jid, clock, tokens } = settings;
    this.#settings = settings;
    this.jid = jid;
    this.#choice = new NickChoice(settings.nick, settings.spareNick);
    this.nick = this.#choice.current;
    this.usedAtMs = clock.monotonicMs();
    this.#occupants = new Occupants(jid);
    this.#cursor = new RoomCursor(jid, clock);
    this.#inbox = new Inbox(this.#cursor);
    this.#search = new ArchiveSearch(jid);
    this.#messages = new RoomMessages(this, {
      clock,
      tokens,
      echoes: this.#echoes,
      memory: this.memory,
      occupants: this.#occupants,
      inbox: this.#inbox,
    });
  }

  /** Begins to be in the room for as long as the connection lasts. `resumed`: the server still has us in it. */
  attend(connection: Connection, resumed: boolean): void {
    this.#connection = connection;
    this.#stop = new AbortController();
    const signal = AbortSignal.any([connection.signal, this.#stop.signal]);
    this.#inbox.open(connection.port);
    if (!resumed) this.#forgetStream();
    // What an earlier connection left undone is read from the archive, before anything newer.
    else if (this.#inside && this.archived) this.#hold();
    this.#attending = this.#attend(connection, signal).catch((error: unknown) => {
      if (!signal.aborted) connection.fail(error);
    });
  }

  /** The connection is over. Resolves when everything here has come to rest and the cursor is stored. */
  async detach(): Promise<void> {
    this.#stop.abort();
    this.#rejectWaiters(notSent('the connection is over'));
    this.#echoes.interrupt();
    await this.#attending;
    await this.#cursor.close();
    this.#connection = undefined;
  }

  /** Leaves the room for good. Resolves when the stream has the farewell. */
  async leave(): Promise<void> {
    const stream = this.#connection?.stream;
    const wasInside = this.#inside || this.#joining;
    await this.detach();
    this.#forgetStream();
    if (wasInside) await stream?.send(toLeave(this.jid, this.nick));
  }

  handlePresence(stanza: XmlElement): void {
    if (stanza.attr('type') === 'error') {
      const joining = this.#joining;
      if (joining && (stanza.attr('id') ?? joining.id) === joining.id) {
        joining.answered.resolve(readStanzaError(stanza));
      }
      return;
    }
    const presence = readMucPresence(stanza);
    if (!presence) return;
    const self = presence.codes.has(MUC_STATUS.self) || (this.#inside && presence.nick === this.nick);
    if (self) this.#handleSelf(presence);
    const change = this.#occupants.apply(presence);
    if (!change || self || !this.#inside || !this.#connection) return;
    const durable = this.#inbox.live({ convert: () => [{ room: this.jid, ...change }] });
    if (durable) void this.#connection.background(durable);
  }

  /** Resolves when the server may be told that the stanza arrived; undefined: at once. */
  handleMessage(stanza: XmlElement): Promise<void> | undefined {
    if (!this.#connection) return undefined;
    if (!this.#unread) return this.#messages.handle(stanza, this.#connection);
    if (this.#unread.length < UNREAD_LIMIT) this.#unread.push(stanza);
    return undefined;
  }

  /** Everybody in the room but us. */
  members(): User[] {
    return this.#occupants.others(this.nick);
  }

  /** We are in the room. */
  get inside(): boolean {
    return this.#inside;
  }

  /** Something sent has not been shown yet. */
  get busy(): boolean {
    return this.#echoes.busy;
  }

  /**
   * Says something in the room, in the order of the calls. Resolves when the room has shown it.
   *
   * @throws DeliveryError
   */
  async send(token: string, stanza: XmlElement): Promise<Receipt> {
    this.usedAtMs = this.#settings.clock.monotonicMs();
    const receipt = this.#echoes.receipt(token);
    if (receipt) return receipt;
    if (this.#echoes.awaits(token)) return this.#echoes.expect(token);
    const deadlineMs = this.usedAtMs + JOIN_WAIT_MS;
    const handing = this.#handing.then(() => this.#hand(token, stanza, deadlineMs));
    // The next one waits for its turn, not for this one's success.
    this.#handing = handing.catch(() => {});
    return (await handing).echo;
  }

  /** Whether the token's message was sent; see the seam. */
  async find(token: string, since: number): Promise<Receipt | 'absent' | 'unsure'> {
    const { clock, tokens } = this.#settings;
    this.usedAtMs = clock.monotonicMs();
    const connection = this.#connection;
    if (!connection) throw notSent('the connection is over');
    if (!tokens.knows(token)) await tokens.learn(token, connection.port.store);
    const known = this.#echoes.receipt(token);
    if (known) return known;
    if (this.#echoes.awaits(token)) {
      try {
        return await this.#inTime(this.#echoes.expect(token), ECHO_WAIT_MS, 'the room has not shown it yet');
      } catch (error) {
        // Refused, or left before it was shown: the archive has the last word. Else it is still to come.
        if (this.#echoes.awaits(token)) throw error;
      }
    }
    await this.#whenInside(clock.monotonicMs() + JOIN_WAIT_MS);
    if (!this.archived) return this.#echoes.receipt(token) ?? 'unsure';
    await this.#inTime(this.#caughtUp.promise, JOIN_WAIT_MS, 'what was missed is still being read');
    const caught = this.#echoes.receipt(token);
    if (caught) return caught;
    const from = Math.min(since, clock.now());
    const whole = await this.#search.search(connection, from, this.#cursor.current, (item) =>
      this.#messages.note(item),
    );
    return this.#echoes.receipt(token) ?? (whole ? 'absent' : 'unsure');
  }

  suspect(): void {
    if (this.#connection) void this.#ping(this.#connection);
  }

  async #hand(token: string, stanza: XmlElement, deadlineMs: number): Promise<{ echo: Promise<Receipt> }> {
    await this.#whenInside(deadlineMs);
    const connection = this.#connection;
    if (!connection) throw notSent('the connection is over');
    const { tokens } = this.#settings;
    // Durable before the first one is out: after a crash the echoes must be known as ours.
    if (!tokens.knows(token)) await tokens.learn(token, connection.port.store);
    const echo = this.#echoes.expect(token);
    try {
      await connection.stream.send(stanza);
    } catch (thrown) {
      const error = toDeliveryError(thrown);
      if (error.outcome === 'failed') this.#echoes.refuse(token, error);
      throw error;
    }
    return { echo };
  }

  async #attend(connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock } = this.#settings;
    await this.#cursor.open(connection.port.store, connection.port.log);
    if (this.#inside) void this.#ping(connection);
    for (let failures = 0; ;) {
      let departure: Departure;
      try {
        if (!this.#inside) await this.#enter(connection, signal);
        this.#told(undefined);
        const enteredMs = clock.monotonicMs();
        departure = await this.#stay(connection, signal);
        if (clock.monotonicMs() - enteredMs > SETTLED_MS) failures = 0;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof NotAdmitted)) throw error;
        departure = { reason: error.message, lasting: error.lasting };
      }
      failures += 1;
      if (departure.lasting) failures = Math.max(failures, RARELY_PASSES);
      const delayMs = backoffMs(clock, rejoinBackoff, failures);
      connection.port.log.warn(
        { room: this.jid, reason: departure.reason, retryInMs: Math.round(delayMs) },
        'not in the room',
      );
      this.#retryAtMs = clock.monotonicMs() + delayMs;
      this.#told(departure.reason);
      this.#rejectWaiters(this.#notInside());
      await sleep(clock, delayMs, signal);
      this.#retryAtMs = undefined;
      this.#choice.reset();
    }
  }

  /** Enters the room. @throws NotAdmitted */
  async #enter(connection: Connection, signal: AbortSignal): Promise<void> {
    const exists = await this.#discover(connection, signal);
    const { clock } = this.#settings;
    if (this.archived && !this.#cursor.current) await this.#beginCursor(connection, signal);
    const seen = this.#cursor.current;
    let history: JoinHistory = 'none';
    if (!this.archived && seen && seen.at !== FROM_THE_BEGINNING) {
      const { offsetMs } = await connection.serverTime.offset(this.jid);
      history = { sinceMs: seen.at + offsetMs - HISTORY_OVERLAP_MS };
    }
    signal.throwIfAborted();
    this.#created = false;
    this.#unread = exists ? undefined : [];
    if (this.archived) this.#hold();
    for (;;) {
      const refusal = await this.#ask(connection, signal, history);
      if (!refusal) break;
      if (!this.#choice.refuse(refusal.condition)) throw new NotAdmitted(refusal);
      connection.port.log.info(
        { room: this.jid, nick: this.#choice.current, why: refusal.condition },
        'trying another nick',
      );
    }
    connection.port.log.info({ room: this.jid, nick: this.nick, archive: this.archived }, 'joined');
    if (!exists) await this.#explore(connection, signal);
    if (!this.archived) {
      if (!this.#cursor.current) await this.#cursor.set({ at: clock.now() });
      this.#caughtUp.resolve();
    }
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
  }

  /** The room did not exist when it was asked what it can do: asks again, and reads what was said meanwhile. */
  async #explore(connection: Connection, signal: AbortSignal): Promise<void> {
    const { stream, port } = connection;
    if (this.#created) {
      port.log.warn({ room: this.jid }, 'the room did not exist; the server has made it');
      await stream
        .iq(toInstantRoom(this.jid), { timeoutMs: ASK_TIMEOUT_MS, signal })
        .catch((error: unknown) => {
          // Servers that do not lock new rooms need not be told, and say so.
          port.log.debug({ room: this.jid, err: error }, 'the new room was not unlocked');
        });
    }
    await this.#discover(connection, signal);
    if (this.archived) this.#hold();
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    for (const stanza of unread) {
      const durable = this.#messages.handle(stanza, connection);
      if (durable) void connection.background(durable);
    }
  }

  /** Asks for one nick. Answers with the refusal, if it is one. */
  async #ask(
    { stream }: Connection,
    signal: AbortSignal,
    history: JoinHistory,
  ): Promise<StanzaErrorDetails | undefined> {
    const joining = {
      id: this.#settings.clock.id(),
      answered: Promise.withResolvers<StanzaErrorDetails | undefined>(),
    };
    this.#joining = joining;
    this.#occupants.clear();
    this.entering = true;
    try {
      await stream.send(toJoin(this.jid, this.#choice.current, joining.id, history));
      return await this.#inTime(
        joining.answered.promise,
        JOIN_TIMEOUT_MS,
        'the room does not answer',
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      throw new NotAdmitted(error);
    } finally {
      this.#joining = undefined;
    }
  }

  #handleSelf(presence: MucPresence): void {
    if (presence.available) {
      this.nick = presence.nick;
      this.occupantId = presence.occupantId;
      if (!this.#joining) return;
      this.#inside = true;
      this.#created = presence.codes.has(MUC_STATUS.roomCreated);
      this.#departed = Promise.withResolvers();
      // The room answers in order: what it has not shown by now came too early, or too late.
      this.#echoes.forget();
      this.#search.reset();
      this.#joining.answered.resolve(undefined);
      return;
    }
    if (presence.codes.has(MUC_STATUS.nickChanged)) {
      if (presence.newNick) this.nick = presence.newNick;
      return;
    }
    const lasting = presence.destroyed || presence.codes.has(MUC_STATUS.banned);
    this.#depart({ reason: toReason(presence) ?? 'the room has put us out', lasting });
  }

  #depart(departure: Departure): void {
    this.#inside = false;
    this.#departed.resolve(departure);
  }

  /** Is in the room until it is out of it. */
  async #stay(connection: Connection, signal: AbortSignal): Promise<Departure> {
    const staying = new AbortController();
    const both = AbortSignal.any([signal, staying.signal]);
    const reading = this.archived ? this.#readBacklog(connection, both) : Promise.resolve();
    const pinging = this.#pingNowAndThen(connection, both);
    const failed = (error: unknown) => {
      if (!both.aborted) connection.fail(error);
    };
    const side = [reading.catch(failed), pinging.catch(failed)];
    try {
      return await orAborted(this.#departed.promise, signal);
    } finally {
      staying.abort();
      await Promise.all(side);
    }
  }

  async #readBacklog(connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock } = this.#settings;
    const { stream, port } = connection;
    if (!this.#cursor.current) await this.#beginCursor(connection, signal);
    const cursor = this.#cursor.current ?? { at: clock.now() };
    if (this.memory.recent.empty && cursor.id !== undefined)
      await this.#recall(connection, cursor.id, signal);
    const read = await catchUp({
      stream,
      clock,
      log: port.log,
      signal,
      room: this.jid,
      cursor,
      take: (items) => this.#messages.takeArchived(items, connection),
      more: () => this.#inbox.takeOverflow(),
      trouble: (reason) => this.#told(reason),
    });
    if (!read) this.archived = false;
    signal.throwIfAborted();
    this.#release(connection);
  }

  /** A room never seen before: what is said from now on is wanted, nothing older. */
  async #beginCursor({ stream, port }: Connection, signal: AbortSignal): Promise<void> {
    const options = { timeoutMs: ARCHIVE_TIMEOUT_MS, signal };
    try {
      const newest = (await readArchive(stream, this.jid, { before: '', max: 1 }, options)).items.at(-1);
      const first = newest && (await readArchive(stream, this.jid, { max: 1 }, options)).items[0];
      const at = newest ? this.#settings.clock.now() : FROM_THE_BEGINNING;
      await this.#cursor.set({ at, ...(newest && { id: newest.id }), ...(first && { first: first.id }) });
    } catch (error) {
      // It may be readable once we are inside; if not, the catch-up says so.
      port.log.debug({ room: this.jid, err: error }, 'the end of the archive could not be read');
    }
  }

  /** Learns the last messages before the cursor, so that corrections and edits of them find their target. */
  async #recall({ stream, port }: Connection, before: string, signal: AbortSignal): Promise<void> {
    try {
      const options = { timeoutMs: ARCHIVE_TIMEOUT_MS, signal };
      const page = await readArchive(stream, this.jid, { before, max: ARCHIVE_PAGE }, options);
      for (const item of page.items) this.#messages.note(item);
    } catch (error) {
      // Only acts on old messages suffer; what was missed is read all the same.
      port.log.debug({ room: this.jid, err: error }, 'the messages before the cursor could not be read');
    }
  }

  /** Learns what the room can do. False where there is no such room yet. */
  async #discover({ stream }: Connection, signal: AbortSignal): Promise<boolean> {
    let features: ReadonlySet<string> = new Set();
    let exists = true;
    try {
      features = (await queryDiscoInfo(stream, this.jid, { timeoutMs: ASK_TIMEOUT_MS, signal })).features;
    } catch (error) {
      // A room that does not exist yet, or that tells nothing: the join will show what is wrong, if anything is.
      signal.throwIfAborted();
      const silent = error instanceof IqError && SILENT_ROOM.has(error.condition);
      if (!silent) throw new NotAdmitted(error);
      exists = error.condition !== 'item-not-found';
    }
    this.archived = features.has(MAM_NS);
    this.stanzaIds = this.archived || features.has(STANZA_ID_NS);
    this.#occupants.occupantIds = features.has(OCCUPANT_ID_NS);
    return exists;
  }

  async #pingNowAndThen(connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock, selfPingMs } = this.#settings;
    for (;;) {
      // Spread out, so that many rooms do not ask at once.
      await sleep(clock, selfPingMs * (0.75 + clock.random() / 2), signal);
      await this.#ping(connection);
    }
  }

  async #ping(connection: Connection): Promise<void> {
    if (this.#pinging || !this.#inside) return;
    this.#pinging = true;
    const departed = this.#departed;
    try {
      const answer = await pingSelf(connection.stream, this.jid, this.nick, {
        timeoutMs: ASK_TIMEOUT_MS,
        signal: connection.signal,
      });
      if (answer === 'gone' && departed === this.#departed && !connection.signal.aborted) {
        this.#depart({ reason: 'the room does not know us any more', lasting: false });
      }
    } finally {
      this.#pinging = false;
    }
  }

  #hold(): void {
    this.#inbox.hold();
    this.#caughtUp = Promise.withResolvers();
  }

  #release(connection: Connection): void {
    void connection.background(this.#inbox.release());
    this.#caughtUp.resolve();
  }

  /** Nothing is left of an earlier stream. */
  #forgetStream(): void {
    this.#inside = false;
    this.#occupants.clear();
    this.#echoes.forget();
    this.#choice.reset();
    this.#retryAtMs = undefined;
    this.#unread = undefined;
  }

  async #whenInside(deadlineMs: number): Promise<void> {
    if (this.#inside) return;
    if (this.#retryAtMs !== undefined) throw this.#notInside();
    const waiter = Promise.withResolvers<void>();
    this.#waiters.add(waiter);
    try {
      const leftMs = Math.max(0, deadlineMs - this.#settings.clock.monotonicMs());
      await this.#inTime(waiter.promise, leftMs, `${this.jid} has not let us in yet`);
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  #notInside(): DeliveryError {
    const leftMs = (this.#retryAtMs ?? 0) - this.#settings.clock.monotonicMs();
    return notSent(
      `not in ${this.jid}: ${this.trouble ?? 'on the way'}`,
      undefined,
      Math.max(leftMs, 0) + 100,
    );
  }

  #rejectWaiters(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }

  #told(trouble: string | undefined): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.#settings.changed();
  }

  /** @throws DeliveryError (not sent) when it takes too long */
  async #inTime<T>(promise: Promise<T>, limitMs: number, message: string, signal?: AbortSignal): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = this.#settings.clock.after(limitMs, () => late.reject(notSent(message)));
    try {
      return await Promise.race([signal ? orAborted(promise, signal) : promise, late.promise]);
    } finally {
      cancel();
    }
  }
}

/** What a room without disco#info answers. */
const SILENT_ROOM: ReadonlySet<string> = new Set([
  'feature-not-implemented',
  'forbidden',
  'item-not-found',
  'not-allowed',
  'service-unavailable',
]);

/** The room did not let us in. */
class NotAdmitted extends Error {
  readonly lasting: boolean;

  constructor(why: unknown) {
    const refusal = isDetails(why) ? why : undefined;
    const cause = refusal ? undefined : why;
    const words = refusal ? (WORDS[refusal.condition] ?? 'refused') : undefined;
    const message = refusal
      ? `${words}: ${explain(refusal)}`
      : why instanceof Error
        ? why.message
        : String(why);
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'NotAdmitted';
    this.lasting = refusal !== undefined && refusal.type !== 'wait';
  }
}

const WORDS: Readonly<Partial<Record<StanzaErrorDetails['condition'], string>>> = {
  'not-authorized': 'the room needs a password',
  forbidden: 'banned from the room',
  'item-not-found': 'there is no such room',
  'not-allowed': 'the server does not let us make this room',
  'not-acceptable': 'the room wants the registered nick',
  'registration-required': 'only members may enter the room',
  conflict: 'all nicks tried are taken',
  'service-unavailable': 'the room is full',
  'remote-server-not-found': 'there is no such chat service',
  'remote-server-timeout': 'the chat service does not answer',
};

function isDetails(why: unknown): why is StanzaErrorDetails {
  return typeof why === 'object' && why !== null && !(why instanceof Error) && 'condition' in why;
}

/** Rejects as soon as the signal is aborted. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
