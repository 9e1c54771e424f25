/** Reading the journal as it grows: what faces follow, each at its own pace and from its own position. */
import type { HubEvent } from './event.ts';
import type { EventFilter, Journal } from './journal.ts';
import type { Position } from './message.ts';

/** Events read at a time. */
const pageLimit = 500;

export class Following {
  readonly #journal: Journal;
  #waiting = new Set<() => void>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Something was appended: whoever waits at the end reads on. */
  wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const go of waiting) go();
  }

  /** The events behind `after` and then every new one, in order, until `signal` is aborted. */
  async *follow(
    after: Position,
    filter: EventFilter,
    signal: AbortSignal,
  ): AsyncGenerator<HubEvent, void, void> {
    let position = after;
    while (!signal.aborted) {
      const appended = this.#appended(signal);
      const page = await this.#journal.read(position, filter, pageLimit);
      for (const event of page.events) {
        if (signal.aborted) return;
        yield event;
      }
      const moved = page.next > position;
      position = page.next;
      if (!moved) await appended;
    }
  }

  #appended(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', go);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
    });
  }
}
