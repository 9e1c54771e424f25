/** What browsers and the house say to each other, as docs/house-web.md describes it. Checked here, at the edge. */
import { z } from 'zod';
import type { RoomRef, Segment } from '../../hub/message.ts';
import type { HouseError } from './saying.ts';
import type { Who } from './who.ts';

/** The longest text of one message, UTF-8 bytes. */
export const textLimitBytes = 16_384;
/** Segments of one message. */
const segmentLimit = 200;
/** The most messages that `older` answers. */
const olderLimit = 100;

const key = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const secret = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/);
const id = z.string().min(1).max(256);
const roomName = z.string().min(1).max(64);
const count = z.int().min(0);
const words = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= textLimitBytes, `at most ${textLimitBytes} bytes of text`);
const marks = z.array(z.enum(['bold', 'italic', 'strike', 'code', 'preformatted', 'quote'])).max(6);

const textSegment = z.object({
  type: z.literal('text'),
  text: words,
  marks: marks.min(1).optional(),
});
const mentionSegment = z.object({
  type: z.literal('mention'),
  // `all` is everyone, whom nobody calls from here.
  user: id.refine((user) => user !== 'all'),
  name: z.string().regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,80}$/u),
});
const mediaSegment = z.object({
  type: z.enum(['image', 'audio', 'video', 'file']),
  url: z.string().max(2048),
  name: z.string().max(256).optional(),
  alt: z.string().max(1000).optional(),
});

export type SentMedia = z.output<typeof mediaSegment>;

const body = z
  .array(z.discriminatedUnion('type', [textSegment, mentionSegment, mediaSegment]))
  .min(1)
  .max(segmentLimit)
  .refine(
    (segments) =>
      segments.reduce((sum, one) => sum + (one.type === 'text' ? Buffer.byteLength(one.text) : 0), 0) <=
      textLimitBytes,
    `a message has at most ${textLimitBytes} bytes of text`,
  )
  .refine(
    (segments) => segments.some((one) => one.type !== 'text' || one.text.trim() !== ''),
    'there is nothing in it',
  );

export type SentBody = z.output<typeof body>;

const resume = z.object({ session: secret, room: roomName, epoch: id, position: count, own: count });

const keyed = { key: key.optional() };

/** Everything that a browser sends. */
export const browserFrame = z.discriminatedUnion('type', [
  z.object({
    ...keyed,
    type: z.literal('join'),
    client: secret,
    nick: z.string().max(256).optional(),
    room: roomName.optional(),
    resume: resume.optional(),
  }),
  z.object({
    type: z.literal('say'),
    key,
    body,
    action: z.boolean().default(false),
    replyTo: id.optional(),
  }),
  z.object({ ...keyed, type: z.literal('edit'), id, body }),
  z.object({ ...keyed, type: z.literal('recall'), id }),
  z.object({
    ...keyed,
    type: z.literal('react'),
    id,
    emoji: z.string().regex(/^[^\p{Cc}\p{Z}]{1,32}$/u),
    added: z.boolean(),
  }),
  z.object({ ...keyed, type: z.literal('typing'), on: z.boolean() }),
  z.object({
    ...keyed,
    type: z.literal('whisper'),
    to: z.string().min(1).max(256),
    text: words.refine((text) => text.trim() !== ''),
  }),
  z.object({ ...keyed, type: z.literal('nick'), nick: z.string().max(256) }),
  z.object({ ...keyed, type: z.literal('enter'), room: roomName }),
  z.object({ ...keyed, type: z.literal('read'), id, room: roomName.optional() }),
  z.object({
    ...keyed,
    type: z.literal('older'),
    before: id,
    limit: z.int().min(1).max(olderLimit).default(olderLimit),
  }),
  z.object({ ...keyed, type: z.literal('people') }),
  z.object({ ...keyed, type: z.literal('leave') }),
]);

export type BrowserFrame = z.output<typeof browserFrame>;
export type Resume = z.output<typeof resume>;

/** A message as it stands in a room. */
export interface WebMessage {
  id: string;
  at: number;
  author: Who;
  body: readonly Segment[];
  action?: true;
  edited?: true;
  replyTo?: { id?: string; name: string; text: string };
  reactions: { emoji: string; by: Who[] }[];
}

export interface RoomInfo {
  name: string;
  people: number;
  unread: number;
  read?: string;
}

/** What happens in a room and is kept; each gets a position there. */
export type WebEvent =
  | { type: 'said'; message: WebMessage }
  | { type: 'edited'; id: string; body: readonly Segment[]; at: number; by: Who }
  | { type: 'recalled'; id: string }
  | { type: 'reacted'; id: string; emoji: string; added: boolean; by: Who }
  | { type: 'entered' | 'left'; who: Who }
  | { type: 'renamed'; who: Who; oldNick: string };

export interface WebLimits {
  frameBytes: number;
  /** Of one message. */
  textBytes: number;
  uploadBytes: number;
}

export interface People {
  people: Who[];
  away: RoomRef[];
}

type Failure =
  | HouseError['code']
  | 'message-invalid'
  | 'login-required'
  | 'nick-refused'
  | 'nick-taken'
  | 'not-joined'
  | 'media-unknown'
  | 'failed';

/** What the house says, but for the events of a room. */
export type HouseFrame =
  | {
      type: 'hello';
      house: string;
      guests: boolean;
      user?: { name: string; role: string };
      limits: WebLimits;
      rooms?: RoomInfo[];
    }
  | { type: 'welcome'; key?: string; session: string; resumed: boolean; you: Who; rooms: RoomInfo[] }
  | ({
      type: 'room';
      room: string;
      epoch: string;
      position: number;
      reset: boolean;
      messages: WebMessage[];
      more: boolean;
    } & People)
  | { type: 'typing'; room: string; who: Who; on: boolean }
  | { type: 'activity'; rooms: { room: string; messages: number }[] }
  | {
      type: 'whisper';
      own: number;
      direction: 'received' | 'sent';
      name: string;
      text: string;
      at: number;
    }
  | { type: 'notice'; text: string }
  | { type: 'read'; room: string; id: string; unread: number }
  | ({ type: 'done'; key: string; id?: string } & Partial<People> & {
        messages?: WebMessage[];
        more?: boolean;
      })
  | { type: 'failed'; key?: string; code: Failure; message: string };

/** Why something that a browser asked for is not done. */
export class WebFailure extends Error {
  readonly code: Failure;
  constructor(code: Failure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WebFailure';
    this.code = code;
  }
}

/** Why a connection is ended by the house; see docs/house-web.md. */
export const closeCodes = {
  left: 1000,
  stopping: 1001,
  replaced: 4001,
  silent: 4002,
  slow: 4003,
  late: 4004,
  full: 4005,
  loggedOut: 4006,
} as const;
