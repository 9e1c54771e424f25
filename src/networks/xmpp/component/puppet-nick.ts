/**
 * The nicks that somebody from another network may have in a room, one after the other until the room takes one: the
 * name as the account's settings show it, then with where it is from if that does not tell, then with a number.
 */
import type { Author } from '../../../hub/network.ts';
import type { StanzaErrorCondition } from '../../../wire/xmpp/stanza-error.ts';
import { toSafeNick } from '../nick.ts';

/** Longest name in a nick, characters. */
const NAME_LIMIT = 64;
/** Numbers tried on a nick that is taken. */
const NUMBER_LIMIT = 20;
/** The name of whom nothing is left that a nick may have. */
const NAMELESS = 'someone';

export class PuppetNick {
  readonly #account: string;
  readonly #format: string;
  readonly #names: string[];
  /** 0 is the name alone, 1 with the account, more with a number. */
  #attempt = 0;

  /** @param format with `{nick}`, and perhaps `{account}` */
  constructor({ name, account, user }: Author, format: string) {
    this.#account = account;
    this.#format = format;
    const names = [name, user, NAMELESS].map((each) =>
      [...toSafeNick(each)].slice(0, NAME_LIMIT).join('').trim(),
    );
    this.#names = names.filter((each) => each !== '');
  }

  get current(): string {
    if (this.#attempt === 0) return this.#alone;
    return this.#attempt === 1 ? this.#placed : `${this.#placed}_${this.#attempt}`;
  }

  /** Whether this is a nick that it may have come to. */
  mayBe(nick: string): boolean {
    return nick === this.#alone || nick === this.#placed || nick.startsWith(`${this.#placed}_`);
  }

  /** The room refused the nick for this reason. Whether there is another one to try. */
  refuse(condition: StanzaErrorCondition): boolean {
    if (condition === 'conflict') {
      this.#attempt += this.#attempt === 0 && this.#format.includes('{account}') ? 2 : 1;
      return this.#attempt <= NUMBER_LIMIT;
    }
    const forbidden = condition === 'jid-malformed' || condition === 'bad-request';
    if (!forbidden || this.#names.length < 2) return false;
    this.#names.shift();
    return true;
  }

  get #alone(): string {
    const values: Record<string, string> = { nick: this.#names[0] ?? NAMELESS, account: this.#account };
    return this.#format.replace(/\{(nick|account)\}/g, (_, key: string) => values[key] ?? '');
  }

  get #placed(): string {
    return this.#format.includes('{account}') ? this.#alone : `${this.#alone}@${this.#account}`;
  }
}
