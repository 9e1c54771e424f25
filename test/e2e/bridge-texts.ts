/** What is said in the tests of the whole bridge: long Chinese messages, each with a tag by which it is known again. */
import { createRandom } from '../simulation/virtual-clock.ts';

/** How many characters a message has behind its tag. */
const LENGTH_MAX = 3000;
const LAST_CHARACTER = '。！？…字𠮷';
const PUNCTUATION = '，。、；：？！“”《》（）…— aZ09&<>';

/** Random messages that a seed repeats. */
export class Texts {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  /** A whole number from 0 to below the limit. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /**
   * So many messages of 1 to 3000 characters, both lengths among them.
   *
   * @param lines some of them go over several lines
   */
  messages(count: number, { lines }: { lines: boolean }): string[] {
    return Array.from({ length: count }, (_, index) => {
      const length = index === 0 ? 1 : index === 1 ? LENGTH_MAX : 1 + this.below(LENGTH_MAX);
      return this.#message(length, lines && this.below(3) > 0);
    });
  }

  #message(length: number, lines: boolean): string {
    let text = '';
    for (let at = 0; at < length - 1; at += 1) text += this.#character(lines);
    // What ends in a space or a line end may lose it on the way, rightly.
    return text + [...LAST_CHARACTER][this.below([...LAST_CHARACTER].length)];
  }

  #character(lines: boolean): string {
    const which = this.below(100);
    if (which < 90) return String.fromCodePoint(0x4e00 + this.below(0x51a5));
    if (which < 92) return String.fromCodePoint(0x20000 + this.below(0xa6d7));
    if (lines && which < 94) return '\n';
    return PUNCTUATION[this.below(PUNCTUATION.length)]!;
  }
}

/** The tag before a message: its number, and which try it is where it is said again. */
export function toTagged(number: number, attempt: number, text: string): string {
  return `#${number}.${attempt} ${text}`;
}

/** The tag of a message, wherever in it; undefined where it has none. */
export function readTag(text: string): string | undefined {
  return /#\d+\.\d+(?= )/.exec(text)?.[0];
}

/** How many of a list were there before. */
export function countCopies(list: readonly string[]): number {
  return list.length - new Set(list).size;
}
