/**
 * The seam between the hub and a network. An adapter implements `NetworkKind` and `Network`, a handful of members;
 * what else it can do is told by which `Actions` it has. docs/adding-a-network.md leads through it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ZodType } from 'zod';
import type { Ask, HubEvent, NetworkEvent, Quote } from './event.ts';
import type { LinkDesk } from './link-desk.ts';
import type { Log } from './log.ts';
import type { MediaStore } from './media.ts';
import type { AccountId, Avatar, RoomRef, Segment, User } from './message.ts';
import type { TranscriptEntry } from './transcript.ts';

/** A sort of network, named in a configuration's `network:`. */
export interface NetworkKind<Config> {
  /** `xmpp`, `house`, … */
  readonly kind: string;
  /** Checks and completes what the configuration says of an account, its `network:` key left out. */
  readonly config: ZodType<Config>;
  /** Makes an account. No input or output yet: that is `run`'s. */
  open(id: AccountId, config: Config): Network;
  /**
   * Takes a changed configuration into an account that runs, without ending its connection. False, or no such
   * function: it cannot, and the account is stopped and opened anew.
   */
  update?(network: Network, config: Config): boolean;
}

/** One account. Lives as long as its configuration stays the same. */
export interface Network {
  /**
   * One connection's life. Resolves or rejects when the connection is over; the hub then backs off and calls it
   * again, on the same object, unless the error is an `AccountError` that is `final`. Ends soon after `signal` is
   * aborted. What it calls on `port` after it has ended is refused.
   */
  run(port: AccountPort, signal: AbortSignal): Promise<void>;
  /**
   * The stable id of a room that somebody wrote into a link, found without asking the network. Throws an `Error`
   * whose message says what is wrong with the name. Without it every name is an id.
   */
  parseRoom?(name: string): string;
}

/** What the hub hands a network for one run. */
export interface AccountPort {
  /** The connection works: from now on the account's lanes send. May be called again when something changed. */
  online(session: Session): void;
  /**
   * Hands in what happened. Resolves when it is durable: acknowledge it upstream only then. Events of one room are
   * journaled in the order of the calls. Rejects when it could not be kept; then do not acknowledge it. A message with
   * `to` that cannot go there is refused with a `RequestError`: tell its sender, it will not do better again.
   */
  receive(event: NetworkEvent): Promise<void>;
  /**
   * A message that counted as sent came back: nobody has got it. It is shown as parked, with the reason, and can be tried
   * again. Resolves when that is durable, or when there is no such message (any more).
   */
  returned(back: ReturnedSend): Promise<void>;
  /** How the account does, in the network's view; `online` and the end of `run` are told by themselves. */
  state(state: AccountState): void;
  /** The other side was heard from, though nothing happened. Any other call says so too. */
  alive(): void;
  /** A step of a login that a person has to take; `undefined` when it is done. */
  prompt(step: LoginStep | undefined): void;
  /** Calls `watcher` with the rooms that links name, now and whenever they change while the run lasts. */
  watchRooms(watcher: (rooms: readonly string[]) => void): void;
  /** A room's history as the hub has it: what was said and delivered there, oldest first. */
  history(room: string, limit: number): Promise<HubEvent[]>;
  /**
   * What stands in a room, oldest first: as `history`, with the messages' ids there and all that was done to them. Only
   * what is before the message `before`, where that is given.
   */
  transcript(room: string, limit: number, before?: string): Promise<TranscriptEntry[]>;
  /** The people of the rooms that are linked with this one, room by room, as their networks know them now. */
  neighbours(room: string): Promise<Neighbourhood[]>;
  /** Where the bytes of pictures and files are kept; `fetch` goes with this account's cookies. */
  readonly media: MediaStore;
  /** Small durable values of this account: cursors, id maps. */
  readonly store: AccountStore;
  /**
   * The hub's data folder, for a network that runs programs which keep files: what it needs is in a folder there that has
   * its kind's name. Missing where nothing may be kept, as in a trial.
   */
  readonly folder?: string;
  /** Its place on the web server, under `/in/ACCOUNT/`. */
  readonly http: Mount;
  /** What its own people may see and change of the links, where the network lets them. Missing where nobody may. */
  readonly links?: LinkDesk;
  /** Where to write what a developer or owner should know. Never bodies or secrets above `debug`. */
  readonly log: Log;
}

/** A send that came back. */
export interface ReturnedSend {
  room: string;
  /** That of the send, and the id that its receipt had. */
  token: string;
  native: string;
  reason: string;
}

