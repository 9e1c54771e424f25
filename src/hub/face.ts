/**
 * What the hub offers to programs and people who steer it: the faces (REST, OneBot, …), the console, the command
 * line. The same few calls for all of them.
 */
import type { ZodType } from 'zod';
import type { ListenAddress } from './address.ts';
import type { AnswerEvent, HubEvent, RequestEvent } from './event.ts';
import type {
  Delivery,
  DeliveryCount,
  DeliveryFilter,
  DeliveryId,
  DeliveryState,
  EventFilter,
  Journey,
  Page,
  SearchQuery,
} from './journal.ts';
import type { Link } from './links.ts';
import type { AccountId, EventId, Position, RoomRef, Segment, User } from './message.ts';
import type { AccountState, ContactDetails, Limits, LoginStep } from './network.ts';

/** A way for programs to attach beside REST, named in a configuration's `faces:`. Composed in `main.ts`, like a network. */
export interface FaceKind<Config> {
  /** `waas`, … */
  readonly kind: string;
  /** Checks and completes what the configuration says of it. */
  readonly config: ZodType<Config>;
  /** What of it does not go with the rest of the configuration; without it everything does. */
  check?(config: Config, around: FaceSurroundings): readonly FaceProblem[];
}

/** What a face's settings have to go with. */
export interface FaceSurroundings {
  /** Where the web server listens. */
  listen: ListenAddress;
  accounts: readonly AccountId[];
}

export interface FaceProblem {
  /** Of the face's settings. */
  key: string;
  message: string;
}

export interface HubAccess {
  accounts(): AccountStatus[];
  /**
   * Calls `watcher` when accounts come or go, or one may have changed its state, its session or its login step; not for
   * what it is heard of or has waiting. The answer ends it.
   */
  watchAccounts(watcher: () => void): () => void;
  links(): readonly Link[];
  /**
   * The rooms of an account: those that links name and those that the network tells of. `direct`: somebody talks with
   * the account alone there.
   */
  rooms(account: AccountId): Promise<{ room: RoomRef; name: string; direct: boolean }[]>;
  /** Whether somebody talks with the account alone in this room, as its network says. Rejects with a `JournalError`. */
  isDirect(room: RoomRef): Promise<boolean>;
  /** Who is in a room now; empty while its account is not online. */
  members(room: RoomRef): User[];
  /**
   * What an account's network says of somebody beside their name, for a program of that account. Empty where it does not
   * tell. Rejects as the network does while it cannot be asked; `account-unknown`.
   */
  contact(account: AccountId, user: string): Promise<ContactDetails>;
  /**
   * The room in which an account talks alone with somebody of its rooms, whom its network knows as `user`. Throws a
   * `RequestError`: `person-away`, `not-supported`, `account-unknown`.
   */
  direct(account: AccountId, user: string): RoomRef;

  /**
   * Says something in a room, as the account. Resolves once it is durable; it goes to the room and to the rooms
   * linked with it, once each, whatever happens to the hub in between. A second post with the same `key` adds
   * nothing and answers the first's id. Rejects with a `RequestError` or a `JournalError`.
   */
  post(post: Post): Promise<Posted>;
  /**
   * Gives a message that was posted through the hub other words. It changes wherever the message went, and where a
   * network cannot change it, it is told as an edit from elsewhere would be. Durable, idempotent and rejected as
   * `post` is: `message-unknown`; `not-allowed` for what people said themselves or another program posted.
   */
  edit(edit: ProgramEdit): Promise<Posted>;
  /** Takes a message back that was posted through the hub; for the rest as `edit`. */
  recall(recall: ProgramRecall): Promise<Posted>;
  /**
   * Puts a reaction of the room's account on a message, whoever said it, or takes it off again; it is shown wherever
   * the message went. `message-unknown` where the room has no copy of it and is to get none.
   */
  react(reaction: ProgramReaction): Promise<Posted>;
  /**
   * Shows that the room's account is writing, or is not any more. Never journaled: where the network cannot show it,
   * or not now, nothing happens.
   */
  typing(room: RoomRef, on: boolean): Promise<void>;
  /** What people have asked of an account lately, oldest first. Rejects with `account-unknown` and a `JournalError`. */
  requests(account: AccountId): Promise<RequestStatus[]>;
  /** One of them, by its event. Rejects with a `JournalError`, and with `request-unknown`. */
  request(id: EventId): Promise<RequestStatus>;
  /**
   * Accepts or refuses a request. Resolves once that is durable; the network is told as soon as it can be, whatever
   * happens to the hub in between. Each request is answered once: the same answer again adds nothing, another rejects
   * with `request-answered`, unless the first one never reached the network. Also rejects with `request-unknown`,
   * `not-supported` and a `JournalError`.
   */
  answer(answer: ProgramAnswer): Promise<Posted>;
  /**
   * Resolves when every delivery of an event has ended, or when `signal` is aborted, with the deliveries as they are
   * then. The same is told, delivery by delivery, by events of the kind `outcome`. Rejects with `message-unknown`.
   */
  outcome(event: EventId, signal: AbortSignal): Promise<Outcome>;

