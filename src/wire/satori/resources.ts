/**
 * What Satori's methods and events tell of: users, channels, messages. Read with zod where it comes in; servers leave out
 * or set to null what they do not know, and numbers stand for ids in some.
 *
 * @see https://satori.chat/zh-CN/protocol/
 */
import { z } from 'zod';

const id = z.union([z.string(), z.number().transform(String)]);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
/** Milliseconds since the epoch. */
const time = z
  .number()
  .nullish()
  .transform((value) => value ?? undefined);

/** `0` text, `1` direct, `2` category, `3` voice. */
export const CHANNEL_TYPE = { text: 0, direct: 1, category: 2, voice: 3 } as const;
/** Of a login. */
export const STATUS = { offline: 0, online: 1, connect: 2, disconnect: 3, reconnect: 4 } as const;

export const userSchema = z.object({ id, name: text, nick: text, avatar: text });
export const channelSchema = z.object({ id, type: z.number().catch(CHANNEL_TYPE.text), name: text });
export const guildSchema = z.object({ id, name: text });
export const memberSchema = z.object({ user: userSchema.nullish(), nick: text });
export const emojiSchema = z.object({ id, name: text });

export const messageSchema = z.object({
  id,
  content: z.string().catch(''),
  channel: channelSchema.nullish(),
  guild: guildSchema.nullish(),
  member: memberSchema.nullish(),
  user: userSchema.nullish(),
  created_at: time,
  updated_at: time,
});

export const loginSchema = z.object({
  platform: text,
  user: userSchema.nullish(),
  self_id: text,
  status: z.number().catch(STATUS.offline),
  features: z.array(z.string()).nullish(),
});

export type User = z.output<typeof userSchema>;
export type Channel = z.output<typeof channelSchema>;
export type Member = z.output<typeof memberSchema>;
export type Message = z.output<typeof messageSchema>;
export type Login = z.output<typeof loginSchema>;

/** A page of a list; `next` is where the following one begins, if there is one. */
export function listSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), prev: text, next: text });
}