/** What one connection proved that it can do. */
export interface Session {
  /** The account itself, as this network knows it. */
  self: User;
  actions: Actions;
  limits: Limits;
  /** What a sent message can hold as such. What is missing is rendered as text. */
  carries: readonly Carried[];
  /**
   * Why nothing can be said in a room, in words: the network knows all of its rooms and has none of that id, or writes
   * the id otherwise. From memory. Where it is missing a room is only known by what becomes of what is said there.
   */
  lacksRoom?(room: string): string | undefined;
}

/** `author`: a message is shown as its author's own. `reply`: it points at another. The rest are segment types. */
export type Carried = 'author' | 'reply' | 'action' | Exclude<Segment['type'], 'text'>;

/** What an account can do. Its keys are the account's capabilities. All reject with a `DeliveryError`. */
export interface Actions {
  /** Says something. Resolves when the network has confirmed it, with the id it is known by there. */
  send(message: OutgoingMessage): Promise<Receipt>;
  edit?(edit: OutgoingEdit): Promise<Receipt>;
  /** `author`: who said what is taken back, for networks that carry `author`. */
  recall?(recall: { room: string; target: string; token: string; author?: Author }): Promise<void>;
  react?(reaction: OutgoingReaction): Promise<void>;
  /**
   * Shows that somebody has another name, in the room's own way. Where that can't be done now, as somebody who is not
   * shown there can't be renamed, it sends `body`, with its token and in its place among the sends, and answers with that
   * message's id. Called again with the same token it shows nothing twice. Without it `body` is always sent.
   */
  rename?(rename: OutgoingRename): Promise<Receipt>;
  /**
   * Was what carried this token sent? A receipt: yes. `absent`: certainly not. `unsure`: cannot be told.
   * Asked only while no send of the room is under way. Rejects with a `failed` `DeliveryError` when it cannot be
   * looked for now: it is asked again until it can.
   */
  find?(sought: { room: string; token: string; since: number }): Promise<Receipt | 'absent' | 'unsure'>;
  /**
   * The id of the room in which this account talks alone with `user`, somebody of its rooms, for `author`, who is
   * somebody elsewhere. From memory: no input or output. Where one room is for all authors, `author` makes no
   * difference. Throws a `RequestError` where the person cannot be written to, whose message the author is told.
   */
  direct?(user: string, author: Author): string;
  typing?(room: string, on: boolean): Promise<void>;
  /**
   * Accepts or refuses a request that the network reported. Resolves too where that has been done already. Called again
   * where its outcome is not known; a request that cannot be answered any more is a `failed`, `permanent` `DeliveryError`.
   */
  answer?(answer: OutgoingAnswer): Promise<void>;
  /** The rooms that the account is in. `direct`: as in a report. */
  rooms?(): Promise<{ room: string; name: string; direct?: boolean }[]>;
  /** Who is in a room now, from memory: no input or output. */
  members?(room: string): User[];
  /**
   * What the network says of somebody beside their name. It is for programs that serve this account and shown nowhere
   * else. Asked when such a program wants it, not for every message.
   */
  contact?(user: string): Promise<ContactDetails>;
}

/** What is not known is left out. */
export interface ContactDetails {
  /** What the account itself calls them; often a remark for nobody else's eyes. */
  alias?: string;
  gender?: 'male' | 'female';
  province?: string;
  city?: string;
  /** The account has them among its contacts. */
  isFriend?: boolean;
}

export interface OutgoingMessage {
  room: string;
  /**
   * Names this send (`[A-Za-z0-9-]`, up to 64) and is the same when it is tried again. Where the network takes an
   * id of the client's choice, use it: it makes `find` and the recognition of the own echo certain.
   */
  token: string;
  /** Rendered for this network: nothing in it that `carries` does not name. */
  body: readonly Segment[];
  /** Who said it, for networks that carry `author`. */
  author?: Author;
  action?: boolean;
  /** The answered message's id in this room, where the network carries `reply` and the room has a copy. */
  replyTo?: { native: string; quote?: Quote };
  /** When it was said, milliseconds since the epoch. */
  at: number;
  /**
   * The ids of the hubs that passed it on, this one last. Put it on the wire if there is a place for it and report
   * it back with what is received: it keeps two hubs in one room from ringing.
   */
  hops: readonly string[];
}

