/** The settings of a WeChat account by Tencent's bot API. There is no password: it is logged in by a scan. */
import { z } from 'zod';

const webAddress = () =>
  z
    .string()
    .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), {
      error: 'expected an address on http or https',
    })
    .transform((url) => url.replace(/\/+$/, ''));

/** What the server takes at once. */
const TEXT_LIMIT_BYTES = 16_384;

export const ilinkConfig = z.strictObject({
  name: z.string().min(1).default('WeChat bot'),
  names: z.record(z.string(), z.string().min(1)).default({}),
  url: webAddress().default('https://ilinkai.weixin.qq.com'),
  files: webAddress().default('https://novac2c.cdn.weixin.qq.com/c2c'),
  textBytes: z.int().min(200).max(TEXT_LIMIT_BYTES).default(12_000),
  sendsPerSecond: z.number().min(0.01).max(100).default(1),
  codeSeconds: z.number().min(0.5).max(3600).default(240),
  aliveSeconds: z.number().min(5).max(3600).default(120),
  callSeconds: z.number().min(0.1).max(120).default(15),
});

export type IlinkConfig = z.output<typeof ilinkConfig>;
