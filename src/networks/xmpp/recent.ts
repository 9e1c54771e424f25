/**
 * The recent messages of one room, by both of their ids. In a room a correction names the id its sender chose, while
 * removals, answers and reactions name the one the room gave; the hub knows only the latter. Bounded; filled anew
 * from the archive after a restart.
 */

/** What is remembered of a message. */
export interface RecentMessage {
  /** The id that the hub knows it by. */
  native: string;
  /** The sender's user id, as reported. */
  sender: string;
  nick: string;
  /** The id that the sender chose. */
  origin: string | undefined;
}

/** Messages remembered of one room. */
const RECENT_LIMIT = 2000;

export class RecentMessages {
  readonly #byNative = new Map<string, RecentMessage>();
  readonly #byOrigin = new Map<string, RecentMessage>();

  get empty(): boolean {
    return this.#byNative.size === 0;
  }

  add(message: RecentMessage): void {
    this.#byNative.set(message.native, message);
    if (message.origin !== undefined) this.#byOrigin.set(toKey(message.sender, message.origin), message);
    if (this.#byNative.size <= RECENT_LIMIT) return;
    const oldest = this.#byNative.values().next().value;
    if (!oldest) return;
    this.#byNative.delete(oldest.native);
    if (oldest.origin === undefined) return;
    const key = toKey(oldest.sender, oldest.origin);
    if (this.#byOrigin.get(key) === oldest) this.#byOrigin.delete(key);
  }

  byNative(native: string): RecentMessage | undefined {
    return this.#byNative.get(native);
  }

  /** The message to which its own sender gave this id: nobody else's counts, whatever id it claims. */
  byOrigin(sender: string, origin: string): RecentMessage | undefined {
    return this.#byOrigin.get(toKey(sender, origin));
  }
}

function toKey(sender: string, origin: string): string {
  return `${sender}\n${origin}`;
}
