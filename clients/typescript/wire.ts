/** What a hub and its programs say to each other, as docs/rest.md has it; fields that are not named here come along, too. */

/** A part of a message: `type` and what belongs to it. */
export interface Segment {
  type: 'text' | 'mention' | 'image' | 'audio' | 'video' | 'file' | 'emoji' | 'forward' | 'place' | 'card';
  [field: string]: unknown;
}

export interface User {
  id: string;
  name: string;
}

/** Something that happened. Kinds that are added later come as they are: pass over those you do not know. */
export interface HubEvent {
  id: string;
  /** Everything up to here was seen. */
  cursor: string;
  /** `message`, `edit`, `recall`, `reaction`, `join`, `leave`, `rename`, `topic`, `outcome`. */
  kind: string;
  account: string;
  room: string;
  /** ISO 8601. */
  at: string;
  /** The token that did it through the hub; missing for what people did. */
  postedBy?: string;
  sender?: User;
  text?: string;
  body?: Segment[];
  [field: string]: unknown;
}

export interface EventPage {
  events: HubEvent[];
  cursor: string;
  /** Events before these are no longer kept. */
  gap: boolean;
}

export interface Accepted {
  id: string;
  cursor: string;
  /** What became of it in each room, where that was waited for. */
  outcome?: { room: string; state: string; reason?: string }[];
}

/** What a person has to do for an account to be logged in. */
export type LoginStep =
  | { type: 'none' }
  | { type: 'qr'; data: string; picture: string; expiresAt?: string }
  | { type: 'code'; message: string };

export interface Account {
  id: string;
  network: string;
  phase: string;
  message?: string;
  self?: User;
  login: LoginStep;
  [field: string]: unknown;
}

/** A kept file: `url` goes into a segment of the kind `type`. */
export interface StoredMedia {
  url: string;
  link: string;
  type: 'image' | 'audio' | 'video' | 'file';
  name: string;
  mime: string;
  sizeBytes: number;
}

/** What the hub refused; `code` stays the same from version to version. */
export class HubProblem extends Error {
  override readonly name = 'HubProblem';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}
