/** Who may not become a member, through restarts. */
import type { AccountStore } from '../../../hub/network.ts';

const KEY_PREFIX = 'club/ban/';

export interface Ban {
  /** Bare. */
  readonly jid: string;
  /** What they were called, where they were members. */
  readonly nick?: string;
  /** The administrator's nick. */
  readonly by: string;
}

export class Bans {
  readonly #bans = new Map<string, Ban>();
  #store: AccountStore | undefined;

  /** A run begins: this is where it keeps things. */
  open(store: AccountStore): void {
    this.#store = store;
  }

  async load(store: AccountStore): Promise<void> {
    for (const [key, value] of await store.list(KEY_PREFIX)) {
      const { nick, by } = JSON.parse(value) as Record<string, unknown>;
      const jid = key.slice(KEY_PREFIX.length);
      this.#bans.set(jid, {
        jid,
        by: typeof by === 'string' ? by : '',
        ...(typeof nick === 'string' && { nick }),
      });
    }
  }

  [Symbol.iterator](): IterableIterator<Ban> {
    return this.#bans.values();
  }

  has(jid: string): boolean {
    return this.#bans.has(jid);
  }

  /** Resolves when it is durable. */
  async add(ban: Ban): Promise<void> {
    this.#bans.set(ban.jid, ban);
    const { jid, ...rest } = ban;
    await this.#store?.set(KEY_PREFIX + jid, JSON.stringify(rest));
  }

  /** Lifts the ban of this JID, or of who had this nick. Answers the JID; resolves when it is durable. */
  async lift(jidOrNick: string): Promise<string | undefined> {
    const ban = this.#bans.get(jidOrNick) ?? [...this.#bans.values()].find(({ nick }) => nick === jidOrNick);
    if (!ban) return undefined;
    this.#bans.delete(ban.jid);
    await this.#store?.set(KEY_PREFIX + ban.jid, undefined);
    return ban.jid;
  }
}
