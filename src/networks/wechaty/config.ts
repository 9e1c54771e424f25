/** A Wechaty account's settings: which puppet, what it is told, and how long things may take. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { secretSetting } from '../../hub/settings.ts';

/** A package of npm, without a version. */
const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** Whether it is a package's name, or an absolute path of a file. */
export function isPuppetName(name: string): boolean {
  return packageName.test(name) || isAbsolute(name);
}

export const wechatyConfig = z.strictObject({
  puppet: z
    .string()
    .refine(isPuppetName, {
      error: 'expected the name of a package, like wechaty-puppet-wechat4u, or an absolute path',
    })
    .default('wechaty-puppet-wechat4u'),
  token: secretSetting().optional(),
  endpoint: z.string().min(1).optional(),
  options: z.record(z.string(), z.unknown()).default({}),
  textBytes: z.int().min(200).max(100_000).default(6_000),
  sendsPerSecond: z.number().min(0.05).max(100).default(1),
  startSeconds: z.number().min(1).max(600).default(60),
  scanSeconds: z.number().min(10).max(3600).default(240),
  callSeconds: z.number().min(0.1).max(120).default(30),
  aliveSeconds: z.number().min(1).max(3600).default(90),
  memoryMegabytes: z.int().min(64).max(65_536).default(512),
});

export type WechatyConfig = z.output<typeof wechatyConfig>;
