/** What `faces: { onebot: … }` may say; docs/onebot-face.md explains it to authors of bots. */
import { z } from 'zod';
import { secretSetting } from '../../hub/settings.ts';

const longestHeartbeatSeconds = 3_600;
const longestReplayMinutes = 7 * 24 * 60;

const messageFormat = z.enum(['array', 'string']);

const target = z.strictObject({
  url: z.string().refine((text) => /^(wss?|https?):$/.test(URL.parse(text)?.protocol ?? ''), {
    error: 'expected an address of a bot, as in "ws://127.0.0.1:8080/onebot/v11/ws" or "http://…"',
  }),
  account: z.string().min(1).optional(),
  token: secretSetting().optional(),
  secret: secretSetting().optional(),
  role: z.enum(['universal', 'api', 'event']).default('universal'),
  messageFormat: messageFormat.optional(),
});

export const oneBotFaceConfig = z.strictObject({
  messageFormat: messageFormat.default('array'),
  ownMessages: z.boolean().default(false),
  heartbeatSeconds: z.number().min(0.1).max(longestHeartbeatSeconds).default(30),
  replayMinutes: z.number().min(0).max(longestReplayMinutes).default(10),
  targets: z.array(target).default([]),
});

export type OneBotFaceConfig = z.output<typeof oneBotFaceConfig>;

/** A bot that is called: by a WebSocket (`ws:`, `wss:`), or by a request for each event (`http:`, `https:`). */
export type BotTarget = OneBotFaceConfig['targets'][number];

export type MessageFormat = z.output<typeof messageFormat>;
