/** One program's way through the events: where it stands, what it wants to see, and waiting for more. */
import type { HubEvent } from '../../../hub/event.ts';
import type { EventFilter, Page } from '../../../hub/journal.ts';
import type { Position } from '../../../hub/message.ts';
import type { Tail } from '../../../hub/tail.ts';

export class EventReader {
  /** Everything up to here was handed out, or left out by the filter. */
  position: Position;
  readonly #tail: Tail;
  readonly #filter: EventFilter;
  readonly #only: (events: HubEvent[]) => Promise<HubEvent[]>;

  /** @param only leaves out what is not to be seen */
  constructor(
    tail: Tail,
    { filter, only }: { filter: EventFilter; only(this: void, events: HubEvent[]): Promise<HubEvent[]> },
    after: Position,
  ) {
    this.#tail = tail;
    this.#filter = filter;
    this.#only = only;
    this.position = after;
  }

  /**
   * The next events, at most `limit`, as soon as there are any; none when `signal` is aborted before, or the face
   * stops. A `gap` says that events before them are no longer kept.
   */
  async next(limit: number, signal: AbortSignal): Promise<Page> {
    for (;;) {
      const { events: found, next, gap } = await this.#tail.read(this.position, this.#filter, limit);
      const events = await this.#only(found);
      this.position = next;
      if (events.length > 0 || gap || this.#isOver(signal)) return { events, next, gap };
      await this.#tail.changed(this.position, signal);
    }
  }

  #isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.#tail.signal.aborted;
  }
}
