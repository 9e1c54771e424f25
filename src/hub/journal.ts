/**
 * The journal: the one durable place. Everything that reached the hub is in it before it is acknowledged, and
 * every delivery is in it until it is settled. One interface, several engines (`src/engines/`), one contract
 * suite (`test/contract/journal.ts`) that all of them pass.
 *
 * An engine keeps its operations in the order they were called: what a caller started first is seen by what it
 * starts after, without awaiting in between. A promise resolves once its operation is durable, reads included:
 * nobody is told of something that a power cut could still undo.
 *
 * Every method rejects with a `JournalError`.
 */
import type { EventId, Position, RoomRef } from './message.ts';
import type { EventKind, HubEvent } from './event.ts';

export interface Journal {
  /**
   * Adds an event with its deliveries and its original's copy, in one step. An event that is known already (its
   * key, or its native id in its room) adds nothing: the answer names the one that is known.
   */
  append(entry: NewEntry): Promise<Appended>;

  /** Up to `limit` deliveries of a lane that are `pending` or `sending`, in order, behind the delivery `after`. */
  waiting(lane: RoomRef, after: DeliveryId, limit: number): Promise<Delivery[]>;
  /** The lanes that hold deliveries which are `pending` or `sending`. */
  lanes(): Promise<RoomRef[]>;
  /** Marks pending deliveries as `sending`, so that after a crash it is known that they may have gone out. */
  begin(deliveries: readonly DeliveryId[]): Promise<void>;
  /**
   * Writes what became of deliveries, their state and new copies in one step. Idempotent: a delivery that is
   * `sent` or `dropped` stays so, and its copies stay as they are. Where a delivery of what a program posted ends, an
   * `outcome` is appended in the same step; `drop` does so too. Answers how many were.
   */
  settle(settlements: readonly Settlement[]): Promise<number>;

  /** The event with this id. */
  event(id: EventId): Promise<HubEvent | undefined>;
  /** The message of which `native` is the id in this room. */
  original(room: RoomRef, native: string): Promise<EventId | undefined>;
  /** All that is known of a message: itself, what was done to it, its copies and deliveries. */
  journey(id: EventId): Promise<Journey | undefined>;

  /**
   * Up to `limit` events behind the position `after` that pass the filter, in order. `next` is where to go on
   * reading (it moves past what the filter left out); `gap` tells that events behind `after` have been trimmed.
   */
  read(after: Position, filter: EventFilter, limit: number): Promise<Page>;
  /** The position of the newest event, 0 when there is none. */
  head(): Promise<Position>;
  /**
   * The messages that were said in a room or delivered there, oldest first, the last `limit` before `before`: with the
   * words of their newest edit, and without those that were recalled.
   */
  history(room: RoomRef, before: Position | undefined, limit: number): Promise<HubEvent[]>;
  /** Messages whose text holds all the words asked for, newest first. Chinese words need no spaces. */
  search(query: SearchQuery): Promise<HubEvent[]>;

  /** Deliveries by state, oldest first, behind `after`: what the console and the command line list. */
  deliveries(filter: DeliveryFilter, after: DeliveryId, limit: number): Promise<Delivery[]>;
  /** How many deliveries of each lane wait or are in trouble; lanes without any are left out. */
  deliveryCounts(): Promise<DeliveryCount[]>;
  /** Parked or unknown deliveries become `pending` again, due at once. Answers those that did. */
  retry(deliveries: readonly DeliveryId[]): Promise<Delivery[]>;
  /** Deliveries that are not `sent` become `dropped`. Answers those that did. */
  drop(deliveries: readonly DeliveryId[]): Promise<Delivery[]>;
  /**
   * What counted as sent came back: the delivery is parked and has that copy no more. Answers it as it is then; nothing
   * where it is not a sent one of that lane. An `outcome` is appended in the same step, as by `settle`.
   */
  giveBack(returned: Returned): Promise<Delivery | undefined>;

  /** A value of the key-value store. */
  get(key: string): Promise<string | undefined>;
  /** Sets values in one step; `undefined` deletes. */
  set(entries: readonly (readonly [key: string, value: string | undefined])[]): Promise<void>;
  /** The entries whose key starts with `prefix`, by key. */
  list(prefix: string): Promise<[key: string, value: string][]>;

