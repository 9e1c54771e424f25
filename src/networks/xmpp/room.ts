/**
 * One room that the account is to be in: enters it, notices when it is out and why, and enters it again. Nothing that
 * goes wrong here concerns another room.
 */
import { backoffMs, sleep, type Backoff, type Clock } from '../../hub/clock.ts';
import type { User } from '../../hub/message.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { readOccupantId } from '../../wire/xmpp/stanza-ids.ts';
import {
  MUC_STATUS,
  pingSelf,
  readMucPresence,
  toInstantRoom,
  toLeave,
  type JoinHistory,
  type MucPresence,
} from '../../wire/xmpp/muc.ts';
import { discoverRoom, NotAdmitted } from './admission.ts';
import type { Avatars } from './avatars.ts';
import { Backlog } from './backlog.ts';
import { FROM_THE_BEGINNING } from './catch-up.ts';
import type { Company } from './company.ts';
import type { Connection } from './connection.ts';
import type { Memory } from './convert.ts';
import { RoomCursor } from './cursor.ts';
import { Echoes, type OwnTokens } from './echoes.ts';
import { notSent } from './failures.ts';
import { ArchiveSearch } from './find.ts';
import { readHops } from './hops.ts';
import { Inbox } from './inbox.ts';
import { Join } from './join.ts';
import { NickChoice } from './nick.ts';
import { Occupants, toReason } from './occupants.ts';
import { Ourselves } from './ourselves.ts';
import { SeenReactions, ShownReactions } from './reactions.ts';
import { RecentMessages, type RecentMessage } from './recent.ts';
import { RoomMessages, type RoomView } from './room-messages.ts';
import { RoomSends } from './room-sends.ts';
import { UnreadStanzas } from './unread-stanzas.ts';
import { orAborted } from './waiting.ts';
import { WaitingSenders } from './waiting-senders.ts';

