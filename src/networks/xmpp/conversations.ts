/**
 * Who the account is talking to, as far as the hub has to do with it, and what was said there last. What a person who
 * shares the account says to others from another client is none of the hub's business, so it is known, through
 * restarts, whose conversations are.
 */
import type { Log } from '../../hub/log.ts';
import type { AccountStore } from '../../hub/network.ts';
import type { Memory } from './convert.ts';
import { SeenReactions } from './reactions.ts';
import { RecentMessages } from './recent.ts';

/** Conversations whose recent messages are remembered. */
const MEMORIES_LIMIT = 200;
/** Conversations known; the ones known for longest are forgotten first. */
const KNOWN_LIMIT = 1000;
const KNOWN_KEY = 'conversations';

/** What a conversation remembers. */
export interface ConversationMemory extends Memory {
  /** What was said in it before now has been looked for. */
  recalled?: Promise<void>;
}

export class Conversations {
  readonly #memories = new Map<string, ConversationMemory>();
  readonly #known = new Set<string>();
  #linked: ReadonlySet<string> = new Set();
  #store: AccountStore | undefined;
  #log: Log | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** A run begins. */
  async open(store: AccountStore, log: Log): Promise<void> {
    const value = await store.get(KNOWN_KEY);
    const earlier = value === undefined ? [] : (JSON.parse(value) as string[]);
    const meanwhile = [...this.#known];
    this.#known.clear();
    for (const each of [...earlier, ...meanwhile]) this.#known.add(each);
    this.#store = store;
    this.#log = log;
  }

  /** The run is over. Resolves when what is known is stored. */
  async close(): Promise<void> {
    this.#store = undefined;
    await this.#writing;
  }

  /** These rooms are linked now; persons may be among them. */
  watch(rooms: readonly string[]): void {
    this.#linked = new Set(rooms);
  }

  /** Whether the hub has to do with it. */
  has(conversation: string): boolean {
    return this.#linked.has(conversation) || this.#known.has(conversation);
  }

  /** The hub has been told of it, or has said something in it. */
  note(conversation: string): void {
    if (this.#known.has(conversation)) return;
    this.#known.add(conversation);
    const [oldest] = this.#known;
    if (this.#known.size > KNOWN_LIMIT && oldest !== undefined) this.#known.delete(oldest);
    const [store, value] = [this.#store, JSON.stringify([...this.#known])];
    if (!store) return;
    this.#writing = this.#writing
      .then(() => store.set(KNOWN_KEY, value))
      .catch((error: unknown) =>
        // It is noted again with the next one.
        this.#log?.warn({ err: error }, 'who is being talked to could not be stored'),
      );
  }

  memory(conversation: string): ConversationMemory {
    const memory = this.#memories.get(conversation) ?? {
      recent: new RecentMessages(),
      reactions: new SeenReactions(),
    };
    this.#memories.delete(conversation);
    this.#memories.set(conversation, memory);
    const [oldest] = this.#memories.keys();
    if (this.#memories.size > MEMORIES_LIMIT && oldest !== undefined) this.#memories.delete(oldest);
    return memory;
  }
}
