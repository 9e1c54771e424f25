/**
 * What happens in a room, in two forms: as a network reports it (`NetworkEvent`, referring to messages by the
 * network's own ids) and as the journal keeps it (`HubEvent`, referring to them by the hub's).
 */
import type { AccountId, EventId, Position, RoomRef, Segment, User } from './message.ts';

/** What every report of a network carries. */
interface Reported {
  /** The room's stable id on this network. */
  room: string;
  /**
   * The event's own id on this network, unique in its room: what the event is known by when it is seen again.
   * Leave it out only where the network gives none.
   */
  native?: string;
  /** An id that the sender's program chose: not proved, not surely unique, but the same in a delayed copy. */
  clientId?: string;
  /** When it happened, milliseconds since the epoch, where the network says so. */
  at?: number;
  /** Told from history, not live. Where `native` is missing only such events are deduplicated. */
  delayed?: boolean;
  /**
   * Done by this account itself. May be the echo of a send, so the hub holds it until the sends that the room has
   * under way are settled, for some minutes at most: call `online` before you await it.
   */
  own?: boolean;
  /** The ids of the hubs that passed it on before it came here, as its mark tells; see `OutgoingMessage.hops`. */
  hops?: readonly string[];
  /** The room is one in which somebody talks with the account alone. Say it in every report of such a room. */
  direct?: boolean;
}

export interface MessageReport extends Reported {
  kind: 'message';
  sender: User;
  body: readonly Segment[];
  /** Something the sender does (`/me waves`), not says. */
  action?: boolean;
  /** The message that this one answers: its id here, and the network's own quote of it if it has one. */
  replyTo?: { native: string; quote?: Quote };
  /**
   * Said to this person of another network alone, in `room`, where our account talks for that person with the sender;
   * see `Actions.direct`. The person's `user` is as it was in an `Author`, or in the `members` of a linked room.
   */
  to?: { account: AccountId; user: string; name?: string };
}

export interface EditReport extends Reported {
  kind: 'edit';
  actor: User;
  /** The edited message's id on this network. */
  target: string;
  /** The whole new body. */
  body: readonly Segment[];
}

export interface RecallReport extends Reported {
  kind: 'recall';
  actor: User;
  target: string;
  /** The network itself vouches that the actor may remove others' messages here. */
  moderator?: boolean;
}

export interface ReactionReport extends Reported {
  kind: 'reaction';
  actor: User;
  target: string;
  emoji: string;
  /** Put on, or taken off again. */
  added: boolean;
}

export interface PresenceReport extends Reported {
  kind: 'join' | 'leave';
  who: User;
  /** Why, in the network's words: kicked, banned, a farewell. */
  reason?: string;
}

export interface RenameReport extends Reported {
  kind: 'rename';
  /** With the new name. */
  who: User;
  oldName: string;
}

export interface TopicReport extends Reported {
  kind: 'topic';
  actor?: User;
  topic: string;
}

/** Reports about requests: those have ids of their own, which are not those of what happens in a room. */
interface AboutRequest extends Omit<Reported, 'native' | 'clientId' | 'own'> {
  native?: never;
  clientId?: never;
  own?: never;
}

/** What a request asks for; see `RequestReport`. */
export type Ask = 'contact' | 'join' | 'invite';

/**
 * Somebody asks for something that the account decides. `contact`: to be a contact of the account; `room` is the one in
 * which the two would talk alone. `join`: to be let into `room`. `invite`: the account is asked into `room`; where the
 * network tells its id only to who is in it, `room` is the one in which the account talks with who invites.
 */
export interface RequestReport extends AboutRequest {
  kind: 'request';
  ask: Ask;
  /**
   * What `Actions.answer` names it by. Unique among the account's requests and the same when it is told again; who asks
   * once more, later, makes a new one.
   */
  request: string;
  /** Who asks, or invites. */
  from: User;
  /** What they say to it. */
  comment?: string;
  /** The name of the room that is meant, where it is known. */
  roomName?: string;
  /** After it nobody can answer any more, milliseconds since the epoch. */
  expiresAt?: number;
}

/** A request was answered by somebody else than the hub, or cannot be answered any more. The hub's own answers are not told. */
export interface AnswerReport extends AboutRequest {
  kind: 'answer';
  /** That of the `RequestReport`, whose `room` this one has. */
  request: string;
  /** `gone`: taken back, expired, or out of date in any other way. */
  answer: 'accepted' | 'refused' | 'gone';
  /** Who answered, where that is known. */
  actor?: User;
  reason?: string;
}

