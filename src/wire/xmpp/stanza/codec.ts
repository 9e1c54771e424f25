// How values stand in the text of attributes and elements. Reading foreign text never throws: what is no value of the
// kind reads as absent. Writing is our own doing, so a value that cannot be written is an error there and then.
import { XmppError } from '../errors.ts';
import { parseJid, toJid, type Jid } from '../jid.ts';

/** One kind of value as text. */
export interface Codec<T> {
  /** For error messages: "a whole number". */
  readonly what: string;
  /** The value of this text; undefined where the text holds none. */
  read(text: string): T | undefined;
  /**
   * The text of this value.
   *
   * @throws XmppError `xmpp-value-invalid`
   */
  write(value: T): string;
}

/** Text as it is. */
export const text: Codec<string> = {
  what: 'text',
  read: (value) => value,
  write: (value) => (typeof value === 'string' ? value : refuse('text', value)),
};

const INTEGER = /^[+-]?\d+$/;

/** Whole numbers that JavaScript holds exactly. */
export const integer: Codec<number> = {
  what: 'a whole number',
  read(value) {
    const number = Number(value.trim());
    return INTEGER.test(value.trim()) && Number.isSafeInteger(number) ? number : undefined;
  },
  write: (value) => (Number.isSafeInteger(value) ? String(value) : refuse('a whole number', value)),
};

/** Numbers, with a decimal point where needed; neither NaN nor infinite. */
export const decimal: Codec<number> = {
  what: 'a number',
  read(value) {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    return Number.isFinite(number) ? number : undefined;
  },
  write: (value) => (Number.isFinite(value) ? String(value) : refuse('a number', value)),
};

/** `true` and `false`; reads `1` and `0` too. @see XML Schema part 2, §3.2.2 */
export const boolean: Codec<boolean> = {
  what: 'true or false',
  read(value) {
    const word = value.trim();
    if (word === 'true' || word === '1') return true;
    return word === 'false' || word === '0' ? false : undefined;
  },
  write: (value) => (typeof value === 'boolean' ? String(value) : refuse('true or false', value)),
};

/** An address; takes one as text too. */
export const jid: Codec<Jid> = {
  what: 'an XMPP address',
  read: toJid,
  write(value: Jid | string) {
    return (typeof value === 'string' ? parseJid(value) : value).toString();
  },
};

/** A moment, written in UTC to the millisecond. @see XEP-0082 */
export const dateTime: Codec<Date> = {
  what: 'a date and time',
  read(value) {
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  write: (value) => (Number.isNaN(value.getTime()) ? refuse('a date and time', value) : value.toISOString()),
};

/**
 * One of these words; anything else reads as absent and cannot be written.
 *
 * @example attribute(oneOf('create', 'remove'))
 */
export function oneOf<const Words extends readonly string[]>(...words: Words): Codec<Words[number]> {
  const known: ReadonlySet<string> = new Set(words);
  const what = `one of ${words.join(', ')}`;
  const isKnown = (word: unknown): word is Words[number] => typeof word === 'string' && known.has(word);
  return {
    what,
    read: (value) => (isKnown(value) ? value : undefined),
    write: (value) => (isKnown(value) ? value : refuse(what, value)),
  };
}

function refuse(what: string, value: unknown): never {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_CHARACTERS)) : String(value);
  throw new XmppError('xmpp-value-invalid', `${shown} is not ${what}`);
}

const SHOWN_CHARACTERS = 80;
