/** Reading the journal as it grows: what faces follow, each at its own pace and from its own position. */
import type { EventFilter, Journal, Page } from './journal.ts';
import type { Position } from './message.ts';
import { Wakeup } from './wakeup.ts';

/** Events read at a time. */
const pageLimit = 500;

export class Following {
  readonly #journal: Journal;
  readonly #appended = new Wakeup();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Something was appended: whoever waits at the end reads on. */
  wake(): void {
    this.#appended.wake();
  }

  /**
   * The events behind `after` and then every new one, in order, page by page, until `signal` is aborted. A page with
   * a `gap` says that events before it have been trimmed; one may be empty when the filter leaves nothing of it.
   */
  async *follow(after: Position, filter: EventFilter, signal: AbortSignal): AsyncGenerator<Page, void, void> {
    for (let position = after; !signal.aborted;) {
      const appended = this.#appended.next(signal);
      const page = await this.#journal.read(position, filter, pageLimit);
      if (page.next > position || page.gap) yield page;
      if (page.next === position) await appended;
      position = page.next;
    }
  }
}
