/**
 * Private mail between people of two networks, who both talk with an account of ours. What one writes to somebody
 * elsewhere goes to the room in which our account there talks alone with that person, and the answer comes back. Two
 * who write to the same person must never read each other's mail: an answer says by itself whom it is for, or there
 * has been only one, or it goes nowhere.
 */
import type { Clock } from './clock.ts';
import { RequestError } from './errors.ts';
import type { HubEvent, MessageEvent, MessageReport } from './event.ts';
import type { Journal } from './journal.ts';
import type { LinkTable } from './links.ts';
import {
  splitRoomRef,
  textBody,
  toPlainText,
  toRoomRef,
  type AccountId,
  type RoomRef,
  type Segment,
} from './message.ts';
import type { Author } from './network.ts';
import { WhisperBook, type Correspondent, type Person, type Unnamed } from './whisper-book.ts';
import { findAddressed, toFailureNotice, toWhisperFormat, toWhomNotice } from './whisper-form.ts';

/** What is known of an account to whose people somebody writes. */
export interface WhisperAccount {
  /** Its people may get and write private mail: a setting. */
  allowed: boolean;
  online: boolean;
  /** See `Actions.direct`; missing while it is not online, and where it cannot. */
  direct?(this: void, user: string, author: Author): string;
}

export interface WhispersHost {
  readonly journal: Journal;
  readonly clock: Clock;
  links(): LinkTable;
  /** Nothing where there is no such account. */
  account(id: AccountId): WhisperAccount | undefined;
}

/** Where a private message goes. */
export interface Whisper {
  to: Person;
  lane: RoomRef;
  body: readonly Segment[];
}

/** An answer of which nobody can tell whom it is for, and what its author is told. */
export interface Unclear {
  notice: string;
}

type Reported = MessageReport & { reply?: MessageEvent['replyTo'] };

/** How much of a message is repeated when it could not be delivered, in characters. */
const quoteLength = 40;

export class Whispers {
  readonly #host: WhispersHost;
  readonly #book: WhisperBook;

  constructor(host: WhispersHost) {
    this.#host = host;
    this.#book = new WhisperBook(host.journal, host.clock);
  }

  /** Reads who wrote to whom before this process. Before anything is received. */
  restore(): Promise<void> {
    return this.#book.restore();
  }

  /** Whether a message may be private mail: it says so, or answers some, perhaps. */
  concerns(room: RoomRef, report: MessageReport): boolean {
    if (report.own) return false;
    return report.to !== undefined || this.#book.has(room);
  }

  /**
   * Whom a message is for. Nothing: it is no private mail. What it resolves with is durable.
   *
   * @throws RequestError when it says whom it is for, and cannot go there
   */
  async route(room: RoomRef, report: Reported): Promise<Whisper | Unclear | undefined> {
    if (report.to) return this.#send(toSender(room, report), report.to, report.body);
    const here = this.#book.inRoom(room).filter((pair) => this.#isFrom(pair.here, pair.other, report));
    // What is said there goes to the linked rooms, as everybody there knows.
    if (here.length === 0 || this.#isLinked(room)) return undefined;
    const others = here.map(({ other }) => other);
    // Where the network knows people by other ids there, it is the room that says who answers.
    const from = { ...toSender(room, report), user: here[0]!.here.user };
    if (report.reply) {
      const answered = await this.#answered(room, report.reply, others);
      if (answered === 'other') return undefined;
      if (answered) return this.#answer(from, answered, report.body);
    }
    const addressed = findAddressed(report.body, others);
    if (addressed) return this.#answer(from, addressed.to, addressed.body);
    const [only, ...more] = others;
    if (only && more.length === 0 && !report.reply) return this.#answer(from, only, report.body);
    // Who wrote last is the likeliest.
    return { notice: toWhomNotice(others.map(({ alias }) => alias).toReversed()) };
  }

  /** Somebody has another name now, and where our account talks alone with them may be called otherwise. */
  async moved(person: Person): Promise<void> {
    const direct = this.#host.account(person.account)?.direct;
    if (!direct) return;
    for (const [here, other] of this.#book.of(person)) {
      const room = toRoomRef(person.account, direct(person.user, toAuthor(other)));
      if (room !== here.room) await this.#book.note({ ...here, room }, other);
    }
  }

  /** How private mail from one of two rooms is shown in the other; nothing where there is none between them. */
  format(from: RoomRef, to: RoomRef): string | undefined {
    const sender = this.#book.inRoom(to).find(({ other }) => other.room === from)?.other;
    return sender && toWhisperFormat(sender.alias.slice(sender.name.length));
  }

  /** What is to be told to the author of a message that was given up; nothing where it was no private mail. */
  failure(event: HubEvent, reason: string): MessageEvent | undefined {
    if (event.kind !== 'message' || event.to === undefined) return undefined;
    return this.notice(event.room, toFailureNotice(toQuote(toPlainText(event.body)), reason));
  }

  /** Words of the hub itself for the person in a direct room. */
  notice(room: RoomRef, text: string): MessageEvent {
    const { clock } = this.#host;
    const { account } = splitRoomRef(room);
    return {
      kind: 'message',
      id: clock.id(),
      position: 0,
      room,
      at: clock.now(),
      sender: { id: account, name: account },
      body: textBody(`[${noticeBy}] ${text}`),
      postedBy: noticeBy,
      private: true,
    };
  }

  /** Whether a report of a direct room is from whom the room stood for, not from who has that name there now. */
  #isFrom(here: Correspondent, other: Correspondent, { sender, room }: Reported): boolean {
    if (sender.id === here.user) return true;
    const direct = this.#host.account(here.account)?.direct;
    if (!direct) return false;
    try {
      return direct(here.user, toAuthor(other)) === room;
    } catch (error) {
      if (error instanceof RequestError) return false; // Gone: whoever this is, it is somebody else.
      throw error;
    }
  }

