/**
 * Those who are there and listen: everything that is shown goes to each of them, in one order. Who comes back is first
 * shown what they missed; what happens meanwhile waits for them alone. Who cannot be reached holds up nobody.
 */
import type { Cancel, Clock } from '../../../hub/clock.ts';
import type { HubEvent } from '../../../hub/event.ts';
import type { Position } from '../../../hub/message.ts';
import type { AccountPort } from '../../../hub/network.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import type { XmppStream } from '../connection.ts';
import type { Attendance } from './attendance.ts';
import { isMissed, type Entry, type Ledger } from './ledger.ts';
import type { Member, Members } from './members.ts';
import { ShownPosition } from './shown-position.ts';

/** How far back it is looked for what somebody missed, events of the club's room. */
export const LOOK_BACK = 200;
/** Who could not be reached is tried again after so long, then twice as long each time. */
const RETRY_FIRST_MS = 60_000;
const RETRY_LIMIT_MS = 3_600_000;

/** Something to show. */
export interface Shown {
  /** The stanzas' id; a later correction names it. */
  readonly id: string;
  /** What it is known by in the club's history; missing for what is not in it. */
  readonly key?: string;
  readonly body: string;
  readonly more?: readonly XmlElement[];
  /** Who has it already, from an earlier process. */
  readonly had?: ReadonlySet<string>;
}

/** Makes what somebody missed into what they are shown of it, oldest first. */
export type Recap = (missed: readonly HubEvent[], member: Member) => readonly Shown[];

interface Listener {
  readonly member: Member;
  receiving: boolean;
  /** While it is looked up what they missed: what is shown meanwhile. */
  held: Held | undefined;
  /** All that was shown up to here has been shown to them, or was held back as missed. */
  awaySeq: number;
  /** Their position is being looked up. */
  noting: Promise<void>;
  /** What was sent of what they missed, and where they stood before it. */
  recap: { ids: ReadonlySet<string>; awaySeq: number; seen: Position } | undefined;
  /** Set while they cannot be reached. */
  retry: Cancel | undefined;
  retryMs: number;
}

interface Held {
  readonly shown: Shown[];
  /** What is shown from here on is held. */
  readonly seq: number;
}

export interface AudienceParts {
  readonly room: string;
  readonly clock: Clock;
  readonly members: Members;
  readonly attendance: Attendance;
  readonly ledger: Ledger;
  readonly recap: Recap;
  /** Called when somebody has been shown what they missed. */
  caughtUp(member: Member): void;
}

export class Audience {
  readonly #parts: AudienceParts;
  readonly #listeners = new Map<string, Listener>();
  readonly #shown: ShownPosition;
  #port: AccountPort | undefined;
  #stream: XmppStream | undefined;

  constructor(parts: AudienceParts) {
    this.#parts = parts;
    this.#shown = new ShownPosition({ ...parts, isShown: (entry) => this.#isShown(entry) });
  }

  /** A run begins, though it is not connected yet. */
  open(port: AccountPort): void {
    this.#port = port;
    this.#shown.open(port);
  }

  /** Where everybody stood who was there when the hub stopped; in a new club, the end of the history. */
  load(port: AccountPort): Promise<Position> {
    return this.#shown.load(port);
  }

