/**
 * The address of somebody from another network: `account.user`, where `account` is the hub's name of their account. The
 * same person always has the same address, and two never have one, though addresses know no capitals and servers fold
 * more than we do: what might be folded is told apart by a digest.
 */
import { createHash } from 'node:crypto';
import type { Author } from '../../../hub/network.ts';

/** The longest part of an address that is made from a user's id as it is, characters. */
const READABLE_LIMIT = 64;
/** How much of an id is kept for people to read where a digest follows. */
const SLUG_LIMIT = 32;
/** 64 bits of it: whoever chooses their own id on another network still finds no second one. */
const DIGEST_CHARACTERS = 16;
/** Stands before a digest and in no id that has none. */
const DIGEST_MARK = '~';

/** The characters that an address cannot have. @see XEP-0106 §4 */
const ESCAPED = /[ "&'/:<>@\\]/g;
/** What every server leaves as it is, beside what is escaped. */
const UNCHANGED = /^(?:[a-z0-9._+=#-]|\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Hangul})*$/u;
const CHANGED = /[^a-z0-9._+=#\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul} "&'/:<>@\\-]/gu;

/** The part before the `@` of an author's address. */
export function toPuppetLocal({ account, user }: Pick<Author, 'account' | 'user'>): string {
  const isReadable =
    user !== '' &&
    user.length <= READABLE_LIMIT &&
    user.trim() === user &&
    user.normalize('NFKC') === user &&
    UNCHANGED.test(user.replace(ESCAPED, ''));
  if (isReadable) return `${account}.${escape(user)}`;
  const slug = user.normalize('NFKC').toLowerCase().replace(CHANGED, '').slice(0, SLUG_LIMIT).trim();
  const digest = createHash('sha256').update(user).digest('hex').slice(0, DIGEST_CHARACTERS);
  return `${account}.${escape(slug)}${DIGEST_MARK}${digest}`;
}

function escape(text: string): string {
  return text.replace(ESCAPED, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
