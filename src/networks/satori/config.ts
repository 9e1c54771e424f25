/** A Satori account's settings: the server, which of its logins, and what its platform bears. */
import { z } from 'zod';
import { secretSetting } from '../../hub/settings.ts';

const isWebAddress = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '');

export const satoriConfig = z.strictObject({
  url: z
    .string()
    .refine(isWebAddress, { error: 'expected an address on http or https' })
    .transform((url) => url.replace(/\/+$/, '').replace(/\/v1$/, '')),
  token: secretSetting().optional(),
  platform: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  textBytes: z.int().min(200).max(100_000).default(2_000),
  sendsPerSecond: z.number().min(0.05).max(100).default(5),
  historyMessages: z.int().min(0).max(10_000).default(500),
  aliveSeconds: z.number().min(5).max(3600).default(60),
  callSeconds: z.number().min(0.1).max(120).default(20),
});

export type SatoriConfig = z.output<typeof satoriConfig>;
