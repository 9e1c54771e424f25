/**
 * An XMPP account's settings: what may be written, what it means, and in plain words what is wrong with it.
 */
import { z } from 'zod';
import { parseJid, toJid } from '../../wire/xmpp/jid.ts';
import { DEFAULT_CLIENT_PORT } from '../../wire/xmpp/namespaces.ts';
import type { ServerAddress } from '../../wire/xmpp/session-options.ts';
import { clubConfig, type ClubConfig } from './club/config.ts';
import { componentKeys, toComponentConfig, type ComponentConfig } from './component/config.ts';
import { isLoopback, parseServer } from './server-address.ts';

/** The port for TLS from the first byte on. @see XEP-0368 */
const DIRECT_TLS_PORT = 5223;
/** Longest nick that is asked for, characters. */
const NICK_LIMIT = 64;

const seconds = (least: number, most: number) => z.number().min(least).max(most);

const written = z.strictObject({
  jid: z
    .string()
    .refine((jid) => (toJid(jid)?.local ?? '') !== '', 'is no XMPP address: expected user@server')
    .optional()
    .describe('The account: user@server.'),
  password: z.string().min(1).meta({ setting: 'secret' }).optional(),
  nick: z
    .string()
    .trim()
    .min(1)
    .max(NICK_LIMIT)
    .optional()
    .describe('The name in rooms; without it the part of jid before the @.'),
  server: z
    .string()
    .optional()
    .describe('xmpp://host:port or xmpps://host:port; without it DNS (SRV), then port 5222 of the domain.'),
  tls: z
    .union([z.literal(false), z.strictObject({ ca: z.string().min(1).meta({ setting: 'file' }) })], {
      error: 'expected { ca: FILE } or false',
    })
    .optional()
    .describe(
      '{ ca: FILE } believes in the certificates of that PEM file; false encrypts nothing (loopback only).',
    ),
  resource: z
    .string()
    .min(1)
    .optional()
    .describe('The resource to bind; without it one is made up once and kept.'),
  selfPingSeconds: seconds(5, 86_400)
    .default(300)
    .describe('How often each room is asked whether we are still in it, seconds.'),
  keepaliveSeconds: seconds(5, 3_600)
    .default(60)
    .describe('Silence after which the server is asked for a sign of life, seconds.'),
  club: clubConfig
    .optional()
    .describe('Makes the account a club: a group of those who have it as a contact.'),
  ...componentKeys,
});

export interface XmppConfig {
  /** Bare or full, prepared. */
  jid: string;
  password: string;
  nick: string;
  /** Missing: found by DNS. */
  server?: ServerAddress;
  /** A file of PEM certificates. */
  caFile?: string;
  resource?: string;
  selfPingMs: number;
  keepaliveMs: number;
  /** The account is a club, not a client in rooms. */
  club?: ClubConfig;
}

/** What of a component's settings a client cannot have. */
const COMPONENT_KEYS = [
  'secret',
  'plaintext',
  'puppetNick',
  'puppetsPerRoom',
  'puppetIdleMinutes',
  'admins',
  'registration',
] as const;

/** The schema of an account with `network: xmpp`: a client's, or with `component` a component's. */
export const xmppConfig: z.ZodType<XmppConfig | ComponentConfig> = written.transform(
  (settings, context): XmppConfig | ComponentConfig => {
    const { component } = settings;
    const refuse = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
      return z.NEVER;
    };
    if (component !== undefined) return toComponentConfig({ ...settings, component }, refuse);
    for (const key of COMPONENT_KEYS) {
      if (settings[key] !== undefined)
        return refuse(key, 'belongs to a component: expected component as well');
    }
    if (settings.jid === undefined) return refuse('jid', 'is missing: expected user@server, or component');
    if (settings.password === undefined) return refuse('password', 'is missing: expected text');
    const jid = parseJid(settings.jid);
    const { tls } = settings;
    let server: ServerAddress | undefined;
    if (settings.server !== undefined) {
      const parsed = parseServer(settings.server, { xmpp: DEFAULT_CLIENT_PORT, xmpps: DIRECT_TLS_PORT });
      if (typeof parsed === 'string') return refuse('server', parsed);
      server = parsed;
    }
    if (tls === false) {
      if (server?.security === 'tls')
        return refuse('tls', 'is false, but server says xmpps://, which is TLS');
      const plain = server ?? { host: jid.domain, port: DEFAULT_CLIENT_PORT };
      if (!isLoopback(plain.host)) {
        return refuse(
          'tls',
          `false would show the password to the network: only for a server on this machine, not ${plain.host}`,
        );
      }
      server = { host: plain.host, port: plain.port, security: 'none' };
    }
    return {
      jid: jid.toString(),
      password: settings.password,
      nick: settings.nick ?? jid.local,
      ...(server && { server }),
      ...(tls && { caFile: tls.ca }),
      ...(settings.resource !== undefined && { resource: settings.resource }),
      selfPingMs: settings.selfPingSeconds * 1000,
      keepaliveMs: settings.keepaliveSeconds * 1000,
      ...(settings.club && { club: settings.club }),
    };
  },
);
