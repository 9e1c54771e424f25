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
    const values: Record<string, string> = { nick: this.#names[0] ?? NAMELESS, account: this.#account };
    const name = this.#format.replace(/\{(nick|account)\}/g, (_, key: string) => values[key] ?? '');
    if (this.#attempt === 0) return name;
    const placed = this.#format.includes('{account}') ? name : `${name}@${this.#account}`;
    return this.#attempt === 1 ? placed : `${placed}_${this.#attempt}`;
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
}