/** How long a room may take to answer questions. */
const ASK_TIMEOUT_MS = 20_000;
/** How far before the last time seen a room without archive is asked for its history: clocks differ. */
const HISTORY_OVERLAP_MS = 60_000;
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
  /** Others of ours in the room. */
  company?: Company;
  avatars?: Avatars;
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
  readonly sends: RoomSends;
  readonly shown = new ShownReactions();
  readonly memory: Memory = { recent: new RecentMessages(), reactions: new SeenReactions() };
  /** Why we are not in the room, in words; undefined when we are, or are on the way. */
  trouble: string | undefined;
  entering = false;
  archived = false;
  stanzaIds = false;
  stableIds = false;

  readonly #settings: RoomSettings;
  readonly #choice: NickChoice;
  readonly #join: Join;
  readonly #ourselves: Ourselves;
  readonly #senders: WaitingSenders;
  readonly #echoes = new Echoes();
  readonly #occupants: Occupants;
  readonly #cursor: RoomCursor;
  readonly #inbox: Inbox;
  readonly #messages: RoomMessages;
  readonly #backlog: Backlog;
  readonly #search: ArchiveSearch;
  #inside = false;
  #created = false;
  readonly #unread = new UnreadStanzas();
  #departed = Promise.withResolvers<Departure>();
  #connection: Connection | undefined;
  #stop = new AbortController();
  #attending: Promise<void> = Promise.resolve();
  #pinging = false;

  constructor(settings: RoomSettings) {
    const { jid, clock, tokens } = settings;
    this.#settings = settings;
    this.jid = jid;
    this.#choice = new NickChoice(settings.nick, settings.spareNick);
    this.#join = new Join(jid, clock, this.#choice);
    this.#ourselves = new Ourselves(jid, this.#choice.current, settings.company);
    this.#senders = new WaitingSenders(jid, clock);
    const echoes = this.#echoes;
    const occupants = (this.#occupants = new Occupants(jid));
    const cursor = (this.#cursor = new RoomCursor(jid, clock));
    const inbox = (this.#inbox = new Inbox(cursor));
    const search = (this.#search = new ArchiveSearch(jid));
    const { memory } = this;
    const { avatars } = settings;
    const parts = { clock, tokens, echoes, memory, occupants, inbox, ...(avatars && { avatars }) };
    const messages = new RoomMessages(this, parts);
    const backlog = new Backlog({ jid, clock, cursor, inbox, messages, recent: memory.recent });
    this.#messages = messages;
    this.#backlog = backlog;
    this.sends = new RoomSends({
      clock,
      tokens,
      echoes,
      cursor,
      backlog,
      messages,
      search,
      archived: () => this.archived,
      stableIds: () => this.stableIds,
      connection: () => this.#connection,
      whenInside: (deadlineMs) => this.#whenInside(deadlineMs),
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
    else if (this.#inside && this.archived) this.#backlog.hold();
    this.#attending = this.#attend(connection, signal).catch((error: unknown) => {
      if (!signal.aborted) connection.fail(error);
    });
  }

  /** The connection is over. Resolves when everything here has come to rest and the cursor is stored. */
  async detach(): Promise<void> {
    this.#stop.abort();
    this.#settings.company?.detach();
    this.#senders.refuse(notSent('the connection is over'));
    this.#echoes.interrupt();
    await this.#attending;
    await this.#cursor.close();
    this.#connection = undefined;
  }

  /** Leaves the room for good. Resolves when the stream has the farewell. */
  async leave(): Promise<void> {
    const stream = this.#connection?.stream;
    const known = this.#inside || this.#join.underWay;
    if (known) await this.#settings.company?.leave();
    await this.detach();
    this.#inbox.close();
    this.#forgetStream();
    if (known) await stream?.send(toLeave(this.jid, this.nick));
  }

  /** Resolves when the server may be told that the stanza arrived; undefined: at once. */
  handlePresence(stanza: XmlElement): Promise<void> | undefined {
    if (stanza.attr('type') === 'error') {
      this.#join.refused(stanza);
      return undefined;
    }
    const presence = readMucPresence(stanza);
    if (!presence) return undefined;
    const self = presence.codes.has(MUC_STATUS.self) || (this.#inside && presence.nick === this.nick);
    if (self) this.#handleSelf(presence);
    const change = this.#occupants.apply(presence);
    const ours = self || this.#ourselves.noteCompany(presence, this.#occupants.occupantIds);
    if (!change || ours || !this.#inside || !this.#connection) return undefined;
    const hops = change.kind === 'rename' ? readHops(stanza) : [];
    const event = { room: this.jid, ...change, ...(hops.length > 0 && { hops }) };
    return this.#inbox.live({ convert: () => [event] });
  }

  /** Resolves when the server may be told that the stanza arrived; undefined: at once. */
  handleMessage(stanza: XmlElement): Promise<void> | undefined {
    if (!this.#connection) return undefined;
    // Sent to an earlier session of ours, which the room has not noticed to be over: what the archive or the room's
    // history has of it comes in its place, behind what was said before.
    if (!this.#inside && !this.#join.underWay && stanza.attr('type') === 'groupchat') return undefined;
    if (this.#unread.holding) return this.#unread.add(stanza);
    return this.#messages.handle(stanza, this.#connection);
  }

  /** Everybody in the room but us. */
  members(): User[] {
    return this.#occupants.others(this.nick).filter(({ name }) => !this.#ourselves.isCompanion(name));
  }

  /** Who told us something alone; `told` is the message where that was long ago and others may have the nick now. */
  whisperer(nick: string, told?: XmlElement): User {
    if (!told) return this.#occupants.user(nick);
    const occupantId = this.#occupants.occupantIds ? readOccupantId(told) : undefined;
    return { id: occupantId ?? `${this.jid}/${nick}`, name: nick };
  }

  /** Our own nick; the one we ask for before we were ever inside. */
  get nick(): string {
    return this.#ourselves.nick;
  }

  hasOwn(nick: string): boolean {
    return this.#ourselves.hasNick(nick);
  }

  isOwnId(occupantId: string): boolean | undefined {
    return this.#ourselves.hasId(occupantId);
  }

  /** Whether a message was said by the occupant that listens, not by its company. */
  isListener(message: Pick<RecentMessage, 'sender' | 'nick'>): boolean {
    return this.#ourselves.isListener(message);
  }

  /** One of our company is in the room under this nick. */
  meet(nick: string): void {
    this.#ourselves.meet(nick);
  }

  /** We are in the room. */
  get inside(): boolean {
    return this.#inside;
  }

  /** Something sent has not been shown yet. */
  get busy(): boolean {
    return this.#echoes.busy;
  }

  suspect(): void {
    if (this.#connection) void this.#ping(this.#connection);
  }

  async #attend(connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock } = this.#settings;
    const { port } = connection;
    await this.#settings.company?.open(connection);
    await this.#cursor.open(port.store, port.log);
    await this.#ourselves.open(port.store);
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
      failures = Math.max(failures + 1, departure.lasting ? RARELY_PASSES : 0);
      const delayMs = Math.round(backoffMs(clock, rejoinBackoff, failures));
      port.log.warn({ room: this.jid, reason: departure.reason, retryInMs: delayMs }, 'not in the room');
      this.#told(departure.reason);
      this.#senders.putOff(departure.reason, delayMs);
      await sleep(clock, delayMs, signal);
      this.#senders.expect();
      this.#choice.reset();
    }
  }

  /** Enters the room. @throws NotAdmitted */
  async #enter(connection: Connection, signal: AbortSignal): Promise<void> {
    const { log } = connection.port;
    const exists = await this.#discover(connection, signal);
    if (this.archived && !this.#cursor.current) await this.#backlog.begin(connection, signal);
    const history = await this.#toHistory(connection);
    signal.throwIfAborted();
    // What an earlier attempt left is of a room that never let us in.
    this.#unread.drop();
    if (!exists) this.#unread.hold();
    if (this.archived) this.#backlog.hold();
    await this.#join.run(connection, history, signal, () => {
      this.#forgetOccupants();
      this.entering = true;
    });
    if (!exists) await this.#explore(connection, signal);
    log.info({ room: this.jid, nick: this.nick, archive: this.archived }, 'joined');
    if (!this.archived) {
      if (!this.#cursor.current) await this.#cursor.set({ at: this.#settings.clock.now() });
      this.#backlog.skip();
    }
    this.#senders.admit();
    this.#settings.company?.entered(connection);
  }

  /** Learns what the room can do. False where there is no such room yet. @throws NotAdmitted */
  async #discover({ stream }: Connection, signal: AbortSignal): Promise<boolean> {
    const features = await discoverRoom(stream, this.jid, { timeoutMs: ASK_TIMEOUT_MS, signal });
    this.archived = features.archived;
    this.stanzaIds = features.stanzaIds;
    this.stableIds = features.stableIds;
    this.#occupants.occupantIds = features.occupantIds;
    return features.exists;
  }

  async #toHistory({ serverTime }: Connection): Promise<JoinHistory> {
    const seen = this.#cursor.current;
    if (this.archived || !seen || seen.at === FROM_THE_BEGINNING) return 'none';
    const { offsetMs } = await serverTime.offset(this.jid);
    return { sinceMs: seen.at + offsetMs - HISTORY_OVERLAP_MS };
  }

  /** The room did not exist when it was asked what it can do: asks again, and reads what was said meanwhile. */
  async #explore(connection: Connection, signal: AbortSignal): Promise<void> {
    const { stream, port } = connection;
    if (this.#created) {
      port.log.warn({ room: this.jid }, 'the room did not exist; the server has made it');
      const options = { timeoutMs: ASK_TIMEOUT_MS, signal };
      await stream.iq(toInstantRoom(this.jid), options).catch((error: unknown) => {
        // Servers that do not lock new rooms need not be told, and say so.
        port.log.debug({ room: this.jid, err: error }, 'the new room was not unlocked');
      });
    }
    await this.#discover(connection, signal);
    if (this.archived) this.#backlog.hold();
    this.#unread.release((stanza) => this.#messages.handle(stanza, connection));
  }

  #handleSelf(presence: MucPresence): void {
    if (presence.available) {
      this.#ourselves.shown(presence);
      if (!this.#join.underWay) return;
      this.#inside = true;
      this.#created = presence.codes.has(MUC_STATUS.roomCreated);
      this.#departed = Promise.withResolvers();
      // The room answers in order: what it has not shown by now it will not show any more.
      this.#echoes.forget();
      this.#search.reset();
      this.#join.admitted();
      return;
    }
    if (presence.codes.has(MUC_STATUS.nickChanged)) {
      if (presence.newNick) this.#ourselves.renamed(presence.newNick);
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
    const failed = (error: unknown) => {
      if (!both.aborted) connection.fail(error);
    };
    const side = [this.#readBacklog(connection, both), this.#pingNowAndThen(connection, both)];
    const watched = side.map((work) => work.catch(failed));
    try {
      return await orAborted(this.#departed.promise, signal);
    } finally {
      staying.abort();
      await Promise.all(watched);
    }
  }

  async #readBacklog(connection: Connection, signal: AbortSignal): Promise<void> {
    if (!this.archived) return;
    const readable = await this.#backlog.read(connection, signal, (trouble) => this.#told(trouble));
    if (!readable) this.archived = false;
  }

  async #pingNowAndThen(connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock, selfPingMs } = this.#settings;
    for (;;) {
      // Spread out, so that many rooms do not ask at once.
      await sleep(clock, selfPingMs * (0.75 + clock.random() / 2), signal);
      await this.#ping(connection);
    }
  }

  async #ping({ stream, signal }: Connection): Promise<void> {
    if (this.#pinging || !this.#inside) return;
    this.#pinging = true;
    const departed = this.#departed;
    try {
      const answer = await pingSelf(stream, this.jid, this.nick, { timeoutMs: ASK_TIMEOUT_MS, signal });
      if (answer === 'gone' && departed === this.#departed && !signal.aborted) {
        this.#depart({ reason: 'the room does not know us any more', lasting: false });
      }
    } finally {
      this.#pinging = false;
    }
  }

  /** Nothing is left of an earlier stream. */
  #forgetStream(): void {
    this.#inside = false;
    this.#forgetOccupants();
    this.#echoes.forget();
    this.#choice.reset();
    this.#senders.expect();
    this.#unread.drop();
  }

  #forgetOccupants(): void {
    this.#occupants.clear();
    this.#ourselves.forgetCompany();
  }

  async #whenInside(deadlineMs: number): Promise<Connection> {
    if (this.#connection && !this.#inside) await this.#senders.wait(deadlineMs);
    // Durable before anything is sent: after a crash the archive must show what is ours.
    await this.#ourselves.stored.catch((error: unknown) => {
      throw notSent('the own id in the room could not be kept', error);
    });
    if (!this.#connection) throw notSent('the connection is over');
    return this.#connection;
  }

  #told(trouble: string | undefined): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.#settings.changed();
  }
}
