/**
 * Search tokens. Chinese, Japanese and Korean write without spaces between words (or with particles grown onto
 * them), and no dictionary knows the words of a chat: their text is cut into overlapping pairs of characters, so
 * that any two or more neighbouring characters are found. Everything else is cut into words.
 *
 * Each character of such a run starts exactly one token: itself with the one after it, or itself alone at the
 * end. So a run of several characters is a phrase of its pairs, and a single character is a prefix.
 */

/** Text beyond this many UTF-16 code units of a message is not searched for. */
const indexedTextLimit = 20_000;
/** Text beyond this many UTF-16 code units of a query is left out. */
const queryTextLimit = 500;
/** A longer word is known by this many of its first UTF-16 code units. */
const wordLimit = 64;

const unspaced =
  '[[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Bopomofo}]&&[\\p{L}\\p{N}\\p{M}]]';
const runs = new RegExp(`(${unspaced}+)|(?:(?!${unspaced})[\\p{L}\\p{N}\\p{M}])+`, 'gv');

interface Run {
  text: string;
  spaced: boolean;
}

function* toRuns(text: string): Generator<Run> {
  for (const match of text.toWellFormed().normalize('NFKC').toLowerCase().matchAll(runs)) {
    yield match[1] === undefined
      ? { text: truncate(match[0], wordLimit), spaced: true }
      : { text: match[1], spaced: false };
  }
}

function truncate(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, limit).toWellFormed();
}

/** The tokens by which a text is found, joined by spaces. Never holds a character that FTS5 would split at. */
export function toIndexTokens(text: string): string {
  const tokens: string[] = [];
  for (const run of toRuns(truncate(text, indexedTextLimit))) {
    if (run.spaced) {
      tokens.push(run.text);
      continue;
    }
    const characters = [...run.text];
    for (const [index, character] of characters.entries()) {
      tokens.push(character + (characters[index + 1] ?? ''));
    }
  }
  return tokens.join(' ');
}

/**
 * An FTS5 expression that asks for all words of a text, in any order, and for each unspaced run as it is written.
 * `undefined` when the text holds nothing that could be found.
 */
export function toMatchExpression(text: string): string | undefined {
  const terms = new Set<string>();
  for (const run of toRuns(truncate(text, queryTextLimit))) {
    if (run.spaced) {
      terms.add(`"${run.text}"`);
      continue;
    }
    const characters = [...run.text];
    const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`);
    terms.add(pairs.length === 0 ? `"${run.text}" *` : `"${pairs.join(' ')}"`);
  }
  return terms.size === 0 ? undefined : [...terms].join(' AND ');
}
