/** One program's way through the events: where it stands, what it wants to see, and waiting for more. */
import type { EventFilter, Page } from '../../../hub/journal.ts';
import type { Position } from '../../../hub/message.ts';
import type { Tail } from '../../../hub/tail.ts';

export class EventReader {
  /** Everything up to here was handed out, or left out by the filter. */
  position: Position;
  readonly #tail: Tail;
  readonly #filter: EventFilter;

  constructor(tail: Tail, filter: EventFilter, after: Position) {
    this.#tail = tail;
    this.#filter = filter;
    this.position = after;
  }

  /**
   * The next events, at most `limit`, as soon as there are any; none when `signal` is aborted before, or the face
   * stops. A `gap` says that events before them are no longer kept.
   */
  async next(limit: number, signal: AbortSignal): Promise<Page> {
    for (;;) {
      const page = await this.#tail.read(this.position, this.#filter, limit);
      this.position = page.next;
      if (page.events.length > 0 || page.gap || this.#isOver(signal)) return page;
      await this.#tail.changed(this.position, signal);
    }
  }

  #isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.#tail.signal.aborted;
  }
}
