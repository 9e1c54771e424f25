/** The club as it is kept in memory while the account lives, over all its runs: what the parts share. */
import type { Clock } from '../../../hub/clock.ts';
import { AccountError } from '../../../hub/errors.ts';
import type { HubEvent, Quote } from '../../../hub/event.ts';
import { toPlainText, toRoomRef, type AccountId, type User } from '../../../hub/message.ts';
import type { AccountPort } from '../../../hub/network.ts';
import type { XmppStream } from '../connection.ts';
import type { Memory } from '../convert.ts';
import { SeenReactions } from '../reactions.ts';
import { RecentMessages } from '../recent.ts';
import { Attendance } from './attendance.ts';
import { Audience, LOOK_BACK, type Shown } from './audience.ts';
import { Bans } from './bans.ts';
import type { ClubConfig } from './config.ts';
import { Ledger } from './ledger.ts';
import { toNotice, toWhisper } from './lines.ts';
import { dropLetter, listLetters } from './mail.ts';
import { Members, type Member } from './members.ts';
import { RecentMap } from '../../../hub/recent-map.ts';
import { createRecap, type ClubView } from './recap.ts';

/** Messages that can be quoted by what points at them. */
const QUOTES_LIMIT = 1000;
/** Messages of members that are known again when the server sends them once more. */
const KNOWN_LIMIT = 2000;
/** Messages that are being sent to the members before those that come wait. */
const SHOWING_LIMIT = 500;
/** A text up to this length is kept for quotes as it is; of a longer one the beginning. UTF-16 units. */
const QUOTED_LENGTH = 200;

/** A message as it can be quoted. `by` is who may take it back: a member's JID, or nobody here. */
export interface Quoted extends Quote {
  readonly by?: string;
}

export interface ClubParts {
  readonly account: AccountId;
  readonly config: ClubConfig;
  /** The account's bare JID. */
  readonly jid: string;
  /** What the club calls itself. */
  readonly name: string;
  readonly clock: Clock;
}

export class Club {
  readonly clock: Clock;
  readonly name: string;
  /** The club's own room, as the network names it. */
  readonly room: string;
  readonly self: User;
  readonly view: ClubView;
  readonly members = new Members();
  readonly bans = new Bans();
  readonly attendance = new Attendance();
  readonly ledger: Ledger;
  readonly audience: Audience;
  /** What members' clients refer to. */
  readonly memory: Memory = { recent: new RecentMessages(), reactions: new SeenReactions() };
  readonly quotes = new RecentMap<Quoted>(QUOTES_LIMIT);
  /** Native ids of what is in the journal. */
  readonly known = new RecentMap<true>(KNOWN_LIMIT);
  readonly #admins: ReadonlySet<string>;
  readonly #showing = new Set<Promise<void>>();
  #isReading = true;
  /** Called when reading stops. */
  readonly #whenDeaf = new Set<() => void>();
  readonly #unquiet = new Map<string, () => void>();
  #port: AccountPort | undefined;
  #loaded = false;

  constructor({ account, config, jid, name, clock }: ClubParts) {
    this.clock = clock;
    this.name = name;
    this.room = config.room;
    this.self = { id: jid, name };
    this.view = { room: toRoomRef(account, config.room), jid, name };
    this.#admins = new Set(config.admins);
    this.ledger = new Ledger(this.view.room);
    this.audience = new Audience({
      room: config.room,
      clock,
      members: this.members,
      attendance: this.attendance,
      ledger: this.ledger,
      recap: createRecap(this.view, this.ledger, clock),
      caughtUp: (member) => void this.#handOutLetters(member),
    });
  }