  /**
   * Deletes up to `limit` of the oldest events that happened before `eventsBefore`, with their copies and settled
   * deliveries, never one with a delivery that is not settled (nor anything behind it), and up to `limit` keys
   * first seen before `keysBefore`. Both are milliseconds since the epoch. `done` tells that nothing is left to
   * delete. Call it in a loop: each call is a slice short enough for the writes between.
   */
  trim(eventsBefore: number, keysBefore: number, limit: number): Promise<{ done: boolean; events: number }>;

  /** Writes what is under way and closes. Later calls reject. */
  close(): Promise<void>;
}

/** A delivery's place among all deliveries of the journal; only grows. 0 is before the first. */
export type DeliveryId = number;

export interface NewEntry {
  /** Without its position. */
  event: HubEvent;
  /** What the event is known by when it is seen again, see rule 1. */
  key: string;
  /** The words it is found by; nothing when it isn't to be found. */
  text?: string;
  /** Where it goes. `begun`: it is handed to the network at once, so it starts as `sending`. */
  deliveries: readonly { lane: RoomRef; begun: boolean }[];
}

export interface Appended {
  /** The event's id: the known one's if it was a duplicate. */
  id: EventId;
  /** Its position; 0 for a duplicate that has been trimmed. */
  position: Position;
  duplicate: boolean;
  /** The ids of the deliveries, as they were asked for; empty for a duplicate. */
  deliveries: readonly DeliveryId[];
}

/** pending → sending → sent | unknown | parked; a recall or a person makes it dropped. */
export type DeliveryState = 'pending' | 'sending' | 'sent' | 'unknown' | 'parked' | 'dropped';

export interface Delivery {
  id: DeliveryId;
  lane: RoomRef;
  event: HubEvent;
  state: DeliveryState;
  /** How often it was tried and failed. */
  attempts: number;
  /** Not to be tried before, milliseconds since the epoch; 0 is at once. */
  dueAt: number;
  /** Why it last failed. */
  reason?: string;
  /** When its state last changed, milliseconds since the epoch. */
  changedAt: number;
}

/** How many deliveries of a lane have not ended well. */
export interface DeliveryCount {
  lane: RoomRef;
  /** Pending or sending. */
  waiting: number;
  unknown: number;
  parked: number;
}

/** One network's native id of a message, or of a part of it where it went as several. */
export interface Copy {
  room: RoomRef;
  native: string;
  /** 0 for the first or only part. */
  part: number;
}

/** What became of one delivery. `copies` are the parts that went out in this try, in the delivery's room. */
export type Settlement = {
  delivery: DeliveryId;
  /** When, milliseconds since the epoch. */
  at: number;
  copies: readonly { native: string; part: number }[];
} & (
  | { state: 'sent' }
  | { state: 'pending'; dueAt: number; reason: string }
  | { state: 'unknown' | 'parked' | 'dropped'; reason: string }
);

/** A part of a delivery that came back though it had counted as sent. */
export interface Returned {
  delivery: DeliveryId;
  lane: RoomRef;
  /** The copy that is none. */
  native: string;
  /** When, milliseconds since the epoch. */
  at: number;
  reason: string;
}

export interface Journey {
  event: HubEvent;
  /** Edits, recalls and reactions of it, in order. */
  acts: HubEvent[];
  /** The original's included. */
  copies: Copy[];
  /** The event's own deliveries, not its acts'. */
  deliveries: Omit<Delivery, 'event'>[];
}

export interface EventFilter {
  /** Account ids. */
  accounts?: readonly string[];
  rooms?: readonly RoomRef[];
  kinds?: readonly EventKind[];
}

export interface Page {
  events: HubEvent[];
  next: Position;
  gap: boolean;
}

export interface SearchQuery {
  text: string;
  /** Only what was said or delivered there. */
  room?: RoomRef;
  before?: Position;
  limit: number;
}

export interface DeliveryFilter {
  states: readonly DeliveryState[];
  lane?: RoomRef;
  account?: string;
}
