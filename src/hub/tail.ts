/**
 * The newest events in memory, read from the journal once for all who follow. A program that keeps up costs no read of
 * the journal; one that is behind reads there, at its own pace, until it has caught up.
 */
import { sleep, toError, type Clock } from './clock.ts';
import type { HubEvent } from './event.ts';
import type { HubAccess } from './face.ts';
import type { EventFilter, Page } from './journal.ts';
import type { Log } from './log.ts';
import { splitRoomRef, type Position } from './message.ts';
import { Wakeup } from './wakeup.ts';

/** Events kept in memory, and their size as JSON, characters; of the larger ones fewer are kept. */
const keptEvents = 1000;
const keptCharacters = 4 * 1024 * 1024;
/** How long until the journal is read again after it failed. */
const retryAfterMs = 1000;

export interface TailOptions {
  hub: Pick<HubAccess, 'read' | 'follow'>;
  clock: Clock;
  log: Log;
  /** The journal's newest position when the tail begins. */
  head: Position;
}

export class Tail {
  readonly #hub: TailOptions['hub'];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #watchers = new Set<(events: readonly HubEvent[]) => void>();
  #events: HubEvent[] = [];
  /** The size of each of `#events`, and of all. */
  #sizes: number[] = [];
  #size = 0;
  /** What is behind it is in `#events`. */
  #floor: Position;
  #head: Position;
  readonly #news = new Wakeup();

  constructor({ hub, clock, log, head }: TailOptions) {
    this.#hub = hub;
    this.#clock = clock;
    this.#log = log;
    this.#floor = head;
    this.#head = head;
    void this.#run();
  }

  /** The newest position that whoever follows can have been told. */
  get head(): Position {
    return this.#head;
  }

  /** Aborted when the face stops. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  stop(): void {
    this.#stopping.abort(new Error('the hub stops'));
    this.#news.wake();
  }

  /** Calls `watcher` with every new event, in order. */
  watch(watcher: (events: readonly HubEvent[]) => void): void {
    this.#watchers.add(watcher);
  }

  /** As `HubAccess.read`. */
  async read(after: Position, filter: EventFilter, limit: number): Promise<Page> {
    if (after < this.#floor) return this.#hub.read(after, filter, limit);
    const events: HubEvent[] = [];
    for (let at = this.#indexBehind(after); at < this.#events.length; at += 1) {
      const event = this.#events[at]!;
      if (!passes(event, filter)) continue;
      events.push(event);
      if (events.length === limit) return { events, next: event.position, gap: false };
    }
    return { events, next: Math.max(after, this.#head), gap: false };
  }

  /** Resolves when there is something behind `after`, when `signal` is aborted, or when the face stops. */
  async changed(after: Position, signal: AbortSignal): Promise<void> {
    if (this.#head > after || this.signal.aborted) return;
    await this.#news.next(signal);
  }

  async #run(): Promise<void> {
    while (!this.signal.aborted) {
      try {
        for await (const page of this.#hub.follow(this.#head, {}, this.signal)) this.#take(page);
      } catch (error) {
        // What was missed meanwhile is read when the journal answers again.
        this.#log.warn({ err: toError(error) }, 'faces cannot read the journal; it is tried again');
        await sleep(this.#clock, retryAfterMs, this.signal).catch(() => {
          // Aborted: the loop ends.
        });
      }
    }
  }

  #take({ events, next, gap }: Page): void {
    if (gap) this.#begin((events[0]?.position ?? next + 1) - 1);
    for (const event of events) {
      const size = JSON.stringify(event).length;
      this.#events.push(event);
      this.#sizes.push(size);
      this.#size += size;
    }
    this.#head = next;
    this.#forgetOldest();
    for (const watcher of this.#watchers) watcher(events);
    this.#news.wake();
  }

  /** Nothing that came before is joined to what comes now: who is behind is told by the journal. */
  #begin(floor: Position): void {
    this.#events = [];
    this.#sizes = [];
    this.#size = 0;
    this.#floor = floor;
  }

  #forgetOldest(): void {
    let over = 0;
    while (this.#events.length - over > keptEvents || this.#size > keptCharacters) {
      this.#size -= this.#sizes[over]!;
      over += 1;
    }
    if (over === 0) return;
    this.#floor = this.#events[over - 1]!.position;
    this.#events = this.#events.slice(over);
    this.#sizes = this.#sizes.slice(over);
  }

  /** The place in `#events` of the first behind a position. */
  #indexBehind(position: Position): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The same as the journal's own filter. */
function passes(event: HubEvent, { accounts, rooms, kinds }: EventFilter): boolean {
  return (
    (kinds?.includes(event.kind) ?? true) &&
    (rooms?.includes(event.room) ?? true) &&
    (accounts?.includes(splitRoomRef(event.room).account) ?? true)
  );
}
