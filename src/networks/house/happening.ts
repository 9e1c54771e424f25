/**
 * What people in a room get to see, before any door has made lines, pages or stanzas of it. Names are ready to be
 * shown: a person of the house by the nick, others as `toForeignName` and `toHouseName` make them, so that none can
 * be taken for another.
 */
import { toTerminalLine } from '../../wire/telnet/terminal-text.ts';
import type { Quote } from '../../hub/event.ts';
import type { AccountId } from '../../hub/message.ts';

export type Happening =
  | {
      kind: 'said';
      name: string;
      text: string;
      /** Something that is done (`/me`), not said. */
      action?: boolean;
      edited?: boolean;
      /** What it answers. */
      quote?: Quote;
    }
  /** A private message: `received` by this person from `name`, or `sent` to `name`. */
  | { kind: 'received' | 'sent'; name: string; text: string }
  | { kind: 'entered' | 'left'; name: string }
  | { kind: 'renamed'; name: string; oldName: string }
  | { kind: 'recalled'; name?: string }
  | { kind: 'reacted'; name: string; emoji: string; added: boolean; quote?: Quote };

/** The longest foreign name that is shown whole, in characters. */
const foreignNameLimit = 64;
/** What would make two words, another account or somebody else's line of a name; widths and look-alikes included. */
const misleading = /[\s\p{Z}@:\uff20\ufe6b\uff1a\ufe55\ua789\u2236\u02d0]+/gu;
const unseen = /[\p{Default_Ignorable_Code_Point}]/gu;
const anyMarks = /(\p{M}{2})\p{M}+/gu;

/** `nick@account` with the nick as one harmless word. No nick of the house has an `@`. */
export function toForeignName(name: string, account: AccountId): string {
  return `${toWord(name)}@${account}`;
}

/** What the house itself, or a program that posts as it, is called: `[NAME]`. No nick of the house has a `[`. */
export function toHouseName(name: string): string {
  return `[${toTerminalLine(name)}]`;
}

/** A foreign name, or a quote's, as one harmless word. */
export function toWord(name: string): string {
  const line = toTerminalLine(name).replace(unseen, '').replace(anyMarks, '$1').trim();
  const word = Array.from(line.replace(misleading, '_'));
  if (word.length === 0) return 'somebody';
  return word.length > foreignNameLimit ? `${word.slice(0, foreignNameLimit).join('')}…` : word.join('');
}
