/**
 * Who writes privately to whom across networks: pairs of people, each with the room in which our account there talks
 * alone with them. It is durable, so that an answer that comes after a restart still finds its way.
 */
import { createHash } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import type { AccountId, RoomRef } from './message.ts';
import { toNickKey } from './nicks.ts';
import { toWhisperName } from './whisper-form.ts';

/** Somebody on a network, by their id there. */
export interface Person {
  account: AccountId;
  user: string;
}

/** One of two who write to each other. */
export interface Correspondent extends Person {
  /** As `toWhisperName` makes it. */
  name: string;
  /** Where our account talks alone with them; what the other one writes is shown there. */
  room: RoomRef;
  /** What the other one calls them: the name, numbered where somebody who writes to the same room has it already. */
  alias: string;
}

/** A correspondent whom the other one does not know yet. */
export type Unnamed = Omit<Correspondent, 'alias'>;

interface Correspondence {
  ends: readonly [Correspondent, Correspondent];
  /** When either last wrote, milliseconds since the epoch, to the hour. */
  usedAt: number;
}

/** How long two who do not write to each other are remembered as correspondents. */
const keepMs = 30 * 24 * 3_600_000;
/** How exact `usedAt` is: not every message is worth a write. */
const noteEveryMs = 3_600_000;
/** Pairs that are remembered; those that have been silent for longest go first. */
const pairsLimit = 10_000;
const keyPrefix = 'whisper/';

type Store = Pick<Journal, 'set' | 'list'>;

export class WhisperBook {
  readonly #store: Store;
  readonly #clock: Clock;
  /** By the pair's key, the least recently used first. */
  readonly #pairs = new Map<string, Correspondence>();
  readonly #byRoom = new Map<RoomRef, Set<string>>();
  #noting: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads what earlier processes wrote, and forgets what is too old. */
  async restore(): Promise<void> {
    const listed = await this.#store.list(keyPrefix);
    const known = listed
      .map(([key, value]): [string, Correspondence] => [key, JSON.parse(value) as Correspondence])
      .toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
    const oldest = this.#clock.now() - keepMs;
    const kept = known.filter(([, { usedAt }]) => usedAt > oldest).slice(-pairsLimit);
    for (const [key, pair] of kept) this.#index(key, pair);
    const gone = known.flatMap(([key]): [string, undefined][] =>
      this.#pairs.has(key) ? [] : [[key, undefined]],
    );
    if (gone.length > 0) await this.#store.set(gone);
  }

  /** Whether somebody elsewhere writes, or wrote, to whoever our account talks with in this room. */
  has(room: RoomRef): boolean {
    return this.#byRoom.has(room);
  }

  /** Those who write to whoever our account talks with in this room, and the one there, who comes second. */
  inRoom(room: RoomRef): { other: Correspondent; here: Correspondent }[] {
    const oldest = this.#clock.now() - keepMs;
    return [...(this.#byRoom.get(room) ?? [])].flatMap((key) => {
      const pair = this.#pairs.get(key);
      if (!pair || pair.usedAt <= oldest) return [];
      const [a, b] = pair.ends;
      return a.room === room ? [{ other: b, here: a }] : [{ other: a, here: b }];
    });
  }

  /** Those who write to this person, who comes first in each pair. */
  of(person: Person): (readonly [Correspondent, Correspondent])[] {
    return [...this.#pairs.values()].flatMap(({ ends: [a, b] }) =>
      isSame(a, person) ? [[a, b] as const] : isSame(b, person) ? [[b, a] as const] : [],
    );
  }

  /** The pair of these two, `a` first. */
  find(a: Person, b: Person): readonly [Correspondent, Correspondent] | undefined {
    const pair = this.#pairs.get(toKey(a, b));
    if (!pair) return undefined;
    const [first, second] = pair.ends;
    return isSame(first, a) ? [first, second] : [second, first];
  }

  /** Notes that `a` writes to `b` now, and where each of them is. Resolves when it is durable. */
  note(a: Unnamed, b: Unnamed): Promise<void> {
    // One after the other: two who come at once under one name are not called the same.
    const noted = this.#noting.then(() => this.#note(a, b));
    this.#noting = noted.catch(() => {
      // Told to whoever notes it; the next one is noted all the same.
    });
    return noted;
  }

  async #note(a: Unnamed, b: Unnamed): Promise<void> {
    const key = toKey(a, b);
    const ends = [this.#named(key, a, b.room), this.#named(key, b, a.room)] as const;
    const known = this.#pairs.get(key);
    const now = this.#clock.now();
    if (known && now - known.usedAt < noteEveryMs && isSamePair(known.ends, ends)) {
      return this.#index(key, known);
    }
    const pair = { ends, usedAt: now };
    const surplus = known || this.#pairs.size < pairsLimit ? undefined : this.#pairs.keys().next().value;
    await this.#store.set([
      [key, JSON.stringify(pair)],
      ...(surplus === undefined ? [] : [[surplus, undefined] as const]),
    ]);
    if (surplus !== undefined) this.#forget(surplus);
    this.#index(key, pair);
  }

  #named(key: string, person: Unnamed, room: RoomRef): Correspondent {
    const name = toWhisperName(person.name);
    const taken = new Set(
      [...(this.#byRoom.get(room) ?? [])].flatMap((other) => {
        const pair = other === key ? undefined : this.#pairs.get(other);
        return pair?.ends.flatMap((end) => (end.room === room ? [] : toNickKey(end.alias))) ?? [];
      }),
    );
    let alias = name;
    for (let number = 2; taken.has(toNickKey(alias)); number += 1) alias = `${name}~${number}`;
    return { ...person, name, alias };
  }

  #index(key: string, pair: Correspondence): void {
    this.#forget(key);
    this.#pairs.set(key, pair);
    for (const { room } of pair.ends) {
      this.#byRoom.set(room, (this.#byRoom.get(room) ?? new Set()).add(key));
    }
  }

  #forget(key: string): void {
    const pair = this.#pairs.get(key);
    this.#pairs.delete(key);
    for (const { room } of pair?.ends ?? []) {
      const keys = this.#byRoom.get(room);
      keys?.delete(key);
      if (keys?.size === 0) this.#byRoom.delete(room);
    }
  }
}

function isSame(a: Person, b: Person): boolean {
  return a.account === b.account && a.user === b.user;
}

function isSamePair(known: Correspondence['ends'], ends: Correspondence['ends']): boolean {
  return ends.every((end) =>
    known.some(
      (each) =>
        isSame(each, end) && each.room === end.room && each.name === end.name && each.alias === end.alias,
    ),
  );
}

/** The same for both orders. */
function toKey(a: Person, b: Person): string {
  const both = [a, b].map(({ account, user }) => JSON.stringify([account, user])).toSorted();
  return keyPrefix + createHash('sha256').update(both.join('\n')).digest('base64url');
}
