/**
 * The settings of an account that is a component: a domain of its own on the server.
 */
import { z } from 'zod';
import { toJid } from '../../../wire/xmpp/jid.ts';
import type { ServerAddress } from '../../../wire/xmpp/session-options.ts';
import { bareJidSetting } from '../bare-jid-setting.ts';
import { toSafeNick } from '../nick.ts';
import { isLoopback, parseServer } from '../server-address.ts';

/** Prosody's port for components. Where the port speaks TLS there is no other custom, so it is the same. */
const COMPONENT_PORT = 5347;
const DEFAULT_SERVER = `xmpp://127.0.0.1:${COMPONENT_PORT}`;
const DEFAULT_NICK = 'hutong';

/** People who may be named in one of a component's lists. */
const LIST_LIMIT = 1000;

const domainSetting = z.string().transform((text, context): string => {
  const jid = toJid(text);
  if (jid && jid.local === '' && jid.resource === '') return jid.toString();
  context.addIssue({ code: 'custom', message: 'is no server: expected its domain, as in example.org' });
  return z.NEVER;
});

/** The keys that only a component has. */
export const componentKeys = {
  component: z
    .string()
    .refine((domain) => {
      const jid = toJid(domain);
      return jid !== undefined && jid.local === '' && jid.resource === '';
    }, 'is no domain: expected the name of the component, as in qq.example.org')
    .optional()
    .describe('The domain of a component (XEP-0114); instead of jid and password.'),
  secret: z
    .string()
    .min(1)
    .meta({ setting: 'secret' })
    .optional()
    .describe('The component’s secret, as the server’s configuration has it.'),
  plaintext: z
    .literal(true)
    .optional()
    .describe('A component’s server on another machine may be spoken to without TLS: the way there is safe.'),
  puppetNick: z
    .string()
    .max(100)
    .refine((format) => format.includes('{nick}'), 'holds no {nick}: expected such as "{nick} ({account})"')
    .refine(
      (format) => toSafeNick(format.replaceAll(/[{}]/g, '')) === format.replaceAll(/[{}]/g, ''),
      'holds what not every server takes in a nick: expected letters, digits, punctuation and single spaces',
    )
    .optional()
    .describe('How somebody of another network is called in rooms; {nick} alone if it is not given.'),
  puppetsPerRoom: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('People of other networks in one room at once, as occupants of their own; 100.'),
  puppetIdleMinutes: z
    .number()
    .min(1)
    .max(525_600)
    .optional()
    .describe('Who has said nothing for so long leaves the room until the next word; 60.'),
  admins: z
    .array(bareJidSetting)
    .max(LIST_LIMIT)
    .optional()
    .describe('Who may link rooms by the component’s commands: user@server each.'),
  registration: z
    .array(domainSetting)
    .max(LIST_LIMIT)
    .optional()
    .describe(
      'The servers whose people may register with the component and see what is linked; the one that it is part of.',
    ),
};

/** Nobody but the name. */
const PUPPET_NICK = '{nick}';
const PUPPETS_PER_ROOM = 100;
const PUPPET_IDLE_MINUTES = 60;

export interface ComponentConfig {
  /** Prepared. */
  component: string;
  secret: string;
  server: ServerAddress;
  /** A file of PEM certificates. */
  caFile?: string;
  /** That of the occupant that listens. */
  nick: string;
  selfPingMs: number;
  keepaliveMs: number;
  puppetsPerRoom: number;
  puppetIdleMs: number;
  /** With `{nick}`, and perhaps `{account}`. */
  puppetNick: string;
  /** Bare addresses. */
  admins: readonly string[];
  /** Domains. */
  registration: readonly string[];
}

interface Written {
  component: string;
  secret?: string | undefined;
  server?: string | undefined;
  plaintext?: true | undefined;
  tls?: false | { ca: string } | undefined;
  nick?: string | undefined;
  puppetNick?: string | undefined;
  puppetsPerRoom?: number | undefined;
  puppetIdleMinutes?: number | undefined;
  admins?: readonly string[] | undefined;
  registration?: readonly string[] | undefined;
  selfPingSeconds: number;
  keepaliveSeconds: number;
}

/** What of a client's settings a component cannot have. */
const CLIENT_KEYS = ['jid', 'password', 'resource', 'club'] as const;

/** @param refuse tells what is wrong with a key */
export function toComponentConfig(
  settings: Written & Partial<Record<(typeof CLIENT_KEYS)[number], unknown>>,
  refuse: (key: string, message: string) => never,
): ComponentConfig {
  for (const key of CLIENT_KEYS) {
    if (settings[key] !== undefined)
      return refuse(key, 'belongs to an account used as a client, this one is a component');
  }
  if (settings.secret === undefined) {
    return refuse('secret', 'is missing: expected the secret that the server’s configuration has');
  }
  const { tls } = settings;
  const parsed = parseServer(settings.server ?? DEFAULT_SERVER, {
    xmpp: COMPONENT_PORT,
    xmpps: COMPONENT_PORT,
  });
  if (typeof parsed === 'string') return refuse('server', parsed);
  const encrypted = parsed.security === 'tls';
  if (tls === false && encrypted) return refuse('tls', 'is false, but server says xmpps://, which is TLS');
  if (!encrypted && !isLoopback(parsed.host) && settings.plaintext !== true) {
    return refuse(
      'server',
      `a component’s port is not encrypted, and ${parsed.host} is not this machine: everybody on the way could read ` +
        'along. Use a tunnel to 127.0.0.1, xmpps:// if the server offers it, or plaintext: true if the way is safe',
    );
  }
  return {
    component: settings.component,
    secret: settings.secret,
    server: encrypted ? parsed : { ...parsed, security: 'none', trusted: settings.plaintext === true },
    ...(tls && { caFile: tls.ca }),
    nick: settings.nick ?? DEFAULT_NICK,
    selfPingMs: settings.selfPingSeconds * 1000,
    keepaliveMs: settings.keepaliveSeconds * 1000,
    puppetNick: settings.puppetNick ?? PUPPET_NICK,
    puppetsPerRoom: settings.puppetsPerRoom ?? PUPPETS_PER_ROOM,
    puppetIdleMs: (settings.puppetIdleMinutes ?? PUPPET_IDLE_MINUTES) * 60_000,
    admins: settings.admins ?? [],
    registration: settings.registration ?? [toParentDomain(settings.component)],
  };
}

/** The server's own domain, which components are commonly a part of. */
export function toParentDomain(component: string): string {
  return component.slice(component.indexOf('.') + 1);
}