  /** The port of the run that now is. */
  get port(): AccountPort {
    if (!this.#port) throw new AccountError('account-over', 'the club has no run');
    return this.#port;
  }

  /** A run begins: reads what earlier processes have kept, once. */
  async open(port: AccountPort): Promise<void> {
    this.#port = port;
    this.audience.open(port);
    this.members.open(port.store);
    this.bans.open(port.store);
    if (this.#loaded) return;
    await this.members.load(port.store, await this.audience.load(port));
    await this.bans.load(port.store);
    for (const event of await port.history(this.room, LOOK_BACK)) this.#remember(event);
    this.#loaded = true;
  }

  /** The run is connected. `resumed`: whoever was there still is. */
  attach(stream: XmppStream, resumed: boolean): void {
    if (!resumed) this.attendance.clear();
    this.audience.attach(stream, resumed);
    for (const member of this.members) this.armQuiet(member);
  }

  /** The run is over. Resolves when what the next one needs is stored; never rejects. */
  async detach(): Promise<void> {
    for (const cancel of this.#unquiet.values()) cancel();
    this.#unquiet.clear();
    await this.audience.detach();
  }

  isAdmin(jid: string): boolean {
    return this.#admins.has(jid);
  }

  /** Ends somebody's quiet when its time is over. */
  armQuiet(member: Member): void {
    this.#unquiet.get(member.jid)?.();
    this.#unquiet.delete(member.jid);
    const { quietUntilMs } = member;
    if (quietUntilMs === undefined || quietUntilMs === Number.POSITIVE_INFINITY) return;
    const cancel = this.clock.after(quietUntilMs - this.clock.now(), () => {
      // A clock that was set back, or a wait longer than a timer takes: then the rest of it.
      if (this.audience.isQuiet(member)) this.armQuiet(member);
      else this.audience.update(member);
    });
    this.#unquiet.set(member.jid, cancel);
  }

  /** Shows everybody something that happened; who is not there does not miss it. */
  notify(text: string, except?: string): void {
    const shown = { id: this.clock.id(), body: toNotice(text) };
    this.audience.show(shown, except).catch((error: unknown) => {
      this.#port?.log.debug({ err: error }, 'a notice was lost');
    });
  }

  /** Writes to one person. What is lost with the connection was an answer to something typed over it. */
  tell(jid: string, body: string): void {
    this.audience.tell(jid, { id: this.clock.id(), body }).catch((error: unknown) => {
      this.#port?.log.debug({ err: error }, 'an answer was lost');
    });
  }

  /**
   * Shows what is in the journal; who has not been sent it when the connection ends has it among what they missed.
   * Answers something to wait for where the server takes too slowly what is shown.
   */
  show(shown: Shown, except: string): Promise<void> | undefined {
    const showing = this.audience
      .show(shown, except)
      .catch((error: unknown) => {
        this.#port?.log.debug({ err: error }, 'a message was not sent to all members');
      })
      .finally(() => this.#showing.delete(showing));
    this.#showing.add(showing);
    return this.#showing.size < SHOWING_LIMIT ? undefined : this.unlessDeaf(Promise.race(this.#showing));
  }

  /** What the server says is read, or not, because too many stanzas wait to be dealt with. */
  reading(isReading: boolean): void {
    this.#isReading = isReading;
    if (!isReading) for (const goOn of this.#whenDeaf) goOn();
  }

  /**
   * Waits for what comes only after the server has answered. Not while nothing is read: its answer stands behind stanzas
   * that are read only when those before them have been dealt with, the one that waits here among them.
   */
  async unlessDeaf(answered: Promise<unknown>): Promise<void> {
    if (!this.#isReading) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenDeaf.add(resolve);
    try {
      await Promise.race([answered, promise]);
    } finally {
      this.#whenDeaf.delete(resolve);
    }
  }

  /** Keeps what can be quoted later. */
  quote(native: string, { name, text, by }: Quoted): void {
    this.quotes.set(native, { name, text: text.slice(0, QUOTED_LENGTH), ...(by !== undefined && { by }) });
  }

  #remember(event: HubEvent): void {
    if (event.kind !== 'message' || event.room !== this.view.room || event.native === undefined) return;
    const { native, sender } = event;
    this.known.set(native, true);
    this.quote(native, { name: sender.name, text: toPlainText(event.body), by: sender.id });
    this.memory.recent.add({ native, sender: sender.id, nick: sender.name, origin: undefined });
  }

  async #handOutLetters(member: Member): Promise<void> {
    try {
      const { store } = this.port;
      for (const { id, from, text } of await listLetters(store, member.jid)) {
        await this.audience.tell(member.jid, { id: this.clock.id(), body: toWhisper(from, text) });
        await dropLetter(store, member.jid, id);
      }
    } catch (error) {
      // What could not be handed out is still kept.
      this.#port?.log.debug({ err: error }, 'letters could not be handed out');
    }
  }
}
