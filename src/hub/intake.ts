/**
 * The door by which everything enters: what a network reports and what a program posts is identified, planned and
 * appended here. Nothing else writes events.
 *
 * Reports of one room are appended in the order in which they came. A plain message, which nearly every one is,
 * goes through without waiting for anything but the journal; what refers to another message, or may be an echo,
 * waits for what it needs, and the room's later reports wait behind it.
 */
import type { AppendHealth } from './append-health.ts';
import { sleep, type Clock } from './clock.ts';
import { JournalError, RequestError } from './errors.ts';
import type {
  AnswerEvent,
  AnswerReport,
  HubEvent,
  MessageEvent,
  NetworkEvent,
  RenameEvent,
  RequestEvent,
} from './event.ts';
import { toActKey, toAnswerKey, toKey, toScope } from './event-keys.ts';
import type { Post, Posted } from './face.ts';
import type { Appended, Journal } from './journal.ts';
import type { Lanes } from './lanes.ts';
import type { LinkTable } from './links.ts';
import { isEcho, planProgramAct, toPlaces, type ProgramActRequest } from './program-acts.ts';
import {
  isActReport,
  toActEvent,
  toAnswerEvent,
  toEvent,
  type ActReport,
  type Routed,
  type SaidReport,
} from './reported.ts';
import type { Whispers } from './whispers.ts';
import {
  splitRoomRef,
  toPlainText,
  toRoomRef,
  type AccountId,
  type EventId,
  type RoomRef,
  type User,
} from './message.ts';
import type { Log } from './log.ts';

export interface IntakeHost {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly hubId: string;
  readonly counters: IntakeCounters;
  readonly health: AppendHealth;
  links(): LinkTable;
  /** Whether there is such an account now: what goes nowhere is not to wait for ever. */
  hasAccount(account: AccountId): boolean;
  readonly whispers: Whispers;
  /** The request that an account's network knows by this id, while it can be answered or was lately. */
  request(account: AccountId, request: string): RequestEvent | undefined;
  /** Called with every new event, in the journal's order, once it is durable, and how long that took. */
  appended(event: HubEvent, tookMs: number): void;
}

export interface IntakeCounters {
  appended: number;
  duplicates: number;
  refused: number;
}

/** How many hubs may have passed a message on before it goes no further. */
const hopLimit = 8;
/** How long an event of the own account waits for the outcome of sends that it could be the echo of. */
const echoWaitMs = 15 * 60_000;
/** How long what refers to a message that is not known waits for the outcome of sends that it could mean. */
const copyWaitMs = 60_000;

export class Intake {
  readonly #host: IntakeHost;
  readonly #lanes: Lanes;
  /** Rooms whose reports have to wait for one before them. */
  readonly #busy = new Map<RoomRef, Promise<unknown>>();
  /**
   * Why something was not kept in such a room. It will be told again; what waits behind it is refused too, to be told
   * again behind it.
   */
  readonly #refusals = new Map<RoomRef, Error>();

  constructor(host: IntakeHost, lanes: Lanes) {
    this.#host = host;
    this.#lanes = lanes;
  }

  /** Resolves when the report is durable, or when it is known that it adds nothing. */
  receive(account: AccountId, report: NetworkEvent): Promise<void> {
    const room = toRoomRef(account, report.room);
    if (report.kind === 'rename') this.#follow({ account, user: report.who.id });
    const before = this.#busy.get(room);
    if (!before && isPlain(report) && !this.#mayWhisper(room, report)) return this.#enter(room, report).done;

    const refusal = this.#refusals.get(room);
    const inOrder = () => {
      const since = this.#refusals.get(room);
      if (since && since !== refusal) throw since;
    };
    // The room is free for its next report as soon as this one is on its way into the journal.
    const entering = (before ?? Promise.resolve()).then(async () => {
      if (report.own) await this.#awaitQuiet(room, echoWaitMs);
      inOrder();
      if (isActReport(report)) return this.#enterAct(room, report);
      if (report.kind === 'answer') return this.#enterAnswer(room, report);
      const resolved = await this.#resolveReply(room, report);
      inOrder();
      const entered = await this.#enterSaid(room, resolved);
      if (report.native === undefined) await entered.done;
      return entered;
    });
    const free = entering.then(
      () => {},
      () => {
        // Told to who reported it.
      },
    );
    this.#busy.set(room, free);
    void free.then(() => {
      if (this.#busy.get(room) !== free) return;
      this.#busy.delete(room);
      this.#refusals.delete(room);
    });
    return entering.then((entered) => entered.done);
  }

  /** Appends what a program says in a room. */
  async post(post: Post, self: User | undefined): Promise<Posted> {
    const { clock, journal, hubId } = this.#host;
    const { account } = splitRoomRef(post.room);
    const quoted = post.replyTo === undefined ? undefined : await journal.event(post.replyTo);
    if (post.replyTo !== undefined && !quoted) {
      throw new RequestError('message-unknown', `there is no message ${post.replyTo} to answer`);
    }
    const event: MessageEvent = {
      kind: 'message',
      id: clock.id(),
      position: 0,
      room: post.room,
      at: clock.now(),
      sender: self ?? { id: account, name: account },
      body: post.body,
      postedBy: post.by,
      ...(post.replyTo !== undefined && { replyTo: { id: post.replyTo } }),
    };
    const key = `post\n${hubId}\n${post.by}\n${post.key ?? clock.id()}`;
    const { id, position, duplicate } = await this.#append(event, key, [
      post.room,
      ...this.#host.links().targets(event),
    ]);
    return { id, position, duplicate };
  }