export interface Author {
  name: string;
  account: AccountId;
  /** The author's id on the author's own network. */
  user: string;
  /** The author's picture; missing where it is not known, which does not mean that there is none. */
  avatar?: Avatar;
}

export interface OutgoingEdit extends OutgoingMessage {
  /** The id, in this room, of the copy to change. */
  target: string;
}

/** `body` says it in words, and of whom: it is the account's own to say. `author` has the new name. */
export interface OutgoingRename extends OutgoingMessage {
  author: Author;
  oldName: string;
}

export interface OutgoingReaction {
  room: string;
  target: string;
  token: string;
  emoji: string;
  added: boolean;
  author: Author;
}

export interface OutgoingAnswer {
  /** As the `RequestReport` had them. */
  room: string;
  request: string;
  ask: Ask;
  accepted: boolean;
  /** For who asked, where it is refused and the network tells reasons. */
  reason?: string;
  token: string;
}

export interface Receipt {
  /** The id by which the network's other events will name it; missing where there is none. */
  native?: string;
}

export interface Limits {
  /** Longest text of one message, in UTF-8 bytes. */
  textBytes: number;
  /**
   * A picture, sound, film or file has to be a message of its own, or what is of these types; what is said with it comes
   * before or after.
   */
  mediaAlone?: boolean | readonly Exclude<Segment['type'], 'text'>[];
  /** How many sends may be under way at once in a room without losing their order. */
  sendsUnderWay: number;
  /** How long a send may take before its outcome counts as unknown. */
  sendTimeoutMs: number;
  /** At most so many sends a second from the whole account, with bursts of as many; missing is no limit. */
  sendsPerSecond?: number;
  /** How long after it was sent a message can be edited; missing is for ever. */
  editWindowMs?: number;
  recallWindowMs?: number;
  /** Silence after which the connection is no longer believed; missing is never. */
  aliveMs?: number;
}

/** Where an account is. `message` is for people; no secrets. */
export interface AccountState {
  phase: 'connecting' | 'login' | 'online' | 'waiting' | 'failed' | 'stopped';
  message?: string;
}

/** A step of a login that a person has to take. */
export type LoginStep =
  | { type: 'qr'; data: string; expiresAt?: number }
  | {
      type: 'code';
      message: string;
      /** The answers there are; missing where anything can be typed. */
      choices?: readonly string[];
      answer(code: string): void;
    };

/** An account's place on the web server. */
export interface Mount {
  /**
   * Takes what comes in under `/in/ACCOUNT/`, until the run ends or other routes are served. WebSockets that were
   * taken are the network's to close when it ends.
   */
  serve(routes: MountedRoutes): void;
}

/**
 * What a network answers. Neither body nor answer has been touched, and beside `refuses` each error is the network's own; where
 * one rejects before it has answered, the web server answers 500 (for an upgrade: closes) and logs it.
 */
export interface MountedRoutes {
  /**
   * Why a request is not taken, by where it goes: the web server answers it then, browsers with a page. Missing where all
   * are taken. Not asked for what begins a WebSocket.
   */
  refuses?(visit: Visit): { status: number; explanation: string } | undefined;
  request?(request: IncomingMessage, response: ServerResponse, visit: Visit): void | Promise<void>;
  /**
   * A WebSocket's beginning. Never a page of another site's: their Origin is refused before. Without it upgrades are
   * refused.
   */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): void | Promise<void>;
}

/** Who came in under `/in/ACCOUNT/`, and where to. */
export interface Visit {
  /** The path behind the account, not decoded, `..` resolved, with its leading `/` and without the query. */
  path: string;
  query: URLSearchParams;
  /** The client's own address, also behind a trusted proxy. */
  address: string;
  /** Who has logged in to the web server, if anybody has. */
  user?: { name: string; role: 'user' | 'admin' };
  /**
   * Where there is a `user`: whether that login still holds. To be asked now and then by what lasts, such as a WebSocket.
   * Rejects with a `JournalError`.
   */
  holds?(this: void): Promise<boolean>;
}

/** The people of one linked room. */
export interface Neighbourhood {
  room: RoomRef;
  /** Whether its account is online; if not, `members` is empty. */
  online: boolean;
  members: User[];
}

export interface AccountStore {
  get(key: string): Promise<string | undefined>;
  /** Durable when it resolves; `undefined` deletes. */
  set(key: string, value: string | undefined): Promise<void>;
  list(prefix: string): Promise<[key: string, value: string][]>;
}