export type NetworkEvent =
  | MessageReport
  | EditReport
  | RecallReport
  | ReactionReport
  | PresenceReport
  | RenameReport
  | TopicReport
  | RequestReport
  | AnswerReport;

/** Somebody's words, shortened for showing above an answer. */
export interface Quote {
  name: string;
  text: string;
}

/** What every journaled event carries beside its own content. */
interface Journaled {
  id: EventId;
  /** 0 until the journal has given it one. */
  position: Position;
  /** Where it happened. */
  room: RoomRef;
  /** Its own id on that network, where it has one. */
  native?: string;
  /** When it happened, milliseconds since the epoch: the network's word, else, and at the latest, when it came. */
  at: number;
  hops?: readonly string[];
  /** Somebody talks with the account alone there. */
  direct?: true;
  /** Set when a program said or did it through the hub: the token's or face's name. */
  postedBy?: string;
}

export interface MessageEvent extends Journaled {
  kind: 'message';
  sender: User;
  body: readonly Segment[];
  action?: boolean;
  /** `id` is missing when the answered message is older than the journal. */
  replyTo?: { id?: EventId; native?: string; quote?: Quote };
  /** Private: it went to this person of another network and nobody else. */
  to?: { account: AccountId; user: string };
  /** Private mail that went nowhere, since nobody could tell whom it was for; and the hub's own words about such mail. */
  private?: true;
}

export interface EditEvent extends Journaled {
  kind: 'edit';
  actor: User;
  target: EventId;
  body: readonly Segment[];
}

export interface RecallEvent extends Journaled {
  kind: 'recall';
  actor: User;
  target: EventId;
  /** Removed by a moderator, not by its author. */
  moderator?: boolean;
}

export interface ReactionEvent extends Journaled {
  kind: 'reaction';
  actor: User;
  target: EventId;
  emoji: string;
  added: boolean;
}

export interface PresenceEvent extends Journaled {
  kind: 'join' | 'leave';
  who: User;
  reason?: string;
}

export interface RenameEvent extends Journaled {
  kind: 'rename';
  who: User;
  oldName: string;
}

export interface TopicEvent extends Journaled {
  kind: 'topic';
  actor?: User;
  topic: string;
}

/** See `RequestReport`. */
export interface RequestEvent extends Journaled {
  kind: 'request';
  ask: Ask;
  request: string;
  from: User;
  comment?: string;
  roomName?: string;
  expiresAt?: number;
}

/** How a request was answered: by a program through the hub (`postedBy`), or elsewhere. */
export interface AnswerEvent extends Journaled {
  kind: 'answer';
  /** The request. */
  target: EventId;
  /** As the request has them. */
  ask: Ask;
  request: string;
  from: User;
  answer: AnswerReport['answer'];
  actor?: User;
  reason?: string;
}

/**
 * What became of one delivery of what a program did through the hub, each time it ends: one that was parked may be
 * tried again. Written by the journal in the same step as the delivery's state; only for who reads the journal. Its
 * `room` is the one where the program did it.
 */
export interface OutcomeEvent extends Journaled {
  kind: 'outcome';
  /** What was posted: a message, an edit, a recall, a reaction, an answer to a request. */
  target: EventId;
  /** The room that the delivery was for. */
  lane: RoomRef;
  state: 'sent' | 'unknown' | 'parked' | 'dropped';
  /** Why it was not sent. */
  reason?: string;
  /** The id that the message has in `lane`, where it has one: of its first part, if it went in parts. */
  native?: string;
}

/** An event done to a message. */
export type ActEvent = EditEvent | RecallEvent | ReactionEvent;

export type HubEvent =
  | MessageEvent
  | ActEvent
  | PresenceEvent
  | RenameEvent
  | TopicEvent
  | OutcomeEvent
  | RequestEvent
  | AnswerEvent;

export type EventKind = HubEvent['kind'];

/** Whether it is mail between people, which is for them and for administrators only; see also `PrivateMail`. */
export function isPrivateMessage({ to, private: marked }: MessageEvent): boolean {
  return to !== undefined || marked === true;
}

export function isAct(event: HubEvent): event is ActEvent {
  return event.kind === 'edit' || event.kind === 'recall' || event.kind === 'reaction';
}
