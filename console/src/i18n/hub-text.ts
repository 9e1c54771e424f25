/**
 * The hub speaks English. What it says by fixed sentences is put into the language of the page here, sentence by
 * sentence, with all that stands in them: what a sentence has in braces is taken over. What is not known stays English.
 */

/** A sentence of the hub's and the same in another language: `{name}` stands for anything, see `kinds`. */
export type Sentence = readonly [english: string, translated: string];

/**
 * What a place in a sentence may hold, by its name without the digits behind it: a number, an address, a word. What is
 * held by `why` is a sentence itself, which may be unknown, and by `known` one that must not. All others hold anything.
 */
const kinds: Readonly<Record<string, string>> = {
  n: String.raw`\d[\d.,]*`,
  jid: String.raw`[^\s:;]+@[^\s:;]+`,
  word: String.raw`\S+`,
};
const anything = '[^]+?';
const place = /\{([a-z]+)(\d*)\}/g;

interface Pattern {
  expression: RegExp;
  translated: string;
  /** Characters that are fixed: the more, the surer. */
  fixed: number;
}

function toPattern([english, translated]: Sentence): Pattern {
  const literal = english.split(place);
  // split() hands out the text, then the name and the digits of the place behind it, and so on.
  let expression = '';
  let fixed = 0;
  for (let index = 0; index < literal.length; index += 3) {
    const text = literal[index] ?? '';
    fixed += text.length;
    expression += text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    const name = literal[index + 1];
    if (name !== undefined) expression += `(?<${name}${literal[index + 2]}>${kinds[name] ?? anything})`;
  }
  return { expression: new RegExp(`^${expression}$`), translated, fixed };
}

/** Texts whose translation is kept; a screen shows the same few again and again. */
const keptTexts = 500;
/** A sentence within a sentence within one. */
const depthLimit = 5;
/** Sentences in a row. */
const rowLimit = 30;
/** Beyond this it is not one of ours. */
const lengthLimit = 2000;

/** A translator by these sentences; it answers a text that none fits as it is. */
export function createTranslator(sentences: readonly Sentence[]): (text: string) => string {
  const patterns = sentences.map(toPattern).toSorted((a, b) => b.fixed - a.fixed);
  const kept = new Map<string, string>();

  function findSentence(text: string, depth: number): string | undefined {
    for (const { expression, translated } of patterns) {
      const match = expression.exec(text);
      if (match === null) continue;
      const held = translateHeld(match.groups ?? {}, depth + 1);
      if (held === undefined) continue;
      return translated.replace(place, (_, name: string, digits: string) => held[name + digits] ?? '');
    }
    return undefined;
  }

  /** What stands at a sentence's places; undefined where a part that has to be known is not. */
  function translateHeld(
    groups: Readonly<Record<string, string>>,
    depth: number,
  ): Record<string, string> | undefined {
    const held: Record<string, string> = { ...groups };
    for (const [name, text] of Object.entries(groups)) {
      if (!/^(why|known)/.test(name)) continue;
      const translated = translate(text, depth);
      if (translated === text && name.startsWith('known')) return undefined;
      held[name] = translated;
    }
    return held;
  }

  /** Several sentences with semicolons between; undefined where not each is one. */
  function translateRow(text: string, depth: number): string | undefined {
    const parts = text.split('; ');
    if (parts.length === 1 || parts.length > rowLimit) return undefined;
    const found: string[] = [];
    // A sentence may hold a semicolon itself.
    let begun = '';
    for (const part of parts) {
      const whole = begun + part;
      const sentence = findSentence(whole, depth);
      begun = sentence === undefined ? `${whole}; ` : '';
      if (sentence !== undefined) found.push(sentence);
    }
    return begun === '' && found.length > 1 ? found.join('；') : undefined;
  }

  function translate(text: string, depth: number): string {
    if (depth > depthLimit || text.length > lengthLimit) return text;
    return translateRow(text, depth) ?? findSentence(text, depth) ?? text;
  }

  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const translated = translate(text, 0);
    if (kept.size >= keptTexts) kept.clear();
    kept.set(text, translated);
    return translated;
  };
}
