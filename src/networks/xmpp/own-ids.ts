/**
 * The occupant ids that we have had in one room, kept durably. A room that loses its settings (a server killed before
 * it wrote them, a room made anew) gives everybody another id, while its archive still shows what we said under the
 * old one: forgotten, our own words would be sent a second time and come back as somebody else's.
 *
 * @see XEP-0421
 */
import type { AccountStore } from '../../hub/network.ts';

/** Ids kept of one room, the last ones: it takes a loss of the room's settings to get another. */
const KEPT = 16;
const KEY_PREFIX = 'own-ids/';

export function toOwnIdsKey(room: string): string {
  return KEY_PREFIX + room;
}

export class OwnIds {
  readonly #key: string;
  #ids: string[] = [];
  #store: AccountStore | undefined;
  #stored: Promise<void> = Promise.resolve();

  constructor(room: string) {
    this.#key = toOwnIdsKey(room);
  }

  /** Resolves when all that was added is durable. Rejects where it could not be kept. */
  get stored(): Promise<void> {
    return this.#stored;
  }

  has(occupantId: string): boolean {
    return this.#ids.includes(occupantId);
  }

  /** Reads what is stored, besides what is known already. */
  async open(store: AccountStore): Promise<void> {
    this.#store = store;
    const value = await store.get(this.#key);
    const known = value === undefined ? [] : (JSON.parse(value) as string[]);
    this.#ids = [...new Set([...known, ...this.#ids])];
    // What an earlier run could not keep is not given up.
    this.#stored = Promise.resolve();
    if (this.#ids.length > known.length) this.#write();
  }

  /** We are known by this id from now on. */
  add(occupantId: string): void {
    if (this.has(occupantId)) return;
    this.#ids = [...this.#ids, occupantId].slice(-KEPT);
    this.#write();
  }

  #write(): void {
    const [store, value] = [this.#store, JSON.stringify(this.#ids)];
    if (!store) return;
    this.#stored = this.#stored.then(() => store.set(this.#key, value));
    // Whoever is to send something waits for it and is told.
    this.#stored.catch(() => {});
  }
}
