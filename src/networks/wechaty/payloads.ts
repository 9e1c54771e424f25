/** What puppets tell, in Wechaty's words. Lenient: puppets leave out what their protocol does not have. @see wechaty-puppet */
import { z } from 'zod';

const id = z.string().min(1);
const optionalId = id.nullish().catch(undefined);
const words = z.string().nullish().catch(undefined);
const time = z.number().nullish().catch(undefined);
const ids = z.array(z.string()).nullish().catch(undefined);

/** The kinds of messages. @see wechaty-puppet's types.Message */
export const MESSAGE_TYPE = {
  attachment: 1,
  audio: 2,
  contact: 3,
  chatHistory: 4,
  emoticon: 5,
  image: 6,
  text: 7,
  location: 8,
  miniProgram: 9,
  groupNote: 10,
  transfer: 11,
  redEnvelope: 12,
  recalled: 13,
  link: 14,
  video: 15,
  post: 16,
} as const;

/** How far a scan is. @see wechaty-puppet's types.ScanStatus */
export const SCAN_STATUS = { cancelled: 1, waiting: 2, scanned: 3, confirmed: 4, timeout: 5 } as const;
/** A friendship that somebody asks for. @see wechaty-puppet's types.Friendship */
export const FRIENDSHIP_RECEIVED = 2;

export const messageSchema = z.object({
  id,
  type: z.number().catch(0),
  talkerId: optionalId,
  /** `talkerId` and `listenerId` of older puppets. */
  fromId: optionalId,
  toId: optionalId,
  listenerId: optionalId,
  roomId: optionalId,
  text: words,
  filename: words,
  timestamp: time,
  mentionIdList: ids,
});
export type Message = z.output<typeof messageSchema>;

/** @see wechaty-puppet's types.ContactGender */
export const CONTACT_GENDER = { male: 1, female: 2 } as const;
export const contactSchema = z.object({
  id,
  name: words,
  alias: words,
  friend: z.boolean().nullish(),
  gender: z.number().nullish().catch(undefined),
  province: words,
  city: words,
});
export const memberSchema = z.object({ name: words, roomAlias: words });
export const roomSchema = z.object({ id, topic: words });
export const linkSchema = z.object({ title: words, url: words, description: words });
export const miniProgramSchema = z.object({ title: words, description: words, username: words });
export const locationSchema = z.object({
  latitude: z.number(),
  longitude: z.number(),
  name: words,
  address: words,
});
export const friendshipSchema = z.object({
  id,
  type: z.number(),
  contactId: id,
  hello: words,
  timestamp: time,
});
export const invitationSchema = z.object({ id, inviterId: id, topic: words, timestamp: time });

export const scanSchema = z.object({ qrcode: words, status: z.number().catch(0) });
export const loginSchema = z.object({ contactId: id });
export const logoutSchema = z.object({ data: words });
export const dirtySchema = z.object({ payloadId: z.string() });
export const lostSchema = z.object({ name: z.string(), id: z.string(), message: z.string() });
export const errorSchema = z.object({ gerror: words, data: words });
export const joinSchema = z.object({
  roomId: id,
  inviterId: optionalId,
  inviteeIdList: z.array(id),
  timestamp: time,
});
export const leaveSchema = z.object({
  roomId: id,
  removerId: optionalId,
  removeeIdList: z.array(id),
  timestamp: time,
});
export const topicSchema = z.object({
  roomId: id,
  changerId: optionalId,
  newTopic: z.string(),
  oldTopic: words,
  timestamp: time,
});

/** Times of puppets are in seconds or in milliseconds. */
const FIRST_MS = 100_000_000_000;
/** A time this far in the future is a wrong one. */
const FUTURE_MS = 24 * 60 * 60 * 1000;

/** When something happened, milliseconds since the epoch; undefined where that cannot be true. */
export function toTimeMs(timestamp: number | null | undefined, nowMs: number): number | undefined {
  if (timestamp == null || !Number.isFinite(timestamp) || timestamp <= 0) return undefined;
  const atMs = Math.round(timestamp < FIRST_MS ? timestamp * 1000 : timestamp);
  return atMs > nowMs + FUTURE_MS ? undefined : atMs;
}
