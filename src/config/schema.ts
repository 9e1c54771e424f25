/**
 * The keys of hutong.yaml that belong to no network: docs/configuration.md explains each. What an account needs
 * besides `network`, `unknown`, `direct` and `accept` is its network kind's own schema.
 */
import { z } from 'zod';
import { fileSetting } from '../hub/settings.ts';
import { parseDuration } from './duration.ts';
import { mediaSchema } from './media.ts';
import { parsedText } from './parsed-text.ts';
import { webSchema } from './web.ts';

/** Counts from the configuration's folder. */
export const defaultDataFolder = './data';

const journalSchema = z.strictObject({
  engine: z.enum(['sqlite']).default('sqlite'),
  retention: parsedText(parseDuration).optional(),
});

/** What every account can hold besides its network's own keys. */
export const accountSchema = z.looseObject({
  network: z.string().min(1),
  unknown: z.enum(['resend', 'leave']).default('resend'),
  direct: z.boolean().default(true),
  accept: z.array(z.enum(['contact', 'join', 'invite'])).default([]),
});

/** One of `links`; its rooms are resolved afterwards. */
export const linkSchema = z.strictObject({
  name: z.string().min(1).max(100),
  rooms: z.array(z.string().min(1)).min(2),
  direction: z.enum(['both', 'from-first', 'to-first']).optional(),
  format: parsedText(parseFormat).optional(),
  filter: z
    .strictObject({
      text: z.array(parsedText(parsePattern)).default([]),
      nick: z.array(parsedText(parsePattern)).default([]),
      account: z.array(z.string().min(1)).default([]),
    })
    .optional(),
  moderation: z.boolean().optional(),
  renames: z.boolean().optional(),
});

/** The file as a whole. Accounts and faces are looked into afterwards, by their kinds. */
export const fileSchema = z.strictObject({
  data: fileSetting().prefault(defaultDataFolder),
  http: webSchema.prefault({}),
  journal: journalSchema.prefault({}),
  media: mediaSchema.prefault({}),
  accounts: z.record(z.string(), accountSchema),
  links: z.array(linkSchema).default([]),
  faces: z.record(z.string(), z.unknown()).default({}),
});

export type FileSettings = z.infer<typeof fileSchema>;

/** Each name that a link's `format` may hold in braces. */
const placeholders = ['nick', 'account', 'room', 'text'];

function parseFormat(text: string): string {
  const found = [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]!);
  const unknown = found.find((name) => !placeholders.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `{${unknown}} is no placeholder; known are ${placeholders.map((name) => `{${name}}`).join(' ')}`,
    );
  }
  if (!text.endsWith('{text}') || found.filter((name) => name === 'text').length !== 1) {
    throw new Error(
      `expected a format that ends with {text}, once, as in "<{nick}> {text}"; found ${JSON.stringify(text)}`,
    );
  }
  if (/\p{Cc}/u.test(text)) throw new Error('expected a format of one line, without control characters');
  return text;
}

function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    const reason =
      cause instanceof Error ? cause.message.replace(/^Invalid regular expression: /, '') : String(cause);
    throw new Error(`expected a regular expression: ${reason}`, { cause });
  }
}
