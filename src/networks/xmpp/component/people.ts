/**
 * Who the puppets stand for, through restarts: a message that comes to a puppet's address is for that person. Nobody
 * can be written to who was not seen here, whatever addresses somebody makes up.
 */
import type { Clock } from '../../../hub/clock.ts';
import type { AccountStore, Author } from '../../../hub/network.ts';
import { toPuppetLocal } from './puppet-jid.ts';

/** People that are remembered; those who were seen last stay. */
const PEOPLE_LIMIT = 10_000;
/** How exactly it is known when somebody was seen. */
const NOTE_EVERY_MS = 24 * 3_600_000;
const KEY_PREFIX = 'person/';

interface Seen extends Author {
  /** Milliseconds since the epoch. */
  at: number;
}

export class People {
  readonly #clock: Clock;
  /** By the part of the address before the `@`; who was noted first comes first. */
  readonly #people = new Map<string, Seen>();
  readonly #noting = new Map<string, Promise<void>>();
  #store: AccountStore | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A run begins. Resolves when everybody is known whom earlier processes knew. */
  async open(store: AccountStore): Promise<void> {
    const isFirst = this.#store === undefined;
    this.#store = store;
    if (!isFirst) return;
    const found = (await store.list(KEY_PREFIX))
      .map(([key, value]): [string, Seen] => [key.slice(KEY_PREFIX.length), JSON.parse(value) as Seen])
      .toSorted(([, a], [, b]) => a.at - b.at);
    for (const [local, seen] of found) this.#people.set(local, seen);
    await this.#forgetSurplus(store);
  }

  find(local: string): Author | undefined {
    return this.#people.get(local);
  }

  /** Resolves when it is durable who is behind the author's address; undefined where it is already. */
  note({ name, account, user }: Author): Promise<void> | undefined {
    const local = toPuppetLocal({ account, user });
    const known = this.#people.get(local);
    const at = this.#clock.now();
    if (known && known.name === name && at - known.at < NOTE_EVERY_MS) return undefined;
    const noting = this.#noting.get(local) ?? this.#note(local, { name, account, user, at });
    this.#noting.set(local, noting);
    return noting;
  }

  async #note(local: string, seen: Seen): Promise<void> {
    try {
      await this.#store?.set(KEY_PREFIX + local, JSON.stringify(seen));
      this.#people.delete(local);
      this.#people.set(local, seen);
      if (this.#store) await this.#forgetSurplus(this.#store);
    } finally {
      this.#noting.delete(local);
    }
  }

  async #forgetSurplus(store: AccountStore): Promise<void> {
    for (const local of this.#people.keys()) {
      if (this.#people.size <= PEOPLE_LIMIT) return;
      this.#people.delete(local);
      await store.set(KEY_PREFIX + local, undefined);
    }
  }
}
