/**
 * OneBot knows people, groups and bots by numbers, networks know them by texts. A number is given when somebody is first
 * seen, is unique in the whole hub, stays through restarts, and leads back to its account.
 */
import type { Journal } from '../../hub/journal.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { AccountId, RoomRef, User } from '../../hub/message.ts';

/** Whom or what a number stands for. */
export type Numbered =
  /** An account of the hub; without one the hub as a whole. */
  | { kind: 'self'; account?: AccountId }
  /** `name` is as it was when the number was given. */
  | { kind: 'user'; account: AccountId; id: string; name: string }
  | { kind: 'group'; room: RoomRef };

type Store = Pick<Journal, 'get' | 'set' | 'list'>;

const nextKey = 'onebot/next';
/** `onebot/number/N` has what N stands for, `onebot/of/…` the number of something. */
const numberPrefix = 'onebot/number/';
const ofPrefix = 'onebot/of/';
/** Larger than what bots take for system accounts, far below 2^53. */
const firstNumber = 1_000_001;
/** Numbers and names in memory; the others are read from the journal. */
const remembered = 50_000;

export class Numbers {
  readonly #store: Store;
  readonly #numbers = new RecentMap<number>(remembered);
  readonly #names = new RecentMap<string>(remembered);
  readonly #underWay = new Map<string, Promise<number>>();
  readonly #asked: Asked[] = [];
  #giving = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param account none: the hub as a whole */
  self(account: AccountId | undefined): Promise<number> {
    const self: Numbered = { kind: 'self', ...(account !== undefined && { account }) };
    return this.#numberOf(`self/${account ?? ''}`, self);
  }

  async user(account: AccountId, { id, name }: User): Promise<number> {
    const number = await this.#numberOf(`user/${account}/${id}`, { kind: 'user', account, id, name });
    const key = String(number);
    if (this.#names.get(key) !== name) this.#names.set(key, name);
    return number;
  }

  group(room: RoomRef): Promise<number> {
    return this.#numberOf(`group/${room}`, { kind: 'group', room });
  }

  /** Undefined where nobody has this number. A person has the newest name that is known. */
  async find(number: number): Promise<Numbered | undefined> {
    const text = await this.#store.get(numberPrefix + number);
    if (text === undefined) return undefined;
    const found = JSON.parse(text) as Numbered;
    return found.kind === 'user' ? { ...found, name: this.#names.get(String(number)) ?? found.name } : found;
  }

  async #numberOf(key: string, what: Numbered): Promise<number> {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    let finding = this.#underWay.get(key);
    if (!finding) {
      finding = this.#findOrGive(key, what).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, finding);
    }
    const number = await finding;
    this.#numbers.set(key, number);
    return number;
  }

  async #findOrGive(key: string, what: Numbered): Promise<number> {
    return (await this.#read(key)) ?? this.#give(key, what);
  }

  async #read(key: string): Promise<number | undefined> {
    const text = await this.#store.get(ofPrefix + key);
    return text === undefined ? undefined : Number(text);
  }

  /** What is asked for at the same time, such as all members of a group, is written at once. */
  #give(key: string, what: Numbered): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#asked.push({ key, what, resolve, reject });
    if (!this.#giving) void this.#giveAll();
    return promise;
  }

  /** One batch after the other, so that no number is given twice. Never rejects: whoever asked is told. */
  async #giveAll(): Promise<void> {
    this.#giving = true;
    while (this.#asked.length > 0) {
      const batch = this.#asked.splice(0);
      try {
        const first = Number((await this.#store.get(nextKey)) ?? firstNumber);
        await this.#store.set([
          [nextKey, String(first + batch.length)],
          ...batch.flatMap(({ key, what }, index): [string, string][] => [
            [numberPrefix + (first + index), JSON.stringify(what)],
            [ofPrefix + key, String(first + index)],
          ]),
        ]);
        for (const [index, { resolve }] of batch.entries()) resolve(first + index);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#giving = false;
  }
}

/** Somebody who has no number yet. */
interface Asked {
  key: string;
  what: Numbered;
  readonly resolve: (number: number) => void;
  readonly reject: (error: unknown) => void;
}
