/** A QQ account's settings: how its OneBot implementation is reached, and what QQ bears. */
import { z } from 'zod';
import { secretSetting } from '../../hub/settings.ts';

const mebibyte = 1024 * 1024;

const webAddress = (schemes: string) =>
  z.string().refine((url) => new RegExp(`^(?:${schemes})$`).test(URL.parse(url)?.protocol ?? ''), {
    error: `expected an address on ${schemes.replaceAll('?', '').replaceAll(':', '')}`,
  });

export const oneBotConfig = z
  .strictObject({
    url: webAddress('wss?:').optional().describe('The implementation’s forward WebSocket.'),
    reverse: z
      .strictObject({})
      .optional()
      .describe('The implementation connects to us, at /in/ACCOUNT/ of the web server.'),
    http: z
      .strictObject({ url: webAddress('https?:'), secret: secretSetting() })
      .optional()
      .describe('Calls by HTTP; events are posted to /in/ACCOUNT/ of the web server, signed by the secret.'),
    token: secretSetting().optional(),
    recallSeconds: z.number().min(0).max(86_400).default(120),
    sendsPerSecond: z.number().min(0.05).max(100).default(2),
    inlineBytes: z
      .int()
      .min(0)
      .max(16 * mebibyte)
      .default(4 * mebibyte),
    avatars: z.boolean().default(true),
    historyMessages: z.int().min(0).max(10_000).default(500),
    aliveSeconds: z.number().min(5).max(3600).default(90),
    callSeconds: z.number().min(0.1).max(120).default(20),
  })
  .superRefine((config, context) => {
    const ways = [config.url, config.reverse, config.http].filter((way) => way !== undefined);
    if (ways.length !== 1) {
      context.addIssue({ code: 'custom', message: 'expected one of url, reverse and http' });
    }
    if (config.reverse && config.token === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['token'],
        message: 'reverse needs a token: without one anybody could pass for the implementation',
      });
    }
  });

export type OneBotConfig = z.output<typeof oneBotConfig>;
