/**
 * The nicks to ask a room for, one after the other, until it takes one. Servers differ in what they allow (an emoji
 * is refused, full-width letters are folded), so the name that counts is the one the room's own presence tells.
 */
import type { StanzaErrorCondition } from '../../wire/xmpp/stanza-error.ts';

/** What stands in for a nick of which nothing is allowed. */
const LAST_RESORT = 'hutong';
/** Suffixes tried on a nick that is taken. */
const SUFFIX_LIMIT = 20;

/** Letters, digits, marks, punctuation and plain spaces: what every server lets pass. */
export function toSafeNick(nick: string): string {
  return nick
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{P} ]/gu, '')
    .replaceAll(/^[\p{M} ]+| +$/gu, '')
    .replaceAll(/ {2,}/g, ' ');
}

export class NickChoice {
  #bases: string[];
  #suffix = 1;

  /** @param spare the nick to take where nothing of the wished one is allowed */
  constructor(wished: string, spare: string) {
    const candidates = [wished, toSafeNick(wished), toSafeNick(spare), LAST_RESORT];
    this.#bases = [...new Set(candidates.filter((nick) => nick !== ''))];
  }

  /** The nick to ask for now. */
  get current(): string {
    const base = this.#bases[0] ?? LAST_RESORT;
    return this.#suffix === 1 ? base : `${base}_${this.#suffix}`;
  }

  /** The room refused the nick for this reason. Whether there is another one to try. */
  refuse(condition: StanzaErrorCondition): boolean {
    if (condition === 'conflict' && this.#suffix < SUFFIX_LIMIT) {
      this.#suffix += 1;
      return true;
    }
    const forbidden =
      condition === 'jid-malformed' || condition === 'bad-request' || condition === 'not-acceptable';
    if (forbidden && this.#bases.length > 1) {
      this.#bases.shift();
      return true;
    }
    return false;
  }

  /** Starts over: a nick that was taken may be free by now. What is forbidden stays so. */
  reset(): void {
    this.#suffix = 1;
  }
}