  /** Who a reply in a direct room is for: whose message it answers, or got what it answers; `other` is no such message. */
  async #answered(
    room: RoomRef,
    reply: NonNullable<MessageEvent['replyTo']>,
    others: readonly Correspondent[],
  ): Promise<Correspondent | 'other' | undefined> {
    if (reply.id === undefined) return undefined;
    const journey = await this.#host.journal.journey(reply.id);
    if (journey?.event.kind !== 'message') return undefined;
    const { event } = journey;
    const rooms = new Set([event.room, ...journey.deliveries.map(({ lane }) => lane)]);
    const found = others.find((other) => other.room !== room && rooms.has(other.room));
    if (found) return found;
    return event.to === undefined && event.postedBy !== noticeBy ? 'other' : undefined;
  }

  async #answer(from: Unnamed, to: Correspondent, body: readonly Segment[]): Promise<Whisper | Unclear> {
    try {
      return await this.#send(from, to, body);
    } catch (error) {
      // Whoever answers has no other place where to be told of it.
      if (!(error instanceof RequestError)) throw error;
      return { notice: toFailureNotice(toQuote(toPlainText(body)), error.message) };
    }
  }

  async #send(from: Unnamed, to: Person & { name?: string }, body: readonly Segment[]): Promise<Whisper> {
    const known = this.#book.find(from, to)?.[1];
    const lane = this.#roomOf(from, to, known);
    const { account, user } = to;
    await this.#book.note(from, { account, user, name: to.name ?? known?.name ?? user, room: lane });
    return { to: { account, user }, lane, body };
  }

  /** Where our account talks alone with this person now. @throws RequestError */
  #roomOf(from: Omit<Correspondent, 'alias'>, to: Person, known: Correspondent | undefined): RoomRef {
    const target = this.#host.account(to.account);
    if (!target) throw new RequestError('account-unknown', `there is no account ${to.account} here any more`);
    if (!target.allowed || this.#host.account(from.account)?.allowed === false) {
      throw new RequestError('not-allowed', 'private messages between these networks are switched off here');
    }
    let lane = known?.room;
    if (target.online) {
      if (!target.direct) {
        throw new RequestError('not-supported', `private messages to people of ${to.account} cannot be sent`);
      }
      lane = toRoomRef(to.account, target.direct(to.user, toAuthor(from)));
    }
    if (lane === undefined) {
      throw new RequestError('person-away', `${to.account} is not connected at the moment; try again later`);
    }
    if (this.#isLinked(lane)) {
      throw new RequestError('not-allowed', 'what is said to this person is shown in other rooms, too');
    }
    return lane;
  }

  #isLinked(room: RoomRef): boolean {
    return this.#host.links().neighbours(room).length > 0;
  }
}

function toAuthor({ name, account, user }: Unnamed): Author {
  return { name, account, user };
}

function toSender(room: RoomRef, { sender }: Reported): Unnamed {
  return { account: splitRoomRef(room).account, user: sender.id, name: sender.name, room };
}

/** Who signs the hub's own words. */
const noticeBy = 'hutong';

function toQuote(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return characters.length <= quoteLength
    ? characters.join('')
    : `${characters.slice(0, quoteLength - 1).join('')}…`;
}
