/** What `faces: { wechaty: … }` may say; docs/wechaty-face.md explains it to authors of bots. */
import { z } from 'zod';
import { parseAddress, type ListenAddress } from '../../hub/address.ts';
import { fileSetting } from '../../hub/settings.ts';

const longestHeartbeatSeconds = 30;
const longestReplayMinutes = 7 * 24 * 60;
const longestLingerSeconds = 600;

const listenAddress = z.string().transform((value, context): ListenAddress => {
  try {
    return parseAddress(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

export const wechatyFaceConfig = z.strictObject({
  /** Address and port; port 0 is any free one. */
  listen: listenAddress.prefault('127.0.0.1:8788'),
  /** PEM files; `false` is no TLS; without it the hub makes itself a certificate. */
  tls: z.union([z.strictObject({ cert: fileSetting(), key: fileSetting() }), z.literal(false)]).optional(),
  /** The account of tokens that name none. */
  account: z.string().min(1).optional(),
  heartbeatSeconds: z.number().min(0.1).max(longestHeartbeatSeconds).default(1),
  /** Whether bots are connected with a process of their own, which stays while the hub starts anew. */
  gate: z.boolean().default(true),
  /** How long it stays without a hub; 0: it ends with it. */
  lingerSeconds: z.number().min(0).max(longestLingerSeconds).default(30),
  replayMinutes: z.number().min(0).max(longestReplayMinutes).default(10),
});

export type WechatyFaceConfig = z.output<typeof wechatyFaceConfig>;