  /** The run is connected. `resumed`: all are still there. */
  attach(stream: XmppStream, resumed: boolean): void {
    this.#stream = stream;
    if (resumed) return;
    for (const listener of this.#listeners.values()) if (listener.receiving) this.#leave(listener);
  }

  /** The run is over: what is stored now is what the next one finds. Never rejects. */
  async detach(): Promise<void> {
    for (const listener of this.#listeners.values()) {
      listener.retry?.();
      listener.retry = undefined;
    }
    await this.#shown.close();
  }

  /** Somebody becomes a member: what was said before is not theirs to miss. */
  admit(member: Member): void {
    this.#listener(member).awaySeq = this.#parts.ledger.seq;
  }

  /** Somebody may have come, gone, or changed whether they want to listen. */
  update(member: Member): void {
    const listener = this.#listener(member);
    const shall =
      this.#parts.attendance.isPresent(member.jid) && listener.retry === undefined && !this.isQuiet(member);
    if (shall === listener.receiving) return;
    if (shall) void this.#receive(listener);
    else this.#leave(listener);
  }

  isReceiving(member: Member): boolean {
    return this.#listener(member).receiving;
  }

  isQuiet({ quietUntilMs }: Member): boolean {
    return quietUntilMs !== undefined && quietUntilMs > this.#parts.clock.now();
  }

  /** Writes what has changed of a member. Resolves when it is durable. */
  async save(member: Member): Promise<void> {
    const { receiving, held } = this.#listener(member);
    await this.#parts.members.save(member, !receiving || held !== undefined);
  }

  /** They were seen or heard: worth another try. */
  reached(member: Member): void {
    const listener = this.#listener(member);
    listener.retry?.();
    listener.retry = undefined;
    listener.retryMs = RETRY_FIRST_MS;
  }

  /** A message came back: they have missed it, and are not there for a while. */
  bounced(member: Member, id: string): void {
    const { ledger, attendance, clock } = this.#parts;
    const listener = this.#listener(member);
    const entry = ledger.entry(id);
    if (entry) (entry.to ??= new Map()).set(member.jid, false);
    if (listener.recap?.ids.has(id)) this.#takeBack(listener);
    attendance.doubt(member.jid);
    if (listener.retry === undefined) {
      listener.retry = clock.after(listener.retryMs, () => {
        listener.retry = undefined;
        this.update(member);
      });
      listener.retryMs = Math.min(listener.retryMs * 2, RETRY_LIMIT_MS);
    }
    this.update(member);
  }

  forget(member: Member): void {
    const listener = this.#listeners.get(member.jid);
    listener?.retry?.();
    this.#listeners.delete(member.jid);
  }

  /**
   * Shows something to everybody who listens. Resolves when the server has it for each; rejects with the first reason
   * where it has not, and can then be called again for those alone.
   *
   * @param except whose words they are
   */
  async show(shown: Shown, except?: string): Promise<void> {
    const entry = shown.key === undefined ? undefined : this.#parts.ledger.begin(shown.id, shown.key);
    for (const jid of shown.had ?? []) if (entry) (entry.to ??= new Map()).set(jid, true);
    const sends: Promise<void>[] = [];
    for (const listener of this.#listeners.values()) {
      const { jid } = listener.member;
      if (!listener.receiving || jid === except || entry?.to?.get(jid) === true) continue;
      if (listener.held) listener.held.shown.push(shown);
      else sends.push(this.#send(jid, shown, entry));
    }
    const results = await Promise.allSettled(sends);
    const failure = results.find((result) => result.status === 'rejected');
    if (entry) {
      entry.done = true;
      if (!failure && !shown.had && ![...(entry.to?.values() ?? [])].includes(false)) delete entry.to;
      this.#shown.move();
    }
    if (failure) throw failure.reason;
  }

  /** Sends something to one person, who may be nobody of the club. Resolves when the server has it. */
  tell(jid: string, shown: Shown): Promise<void> {
    const stream = this.#stream;
    if (!stream) return Promise.reject(new Error('the club was never online'));
    return stream.sendAcked(toStanza(jid, shown));
  }

  async #send(jid: string, shown: Shown, entry: Entry | undefined): Promise<void> {
    if (entry) (entry.to ??= new Map()).set(jid, false);
    await this.tell(jid, shown);
    entry?.to?.set(jid, true);
  }

  #listener(member: Member): Listener {
    let listener = this.#listeners.get(member.jid);
    if (!listener) {
      listener = {
        member,
        receiving: false,
        held: undefined,
        // Of what this process has shown they have seen nothing.
        awaySeq: 0,
        noting: Promise.resolve(),
        recap: undefined,
        retry: undefined,
        retryMs: RETRY_FIRST_MS,
      };
      this.#listeners.set(member.jid, listener);
    }
    return listener;
  }

