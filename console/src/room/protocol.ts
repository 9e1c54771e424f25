/** The house's web door as it speaks: docs/house-web.md, as far as this page uses it. */
import type { WireSegment } from '../../../src/faces/rest/schemas/segment.ts';

export interface Who {
  id: string;
  nick: string;
  name: string;
  kind: 'guest' | 'user' | 'foreign' | 'house';
  /** Where somebody `foreign` is. */
  account?: string;
}

export interface RoomInfo {
  name: string;
  people: number;
  unread: number;
  /** The last message that this user said to have read. */
  read?: string;
}

export interface RoomMessage {
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  author: Who;
  body: readonly WireSegment[];
  action?: boolean;
  edited?: boolean;
  replyTo?: { id?: string; name: string; text: string };
  reactions: readonly { emoji: string; by: readonly Who[] }[];
}

export interface Hello {
  type: 'hello';
  house: string;
  guests: boolean;
  user?: { name: string; role: string };
  limits: { frameBytes: number; textBytes: number; uploadBytes: number };
  rooms?: readonly RoomInfo[];
}

interface Welcome {
  type: 'welcome';
  session: string;
  resumed: boolean;
  you: Who;
  rooms: readonly RoomInfo[];
}

interface RoomState {
  type: 'room';
  room: string;
  epoch: string;
  position: number;
  /** What is known of the room is to be forgotten: `messages` are the last ones. */
  reset: boolean;
  messages: readonly RoomMessage[];
  more: boolean;
  people: readonly Who[];
  away: readonly string[];
}

interface Placed {
  room: string;
  position: number;
}

export type Happening = Placed &
  (
    | { type: 'said'; message: RoomMessage }
    | { type: 'edited'; id: string; body: readonly WireSegment[]; at: number; by: Who }
    | { type: 'recalled'; id: string; by?: Who }
    | { type: 'reacted'; id: string; emoji: string; added: boolean; by: Who }
    | { type: 'entered' | 'left'; who: Who }
    | { type: 'renamed'; who: Who; oldNick: string }
  );

export interface Whisper {
  type: 'whisper';
  own: number;
  direction: 'received' | 'sent';
  name: string;
  text: string;
  at: number;
}

export type FromHouse =
  | Hello
  | Welcome
  | RoomState
  | Happening
  | Whisper
  | { type: 'typing'; room: string; who: Who; on: boolean }
  | { type: 'activity'; rooms: readonly { room: string; messages: number }[] }
  | { type: 'notice'; text: string }
  | { type: 'read'; room: string; id: string; unread: number }
  | {
      type: 'done';
      key: string;
      id?: string;
      messages?: readonly RoomMessage[];
      more?: boolean;
      people?: readonly Who[];
      away?: readonly string[];
    }
  | { type: 'failed'; key?: string; code: string; message: string };

export type Done = Extract<FromHouse, { type: 'done' }>;
