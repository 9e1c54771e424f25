/**
 * Named consumers: how far a program has acknowledged, kept by the hub for programs that have no place of their own to
 * keep a cursor. A consumer takes nothing from anybody: it is a mark in the one order of events.
 */
import type { Clock } from '../../../hub/clock.ts';
import type { Journal } from '../../../hub/journal.ts';
import type { Position } from '../../../hub/message.ts';
import { RestError } from '../problems.ts';

const prefix = 'consumer/';
/** Consumers of one token or user. */
const consumersPerOwner = 100;

export interface Consumer {
  name: string;
  /** The token or user that it belongs to, as `toPoster` names it. */
  owner: string;
  /** Everything up to here was acknowledged. */
  position: Position;
  /** Milliseconds since the epoch. */
  changedAt: number;
}

export class Consumers {
  readonly #store: Pick<Journal, 'get' | 'set' | 'list'>;
  readonly #clock: Pick<Clock, 'now'>;
  /** All of them: they are few, and an acknowledgement has to be compared before it is written. */
  readonly #known: Map<string, Consumer>;

  private constructor(
    store: Pick<Journal, 'get' | 'set' | 'list'>,
    clock: Pick<Clock, 'now'>,
    known: Map<string, Consumer>,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#known = known;
  }

  static async load(
    store: Pick<Journal, 'get' | 'set' | 'list'>,
    clock: Pick<Clock, 'now'>,
  ): Promise<Consumers> {
    const entries = await store.list(prefix);
    return new Consumers(
      store,
      clock,
      new Map(entries.map(([key, value]) => [key, JSON.parse(value) as Consumer])),
    );
  }

  /** Those of an owner, or all, by name. */
  list(owner?: string): Consumer[] {
    return [...this.#known.values()]
      .filter((consumer) => owner === undefined || consumer.owner === owner)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(owner: string, name: string): Consumer | undefined {
    return this.#known.get(toKey(owner, name));
  }

  /** Resolves when it is durable: the consumer, which begins behind `position` when there was none of that name. */
  async open(owner: string, name: string, position: Position): Promise<Consumer> {
    const known = this.find(owner, name);
    if (known) return known;
    if (this.list(owner).length >= consumersPerOwner) {
      throw new RestError(
        'too-many',
        `${owner} has ${consumersPerOwner} consumers already: delete one of them`,
      );
    }
    return this.#write({ owner, name, position, changedAt: this.#clock.now() });
  }

  /**
   * Resolves when it is durable. Moves only forward: an acknowledgement that was overtaken by a later one changes
   * nothing. Rejects with `consumer-unknown`.
   */
  async acknowledge(owner: string, name: string, position: Position): Promise<Consumer> {
    const known = this.find(owner, name);
    if (!known) throw unknown(name);
    if (position <= known.position) return known;
    return this.#write({ ...known, position, changedAt: this.#clock.now() });
  }

  /** Rejects with `consumer-unknown`. */
  async remove(owner: string, name: string): Promise<void> {
    const key = toKey(owner, name);
    if (!this.#known.delete(key)) throw unknown(name);
    await this.#store.set([[key, undefined]]);
  }

  async #write(consumer: Consumer): Promise<Consumer> {
    const key = toKey(consumer.owner, consumer.name);
    const before = this.#known.get(key);
    this.#known.set(key, consumer);
    try {
      await this.#store.set([[key, JSON.stringify(consumer)]]);
    } catch (error) {
      if (this.#known.get(key) === consumer) {
        if (before) this.#known.set(key, before);
        else this.#known.delete(key);
      }
      throw error;
    }
    return consumer;
  }
}

function toKey(owner: string, name: string): string {
  return `${prefix}${owner}/${name}`;
}

function unknown(name: string): RestError {
  return new RestError('consumer-unknown', `there is no consumer "${name}"`);
}
