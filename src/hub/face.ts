/**
 * What the hub offers to programs and people who steer it: the faces (REST, OneBot, …), the console, the command
 * line. The same few calls for all of them.
 */
import type { HubEvent } from './event.ts';
import type {
  Delivery,
  DeliveryFilter,
  DeliveryId,
  EventFilter,
  Journey,
  Page,
  SearchQuery,
} from './journal.ts';
import type { Link } from './links.ts';
import type { AccountId, EventId, Position, RoomRef, Segment, User } from './message.ts';
import type { AccountState, Limits, LoginStep } from './network.ts';

/**
 * A way for programs to attach. Composed in `main.ts`, like a network.
 *
 * @public for the faces, none of which is built yet
 */
export interface Face {
  readonly kind: string;
  /** Serves until `signal` is aborted. */
  run(hub: HubAccess, signal: AbortSignal): Promise<void>;
}

export interface HubAccess {
  accounts(): AccountStatus[];
  links(): readonly Link[];
  /** The rooms of an account: those that links name and those that the network tells of. */
  rooms(account: AccountId): Promise<{ room: RoomRef; name: string }[]>;
  /** Who is in a room now; empty while its account is not online. */
  members(room: RoomRef): User[];

  /**
   * Says something in a room, as the account. Resolves once it is durable; it goes to the room and to the rooms
   * linked with it, once each, whatever happens to the hub in between. A second post with the same `key` adds
   * nothing and answers the first's id. Rejects with a `RequestError` or a `JournalError`.
   */
  post(post: Post): Promise<Posted>;

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

export interface Posted {
  id: EventId;
  position: Position;
  duplicate: boolean;
}