  read(after: Position, filter: EventFilter, limit: number): Promise<Page>;
  /**
   * The events behind `after` and from then on every new one, in order, page by page, until `signal` is aborted. A
   * page's `next` is where to resume. A slow reader delays nobody: it reads from the journal; what retention took
   * from it is told as the page's `gap`.
   */
  follow(after: Position, filter: EventFilter, signal: AbortSignal): AsyncIterable<Page>;
  history(room: RoomRef, before: Position | undefined, limit: number): Promise<HubEvent[]>;
  search(query: SearchQuery): Promise<HubEvent[]>;
  journey(id: EventId): Promise<Journey | undefined>;

  deliveries(filter: DeliveryFilter, after: DeliveryId, limit: number): Promise<Delivery[]>;
  /** Tries parked or unknown deliveries again. Answers how many. */
  retry(deliveries: readonly DeliveryId[]): Promise<number>;
  /** Gives deliveries up. Answers how many. */
  drop(deliveries: readonly DeliveryId[]): Promise<number>;
  /** How many deliveries wait or need a person, lane by lane. */
  deliveryCounts(): Promise<DeliveryCount[]>;
  /** Tries all parked or unknown deliveries that pass the filter again. Answers how many. */
  retryAll(filter: DeliveryFilter): Promise<number>;
  /** Gives all deliveries up that pass the filter and have not been sent. Answers how many. */
  dropAll(filter: DeliveryFilter): Promise<number>;
}

export interface AccountStatus {
  id: AccountId;
  /** The network's kind. */
  kind: string;
  state: AccountState;
  /** When the state last changed, milliseconds since the epoch. */
  since: number;
  /** When the network was last heard from, milliseconds since the epoch. */
  heardAt?: number;
  self?: User;
  /** What it can do: the keys of its actions. Empty while it is not online. */
  capabilities: string[];
  limits?: Limits;
  prompt?: LoginStep;
  /** Deliveries that wait in the lanes of this account, as far as the hub has them in memory. */
  waiting: number;
}

export interface Post {
  room: RoomRef;
  body: readonly Segment[];
  replyTo?: EventId;
  /** Who posts: a token's name. */
  by: string;
  /** Makes the post idempotent; unique among the posts of `by`. */
  key?: string;
}

/** What a program does to a message. */
interface ProgramAct {
  message: EventId;
  /** Who does it: a token's name. */
  by: string;
  /** Makes it idempotent; unique among the edits, the recalls or the reactions of `by`. */
  key?: string;
}

/** What only the program may do that posted the message. */
interface OwnersAct extends ProgramAct {
  /** It may be anyone's post: an administrator does it. */
  anyones?: boolean;
}

export interface ProgramEdit extends OwnersAct {
  /** The whole new body. */
  body: readonly Segment[];
}

export type ProgramRecall = OwnersAct;

export interface ProgramReaction extends ProgramAct {
  /** Whose account reacts; its copy of the message is what it reacts to. */
  room: RoomRef;
  emoji: string;
  /** Put on, or taken off again. */
  added: boolean;
}

/** How a program answers a request. */
export interface ProgramAnswer {
  /** The request's event. */
  request: EventId;
  accepted: boolean;
  /** Why it is refused, for who asked. */
  reason?: string;
  /** Who answers: a token's name. */
  by: string;
}

/** A request and what became of it. */
export interface RequestStatus {
  request: RequestEvent;
  /** `open`: nobody has answered. `gone`: it cannot be answered any more. */
  state: 'open' | AnswerEvent['answer'];
  answer?: AnswerEvent;
  /** How far the hub's answer has got; `parked`: the network did not take it, and why. */
  delivery?: { id: DeliveryId; state: DeliveryState; reason?: string };
}

/** How far an event has got. */
export interface Outcome {
  /** Every delivery is sent, unknown, parked or dropped. */
  ended: boolean;
  deliveries: Journey['deliveries'];
}

export interface Posted {
  id: EventId;
  position: Position;
  duplicate: boolean;
}
