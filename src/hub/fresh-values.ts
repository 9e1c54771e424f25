/**
 * The journal's key-value store for those who ask for the same value with every request: who a token's or a session's
 * owner is. What was read is known for half a second; what is changed through here counts at once, and what another
 * process changes (the command line revokes a token) when that half second is over.
 */
import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import { RecentMap } from './recent-map.ts';

type Store = Pick<Journal, 'get' | 'set' | 'list'>;

/** How long a value that was read is told again. */
export const freshMs = 500;
/** Values that are known at a time. Callers with made-up tokens push out others, which costs a read. */
const knownValues = 1_000;

interface Read {
  value: Promise<string | undefined>;
  /** The value, once it is there. */
  told?: string | undefined;
  /** Monotonic milliseconds, when it was asked for. */
  atMs: number;
}

export class FreshValues implements Store {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #known = new RecentMap<Read>(knownValues);

  constructor(store: Store, clock: Pick<Clock, 'monotonicMs'>) {
    this.#store = store;
    this.#clock = clock;
  }

  get(key: string): Promise<string | undefined> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(key);
    if (known && nowMs - known.atMs < freshMs) return known.value;
    const read: Read = { value: this.#store.get(key), atMs: nowMs };
    this.#known.set(key, read);
    read.value.then(
      (value) => {
        read.told = value;
      },
      () => {
        // Told to who asked; who asks next has it read again.
        if (this.#known.get(key) === read) this.#known.delete(key);
      },
    );
    return read.value;
  }

  /** What `get` would tell, where that is known at once; undefined also where it has to be asked for. */
  known(key: string): string | undefined {
    const known = this.#known.get(key);
    return known && this.#clock.monotonicMs() - known.atMs < freshMs ? known.told : undefined;
  }

  async set(entries: Parameters<Store['set']>[0]): Promise<void> {
    // The journal keeps its operations in order: what is read from now on is what is being written.
    const writing = this.#store.set(entries);
    for (const [key] of entries) this.#known.delete(key);
    await writing;
  }

  list(prefix: string): Promise<[key: string, value: string][]> {
    return this.#store.list(prefix);
  }
}