  /** Appends what a program does to a message. `self`: who a room's account is there. */
  async act(request: ProgramActRequest, self: (room: RoomRef) => User): Promise<Posted> {
    const { clock, journal, hubId } = this.#host;
    const made = { id: clock.id(), at: clock.now() };
    const { event, rooms } = await planProgramAct(journal, request, self, made);
    const targets = [...rooms].filter((room) => this.#host.hasAccount(splitRoomRef(room).account));
    const key = `${request.kind}\n${hubId}\n${request.by}\n${request.key ?? clock.id()}`;
    const { id, position, duplicate } = await this.#append(event, key, targets);
    return { id, position, duplicate };
  }

  /**
   * Appends how a program answers a request; its network is told. What was answered before keeps its answer.
   *
   * @param failed the answer before, which never reached the network
   */
  answer(event: AnswerEvent, failed?: EventId): Promise<Appended> {
    return this.#append(event, toAnswerKey(event.target, failed), [event.room]);
  }

  /** Whether there was something to wait for: sends under way in the room. Their outcomes are in the journal then. */
  async #awaitQuiet(room: RoomRef, limitMs: number): Promise<boolean> {
    const quiet = this.#lanes.quiet(room);
    if (!quiet) return false;
    const waiting = new AbortController();
    await Promise.race([
      quiet,
      sleep(this.#host.clock, limitMs, waiting.signal).catch(() => {
        // Only the race's loser is aborted: nothing depended on it.
      }),
    ]);
    waiting.abort();
    return true;
  }

  /** The message that this is a copy of. People answer a copy as soon as they see it, before its receipt is written. */
  async #original(room: RoomRef, native: string): Promise<EventId | undefined> {
    const { journal } = this.#host;
    const known = await journal.original(room, native);
    if (known !== undefined || !(await this.#awaitQuiet(room, copyWaitMs))) return known;
    return journal.original(room, native);
  }

  /** Appends words of the hub's own, which go nowhere but to their room. `key`: what they are for. */
  async notify(event: MessageEvent, key: string): Promise<void> {
    await this.#append(event, `notice\n${key}`, [event.room]);
  }

  /** Private mail goes on to somebody who has another name now. */
  #follow(person: { account: AccountId; user: string }): void {
    this.#host.whispers.moved(person).catch((error: unknown) => {
      // Their correspondents' next message finds them all the same.
      this.#host.log.warn({ ...person, err: error }, 'where somebody is written to could not be noted');
    });
  }

  #mayWhisper(room: RoomRef, report: SaidReport): boolean {
    return report.kind === 'message' && this.#host.whispers.concerns(room, report);
  }

  /** Appends a report whose references are known, once it is known whom it is for. */
  async #enterSaid(room: RoomRef, report: SaidReport & Routed): Promise<Entered> {
    const { whispers, counters, hubId, clock } = this.#host;
    if (report.kind !== 'message' || report.hops?.includes(hubId) || !this.#mayWhisper(room, report)) {
      return this.#enter(room, report);
    }
    const routed = await whispers.route(room, report).catch((error: unknown) => {
      if (error instanceof RequestError) counters.refused += 1;
      if (error instanceof JournalError) this.#refusals.set(room, error);
      throw error;
    });
    if (!routed) return this.#enter(room, report);
    if ('notice' in routed) {
      // It comes first: a message that is told again after a crash in between has its notice, once.
      await this.notify(whispers.notice(room, routed.notice), toKey(room, report) ?? clock.id());
      return this.#enter(room, { ...report, private: true }, []);
    }
    const { to, body, lane } = routed;
    return this.#enter(room, { ...report, to, body }, [lane]);
  }

  /**
   * Appends a report whose references are known. The journal has been called when it returns.
   *
   * @param privately where it goes, if not where the links say
   */
  #enter(room: RoomRef, report: SaidReport & Routed, privately?: readonly RoomRef[]): Entered {
    const { clock, hubId, log } = this.#host;
    if (report.hops?.includes(hubId)) {
      log.debug({ room, native: report.native }, 'it has passed through this hub before');
      return nothingEntered;
    }
    const event = toEvent(clock, room, report);
    const targets = passesOn(event, report) ? (privately ?? this.#host.links().targets(event)) : [];
    const known = toKey(room, report);
    const unique = `${known ?? toScope(room)}!${event.id}`;
    const appending = this.#append(event, known ?? unique, targets);
    // A live event without an id of its own is never a duplicate, even of one that looks just like it.
    if (known === undefined || report.native !== undefined || report.kind === 'request' || report.delayed)
      return { done: toVoid(appending) };
    const again = appending.then((appended) =>
      appended.duplicate ? this.#append(event, unique, targets) : appended,
    );
    return { done: toVoid(again) };
  }

  async #resolveReply(room: RoomRef, report: SaidReport): Promise<SaidReport & Routed> {
    if (report.kind !== 'message' || !report.replyTo) return report;
    const id = await this.#original(room, report.replyTo.native);
    return { ...report, reply: { ...report.replyTo, ...(id !== undefined && { id }) } };
  }

  /** An edit, recall or reaction: it goes where its message went. */
  async #enterAct(room: RoomRef, report: ActReport): Promise<Entered> {
    const { clock, journal, counters, log, hubId } = this.#host;
    if (report.hops?.includes(hubId)) return nothingEntered;
    const target = await this.#original(room, report.target);
    const journey = target === undefined ? undefined : await journal.journey(target);
    if (target === undefined || !journey || journey.event.kind !== 'message') {
      log.debug({ room, kind: report.kind, target: report.target }, 'what it refers to is not known here');
      return nothingEntered;
    }
    if (report.own && isEcho(journey, report)) {
      counters.duplicates += 1;
      return nothingEntered;
    }
    const original = journey.event;
    const byAuthor = original.room === room && original.sender.id === report.actor.id;
    const byModerator = report.kind === 'recall' && report.moderator === true && !byAuthor;
    if (report.kind !== 'reaction' && !byAuthor && !byModerator) {
      counters.refused += 1;
      log.warn(
        { room, kind: report.kind, message: target, actor: report.actor.id },
        'refused: only its author may',
      );
      return nothingEntered;
    }
    const rooms = toPlaces(journey);
    rooms.delete(room);
    const spreads = (lane: RoomRef) =>
      this.#host.hasAccount(splitRoomRef(lane).account) &&
      (!byModerator || this.#host.links().spreadsModeration(room, lane));
    const event = toActEvent(clock, room, report, target, byModerator);
    const key = toKey(room, report) ?? toActKey(event, report.at ?? event.at);
    return { done: toVoid(this.#append(event, key, [...rooms].filter(spreads))) };
  }

  /** How somebody else answered a request. */
  async #enterAnswer(room: RoomRef, report: AnswerReport): Promise<Entered> {
    const { clock, log } = this.#host;
    const request = this.#host.request(splitRoomRef(room).account, report.request);
    if (!request) {
      log.debug({ room, request: report.request }, 'the request that was answered is not known here');
      return nothingEntered;
    }
    const event = toAnswerEvent(clock, room, report, request);
    return { done: toVoid(this.#append(event, toAnswerKey(request.id), [])) };
  }

  #append(event: HubEvent, key: string, targets: readonly RoomRef[]): Promise<Appended> {
    const { journal, counters, clock, health } = this.#host;
    const startedMs = clock.monotonicMs();
    const expected = this.#lanes.expect(targets);
    const text = event.kind === 'message' || event.kind === 'edit' ? toPlainText(event.body) : undefined;
    return journal
      .append({ event, key, deliveries: expected.deliveries, ...(text !== undefined && { text }) })
      .then(
        (appended) => {
          health.succeeded();
          if (appended.duplicate) counters.duplicates += 1;
          else {
            counters.appended += 1;
            event.position = appended.position;
            this.#host.appended(event, clock.monotonicMs() - startedMs);
          }
          expected.add(appended.deliveries, event);
          return appended;
        },
        (error: unknown) => {
          expected.cancel();
          health.failed(error);
          if (error instanceof JournalError && this.#busy.has(event.room)) {
            this.#refusals.set(event.room, error);
          }
          throw error;
        },
      );
  }
}

/** What a report came to, as soon as the journal has been called with it. */
interface Entered {
  /** Resolves when it is durable. */
  done: Promise<void>;
}

const nothingEntered: Entered = { done: Promise.resolve() };

function toVoid(appending: Promise<unknown>): Promise<void> {
  const done = appending.then(() => {});
  // Who reported it sees the rejection too, if only after what waits in between.
  done.catch(() => {});
  return done;
}

/** Whether an event that refers to nothing is for other rooms too. The account's own name is its own affair. */
function passesOn(event: HubEvent, { own = false }: SaidReport): event is MessageEvent | RenameEvent {
  if ((event.hops?.length ?? 0) >= hopLimit) return false;
  if (event.kind !== 'rename') return event.kind === 'message';
  return !own && !event.direct && event.oldName !== event.who.name;
}

/** Whether a report can be appended without looking anything up. */
function isPlain(report: NetworkEvent): report is SaidReport {
  return (
    !isActReport(report) &&
    report.kind !== 'answer' &&
    !report.own &&
    report.native !== undefined &&
    !(report.kind === 'message' && report.replyTo)
  );
}
