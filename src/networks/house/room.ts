/** One room: who is in it, who watches it for them, and the last messages, by their ids, for quotes. */
import type { Quote } from '../../hub/event.ts';
import type { Happening } from './happening.ts';
import { toExcerpt } from './lines.ts';
import type { Person } from './person.ts';
import { RecentMap } from '../../hub/recent-map.ts';

/** How many messages of a room can be quoted by what points at them. */
const rememberedLimit = 1000;
/** A text up to this length is kept as it is; of a longer one the beginning. UTF-16 units. */
const keptLength = 200;

export class Room {
  readonly name: string;
  readonly people = new Set<Person>();
  readonly #watchers = new Set<(happening: Happening) => void>();
  readonly #remembered = new RecentMap<Quote>(rememberedLimit);

  constructor(name: string) {
    this.name = name;
  }

  /** Shows it to everyone here: each door is told once, whatever number of people came through it. */
  tell(happening: Happening): void {
    for (const watcher of this.#watchers) watcher(happening);
  }

  /** Tells a door of what happens here. The answer ends it. */
  watch(watcher: (happening: Happening) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Keeps a message's author and beginning for later quotes. */
  remember(native: string, name: string, text: string): void {
    this.#remembered.set(native, { name, text: text.length > keptLength ? toExcerpt(text) : text });
  }

  quoteOf(native: string): Quote | undefined {
    return this.#remembered.get(native);
  }
}