  /** They are back: shows them what they missed, then what has happened since, then all as it happens. */
  async #receive(listener: Listener): Promise<void> {
    const { ledger, room, recap } = this.#parts;
    const { member } = listener;
    const held: Held = { shown: [], seq: ledger.seq };
    listener.receiving = true;
    listener.held = held;
    await listener.noting;
    let events: HubEvent[] = [];
    try {
      events = (await this.#port?.history(room, LOOK_BACK)) ?? [];
    } catch (error) {
      this.#port?.log.error({ err: error }, 'what a member missed could not be read');
    }
    // Gone again meanwhile, or gone and back: then it is another's turn.
    if (listener.held !== held) return;
    const before = { awaySeq: listener.awaySeq, seen: member.seen };
    const viewer = { jid: member.jid, ...before };
    const shown = recap(ledger.missed(events, viewer, held.seq), member);
    listener.recap = { ids: new Set(shown.map(({ id }) => id)), ...before };
    listener.held = undefined;
    member.seen = ledger.seenUpTo(events, member.seen, () => true);
    const recapped = listener.recap;
    for (const each of [...shown, ...held.shown]) {
      const entry = each.key === undefined ? undefined : ledger.entry(each.id);
      this.#send(member.jid, each, entry).catch((error: unknown) => {
        this.#port?.log.debug({ err: error }, 'a message to a member was lost');
        // What was shown live the ledger knows by name.
        if (recapped.ids.has(each.id) && listener.recap === recapped) this.#takeBack(listener);
      });
    }
    this.#parts.caughtUp(member);
    await this.#trySave(member, false);
  }

  #leave(listener: Listener): void {
    const { ledger, room } = this.#parts;
    const { member } = listener;
    // Who leaves while it is looked up what they missed has still missed it.
    const isBetween = listener.held !== undefined;
    this.#stopReceiving(listener, isBetween ? listener.awaySeq : ledger.seq);
    if (isBetween) return;
    const viewer = { jid: member.jid, awaySeq: listener.awaySeq };
    const before = listener.noting;
    const noting = async () => {
      await before;
      try {
        const events = (await this.#port?.history(room, LOOK_BACK)) ?? [];
        member.seen = ledger.seenUpTo(events, member.seen, (entry) => !isMissed(entry, viewer));
      } catch (error) {
        this.#port?.log.error({ err: error }, 'what a member has seen could not be looked up');
      }
      await this.#trySave(member, true);
    };
    listener.noting = noting();
  }

  #stopReceiving(listener: Listener, awaySeq: number): void {
    listener.awaySeq = awaySeq;
    listener.receiving = false;
    listener.held = undefined;
  }

  /** They have not got what they missed after all: they stand where they stood before it. */
  #takeBack(listener: Listener): void {
    const { recap, member } = listener;
    if (!recap) return;
    listener.recap = undefined;
    member.seen = recap.seen;
    this.#stopReceiving(listener, recap.awaySeq);
    void this.#trySave(member, true);
  }

  async #trySave(member: Member, isAway: boolean): Promise<void> {
    try {
      await this.#parts.members.save(member, isAway);
    } catch (error) {
      this.#port?.log.warn({ err: error }, 'what a member has seen could not be stored');
    }
  }

  /** Whether all have it who are there; of the others it is kept by itself what they have seen. */
  #isShown(entry: Entry): boolean {
    if (!entry.done) return false;
    for (const [jid, has] of entry.to ?? []) if (!has && this.#listeners.get(jid)?.receiving) return false;
    return true;
  }
}

function toStanza(to: string, { id, body, more = [] }: Shown): XmlElement {
  return xml('message', { to, type: 'chat', id }, xml('body', {}, body), ...more);
}
