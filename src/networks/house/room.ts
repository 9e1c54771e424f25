/**
 * A room: who is here, whom to tell, and what was said of late, to be quoted, edited and taken back. The doors watch
 * it; it knows none of them.
 */
import type { Quote } from '../../hub/event.ts';
import { toPlainText } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { toExcerpt } from './lines.ts';
import type { Person } from './person.ts';
import type { RoomEvent } from './room-event.ts';
import type { Who } from './who.ts';

/** How many messages of a room can be quoted by what points at them. */
const rememberedLimit = 1000;
/** A text up to this length is kept as it is; of a longer one the beginning. UTF-16 units. */
const keptLength = 200;

/** A message as the room remembers it. */
export interface RememberedMessage extends Quote {
  who: Who;
  action: boolean;
  recalled?: boolean;
}

export class Room {
  readonly name: string;
  readonly people = new Set<Person>();
  /** How many messages were said here since the house was opened. */
  said = 0;
  readonly #watchers = new Set<(event: RoomEvent) => void>();
  readonly #remembered = new RecentMap<RememberedMessage>(rememberedLimit);

  constructor(name: string) {
    this.name = name;
  }

  /** Shows it to everyone here: each door is told once, whatever number of people came through it. */
  tell(event: RoomEvent): void {
    if (event.kind === 'said') this.said += 1;
    if (event.kind === 'said' || event.kind === 'edited') this.remember(event);
    if (event.kind === 'recalled') this.#forget(event.id);
    for (const watcher of this.#watchers) watcher(event);
  }

  /** Tells a door of what happens here. The answer ends it. */
  watch(watcher: (event: RoomEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Keeps a message's author and beginning for what points at it later. `tell` does so by itself. */
  remember({ id, who, body, action }: Extract<RoomEvent, { kind: 'said' | 'edited' }>): void {
    const text = toPlainText(body);
    const kept = text.length > keptLength ? toExcerpt(text) : text;
    this.#remembered.set(id, { who, action, name: who.name, text: kept });
  }

  /** A message that was said or shown here not too long ago. */
  find(id: string): RememberedMessage | undefined {
    return this.#remembered.get(id);
  }

  quoteOf(id: string): Quote | undefined {
    const known = this.find(id);
    return known && { name: known.name, text: known.text };
  }

  #forget(id: string): void {
    const known = this.find(id);
    if (known) this.#remembered.set(id, { ...known, recalled: true });
  }
}
