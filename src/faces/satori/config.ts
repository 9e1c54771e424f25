/** What `faces: { satori: … }` may say; docs/satori.md explains it to authors of bots. */
import { z } from 'zod';
import { secretSetting } from '../../hub/settings.ts';

const longestReplayMinutes = 7 * 24 * 60;

export const webhookSchema = z.strictObject({
  url: z.string().refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), {
    error: 'expected an address on http or https',
  }),
  token: secretSetting().optional(),
});

export const satoriFaceConfig = z.strictObject({
  ownMessages: z.boolean().default(false),
  replayMinutes: z.number().min(0).max(longestReplayMinutes).default(10),
  webhooks: z.array(webhookSchema).default([]),
});

export type SatoriFaceConfig = z.output<typeof satoriFaceConfig>;
export type Webhook = z.output<typeof webhookSchema>;
