/** How far users have read, room by room, through restarts. */
import type { AccountStore } from '../../hub/network.ts';

export class ReadMarks {
  readonly #store: AccountStore;

  constructor(store: AccountStore) {
    this.#store = store;
  }

  /** The last message that a user has read, by room. */
  async of(user: string): Promise<Map<string, string>> {
    const prefix = toPrefix(user);
    const entries = await this.#store.list(prefix);
    return new Map(entries.map(([key, id]) => [decodeURIComponent(key.slice(prefix.length)), id]));
  }

  async get(user: string, room: string): Promise<string | undefined> {
    return this.#store.get(toPrefix(user) + encodeURIComponent(room));
  }

  async set(user: string, room: string, id: string): Promise<void> {
    await this.#store.set(toPrefix(user) + encodeURIComponent(room), id);
  }
}

function toPrefix(user: string): string {
  return `read/${encodeURIComponent(user)}/`;
}
