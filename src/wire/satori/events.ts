/**
 * What happens, as Satori's servers tell it.
 *
 * @see https://satori.chat/zh-CN/protocol/events.html
 */
import { z } from 'zod';
import {
  channelSchema,
  emojiSchema,
  guildSchema,
  loginSchema,
  memberSchema,
  messageSchema,
  userSchema,
} from './resources.ts';

export const eventSchema = z.object({
  /** Where a client resumes; older servers call it `id`. */
  sn: z.number().optional(),
  id: z.number().optional(),
  type: z.string(),
  /** Milliseconds since the epoch. */
  timestamp: z.number().nullish(),
  login: loginSchema.nullish(),
  /** Of older servers, in place of `login`. */
  platform: z.string().nullish(),
  self_id: z.string().nullish(),
  channel: channelSchema.nullish(),
  guild: guildSchema.nullish(),
  member: memberSchema.nullish(),
  message: messageSchema.nullish(),
  operator: userSchema.nullish(),
  user: userSchema.nullish(),
  emoji: emojiSchema.nullish(),
});

export type SatoriEvent = z.output<typeof eventSchema>;
