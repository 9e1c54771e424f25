/**
 * The frames of the WebSocket.
 *
 * @see https://satori.chat/zh-CN/protocol/events.html
 */
import { z } from 'zod';
import { eventSchema } from './events.ts';
import { loginSchema } from './resources.ts';

export const OPCODE = { event: 0, ping: 1, pong: 2, identify: 3, ready: 4, meta: 5 } as const;

/** Why a server closes: the token was refused. */
export const BAD_TOKEN_CLOSE = 4004;

/** What a client sends; any other operation is passed over. */
export const clientFrameSchema = z.object({
  op: z.number(),
  body: z
    .object({
      token: z.string().nullish(),
      sn: z.number().nullish(),
      /** Of older clients, in place of `sn`. */
      sequence: z.number().nullish(),
    })
    .nullish(),
});

const urls = z.array(z.string()).nullish();

/** What a server sends. */
export const serverFrameSchema = z.union([
  z.object({ op: z.literal(OPCODE.event), body: eventSchema }),
  z.object({
    op: z.literal(OPCODE.ready),
    body: z.object({ logins: z.array(loginSchema), proxy_urls: urls }),
  }),
  z.object({ op: z.literal(OPCODE.meta), body: z.object({ proxy_urls: urls }) }),
  z.object({ op: z.literal(OPCODE.pong) }),
]);

export type ClientFrame = z.output<typeof clientFrameSchema>;
export type ServerFrame = z.output<typeof serverFrameSchema>;
