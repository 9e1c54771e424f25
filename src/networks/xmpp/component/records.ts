/**
 * What is written down of the puppets of one room, so that a process that comes after a crash knows whom to call back
 * from the room, and which occupants there were ours.
 */
import type { AccountStore } from '../../../hub/network.ts';

/** Puppets remembered of one room: whoever may have said something that is still to be caught up with. */
const RECORDS_LIMIT = 1000;
/** Occupant ids remembered of one of them. */
const IDS_LIMIT = 4;

/** One puppet, by the part of its address before the `@`. */
interface PuppetRecord {
  /** The nick it has, or had last. */
  nick: string;
  /** The occupant ids, newest last. A room that loses its settings gives new ones. */
  ids: string[];
  inside: boolean;
  /** When it changed, milliseconds since the epoch. */
  at: number;
}

/** What is new of a puppet. */
export interface PuppetChange {
  nick: string;
  inside: boolean;
  occupantId?: string | undefined;
  at: number;
}

export class PuppetRecords {
  readonly #prefix: string;
  readonly #ids = new Set<string>();
  #records: Map<string, PuppetRecord> | undefined;
  #ghosts: string[] = [];
  #store: AccountStore | undefined;

  constructor(room: string) {
    this.#prefix = `puppet/${room}/`;
  }

  /** Reads what earlier processes wrote, once. */
  async open(store: AccountStore): Promise<void> {
    this.#store = store;
    this.#records ??= await this.#read(store);
  }

  /** Whether an occupant id is, or was, a puppet's. */
  hasId(occupantId: string): boolean {
    return this.#ids.has(occupantId);
  }

  nickOf(local: string): string | undefined {
    return this.#records?.get(local)?.nick;
  }

  /** Who an earlier process left behind in the room, with their nicks. */
  get ghosts(): { local: string; nick: string }[] {
    return this.#ghosts.flatMap((local) => {
      const record = this.#records?.get(local);
      return record?.inside ? [{ local, nick: record.nick }] : [];
    });
  }

  /** The ghosts were dealt with. */
  forgetGhosts(): void {
    this.#ghosts = [];
  }

  /** Resolves when it is durable. */
  async note(local: string, { nick, inside, occupantId, at }: PuppetChange): Promise<void> {
    const known = this.#records?.get(local);
    const ids = known?.ids ?? [];
    const isNew = occupantId !== undefined && !ids.includes(occupantId);
    if (known && known.inside === inside && known.nick === nick && !isNew) return;
    const record = { nick, inside, ids: isNew ? [...ids, occupantId].slice(-IDS_LIMIT) : ids, at };
    this.#records?.set(local, record);
    if (isNew) this.#ids.add(occupantId);
    await this.#store?.set(this.#prefix + local, JSON.stringify(record));
  }

  async #read(store: AccountStore): Promise<Map<string, PuppetRecord>> {
    const found = (await store.list(this.#prefix))
      .map(([key, value]): [string, PuppetRecord] => [
        key.slice(this.#prefix.length),
        JSON.parse(value) as PuppetRecord,
      ])
      .toSorted(([, a], [, b]) => b.at - a.at);
    for (const [local] of found.slice(RECORDS_LIMIT)) await store.set(this.#prefix + local, undefined);
    const records = new Map(found.slice(0, RECORDS_LIMIT));
    for (const [local, { ids, inside }] of records) {
      for (const id of ids) this.#ids.add(id);
      if (inside) this.#ghosts.push(local);
    }
    return records;
  }
}
