/**
 * What the account has said itself, as far as the puppet told it: what a send is known by whose id the puppet did not tell,
 * and what a send of unknown outcome is looked for in. WeChat takes no id of ours.
 */
import type { Clock } from '../../hub/clock.ts';
import { RecentMap } from '../../hub/recent-map.ts';

/** Messages remembered of each conversation, and how many ids have their send. */
const SEEN_LIMIT = 500;
const CONVERSATIONS_LIMIT = 500;
const CLAIMED_LIMIT = 5000;
/** Sends without an id whose message may still be told. */
const NAMELESS_LIMIT = 200;

interface OwnMessage {
  id: string;
  print: string;
  /** When it was told, monotonic. */
  atMs: number;
}

interface Nameless {
  conversation: string;
  print: string;
  atMs: number;
}

/** How long after a send its message may be told. */
const LATE_MS = 120_000;

export class OwnMessages {
  readonly #clock: Clock;
  readonly #seen = new RecentMap<OwnMessage[]>(CONVERSATIONS_LIMIT);
  /** Ids that are receipts of sends: one message is never the outcome of two. */
  readonly #claimed = new RecentMap<string>(CLAIMED_LIMIT);
  readonly #nameless: Nameless[] = [];
  #watchers: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The puppet tells a message of the account's own. */
  saw(conversation: string, id: string, print: string): void {
    const list = this.#seen.get(conversation) ?? [];
    if (list.some((known) => known.id === id)) return;
    list.push({ id, print, atMs: this.#clock.monotonicMs() });
    if (list.length > SEEN_LIMIT) list.shift();
    this.#seen.set(conversation, list);
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  /** This message is what the send with this token has said. */
  claim(id: string, token: string): void {
    this.#claimed.set(id, token);
  }

  /** Whether a message is what was sent: by its id, or because it is told late and nobody else can have said it. */
  isSent(conversation: string, id: string, print: string): boolean {
    if (this.#claimed.get(id) !== undefined) return true;
    const now = this.#clock.monotonicMs();
    const index = this.#nameless.findIndex(
      (each) => each.conversation === conversation && each.print === print && now - each.atMs < LATE_MS,
    );
    if (index < 0) return false;
    this.#nameless.splice(index, 1);
    this.#claimed.set(id, '');
    return true;
  }

  /** A send has no id: its message may be told later. */
  expect(conversation: string, print: string): void {
    this.#nameless.push({ conversation, print, atMs: this.#clock.monotonicMs() });
    if (this.#nameless.length > NAMELESS_LIMIT) this.#nameless.shift();
  }

  /** The oldest message of this print that is no other send's, told since then (monotonic). */
  find(conversation: string, print: string, sinceMs: number): string | undefined {
    return this.#seen
      .get(conversation)
      ?.find((own) => own.print === print && own.atMs >= sinceMs && this.#claimed.get(own.id) === undefined)
      ?.id;
  }

  /** The same, waiting for it so long. */
  async wait(
    conversation: string,
    print: string,
    sinceMs: number,
    waitMs: number,
  ): Promise<string | undefined> {
    const deadline = this.#clock.monotonicMs() + waitMs;
    for (;;) {
      const id = this.find(conversation, print, sinceMs);
      const leftMs = deadline - this.#clock.monotonicMs();
      if (id !== undefined || leftMs <= 0) return id;
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(leftMs, resolve);
        this.#watchers.push(() => {
          cancel();
          resolve();
        });
      });
    }
  }
}

/** A text by which a message is found again: blanks make no difference, and of a file only that it is one. */
export function toPrint(text: string | undefined): string {
  return text === undefined ? '[file]' : text.replace(/\s+/g, ' ').trim();
}
