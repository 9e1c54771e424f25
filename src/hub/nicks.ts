/**
 * Which names people of hutong's own rooms can have (the house, a club), and when two names are the same. A name must
 * be one visible word that cannot be taken for a foreigner's (`nick@account`), for the system, or for somebody else's.
 */
import { CommandError } from './commands.ts';

/** The longest name, in characters. */
const nickLimit = 32;

/** Letters, figures, symbols and emoji of any script; no `@`, no spaces, no brackets, no quotes, no colons. */
const nickPattern = /^[\p{L}\p{N}\p{So}_][\p{L}\p{M}\p{N}\p{So}_.\-'|^~+]*$/u;
/** Characters that count as letters or symbols but show nothing. */
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
const mark = /\p{M}/gu;
/** More marks than this on one letter reach into other lines. */
const tooManyMarks = /\p{M}{4,}/u;

const reserved = ['system', 'server', 'admin', 'all', 'everyone', 'here'];

/** Cyrillic and Greek letters that look like Latin ones, after lower-casing. */
const lookAlikes: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  е: 'e',
  ё: 'e',
  һ: 'h',
  і: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  ѕ: 's',
  т: 't',
  у: 'y',
  х: 'x',
  ԁ: 'd',
  ԛ: 'q',
  ԝ: 'w',
  α: 'a',
  ε: 'e',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
};

/**
 * What two names have in common when people cannot tell them apart: capitals, widths, invisible characters and the
 * usual look-alikes make no difference.
 */
export function toNickKey(nick: string): string {
  const folded = nick.normalize('NFKC').replace(invisible, '').toUpperCase().toLowerCase().normalize('NFKC');
  return Array.from(folded, (letter) => lookAlikes[letter] ?? letter).join('');
}

/**
 * The name in normal form. Throws a `CommandError` that says what is wrong with it.
 *
 * @param placeName what the place calls itself: nobody there may
 */
export function parseNick(typed: string, placeName: string): string {
  const nick = typed.normalize('NFC');
  if (/\s/.test(nick)) throw new CommandError('A name is one word, without spaces; please try another');
  if (nick.includes('@')) {
    throw new CommandError('A name has no @ in it, that is for people of other networks; please try another');
  }
  if (nick.search(invisible) !== -1 || !nickPattern.test(nick) || tooManyMarks.test(nick)) {
    throw new CommandError('A name is made of letters, figures and _ . - only; please try another');
  }
  if (Array.from(nick).length > nickLimit) {
    throw new CommandError(`A name has at most ${nickLimit} characters; please try another`);
  }
  if (isReserved(nick, placeName)) throw new CommandError(`The name ${nick} is reserved; please try another`);
  return nick;
}

function isReserved(nick: string, placeName: string): boolean {
  const skeleton = toSkeleton(nick);
  return [...reserved, placeName].some((name) => toSkeleton(name) === skeleton);
}

/** Coarser than the key: also without marks and with figures read as the letters that they look like. */
function toSkeleton(name: string): string {
  const bare = toNickKey(name.normalize('NFKD').replace(mark, ''));
  return bare.replaceAll('0', 'o').replaceAll(/[1|]/g, 'l').replaceAll('5', 's').replaceAll('3', 'e');
}
