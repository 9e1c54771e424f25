/**
 * Who has written to the bot: with each message comes a token that every answer has to bring along, and the time for which
 * WeChat lets the bot answer begins anew. Both are kept, so that a restart loses neither.
 */
import type { AccountStore } from '../../hub/network.ts';
import type { User } from '../../hub/message.ts';

/** How long after somebody's last message a bot may write to them. */
const WINDOW_MS = 24 * 3600_000;
const KEY_PREFIX = 'person/';
/** People who are remembered; those who wrote longest ago go first. */
const PEOPLE_LIMIT = 10_000;

export interface Person {
  id: string;
  /** Goes along with everything that is sent to them. */
  context: string;
  /** When they wrote last, milliseconds since the epoch. */
  wroteAt: number;
  /** How often the server has refused an answer with this token. */
  refusals: number;
}

export class People {
  readonly #store: AccountStore;
  readonly #names: Readonly<Record<string, string>>;
  readonly #people = new Map<string, Person>();
  readonly #changed = new Set<string>();

  /** @param names what the configuration calls people, by id: the API tells no names */
  constructor(store: AccountStore, names: Readonly<Record<string, string>>) {
    this.#store = store;
    this.#names = names;
  }

  /** Reads what was kept. */
  async open(): Promise<void> {
    const kept = (await this.#store.list(KEY_PREFIX)).map(([key, value]): Person => {
      const { context, wroteAt } = JSON.parse(value) as Pick<Person, 'context' | 'wroteAt'>;
      return { id: key.slice(KEY_PREFIX.length), context, wroteAt, refusals: 0 };
    });
    for (const person of kept.toSorted((a, b) => a.wroteAt - b.wroteAt)) this.#people.set(person.id, person);
  }

  /** Somebody wrote. What is told once more, older than what is known, changes nothing. */
  note(id: string, context: string, wroteAt: number): void {
    const known = this.#people.get(id);
    if (known && (known.wroteAt > wroteAt || (known.wroteAt === wroteAt && known.context === context)))
      return;
    this.#people.delete(id);
    this.#people.set(id, { id, context, wroteAt, refusals: 0 });
    this.#changed.add(id);
    for (const oldest of this.#people.keys()) {
      if (this.#people.size <= PEOPLE_LIMIT) break;
      this.#people.delete(oldest);
      this.#changed.add(oldest);
    }
  }

  /** Makes what was noted durable. */
  async keep(): Promise<void> {
    for (const id of this.#changed) {
      const person = this.#people.get(id);
      const kept = person && JSON.stringify({ context: person.context, wroteAt: person.wroteAt });
      await this.#store.set(KEY_PREFIX + id, kept);
      this.#changed.delete(id);
    }
  }

  get(id: string): Person | undefined {
    return this.#people.get(id);
  }

  all(): Person[] {
    return [...this.#people.values()];
  }

  toUser(id: string): User {
    return { id, name: this.#names[id] ?? id.replace(/@im\.[a-z]+$/, '') };
  }
}

/** Forgets everybody: tokens are another bot's, or nobody's. */
export async function forgetPeople(store: AccountStore): Promise<void> {
  for (const [key] of await store.list(KEY_PREFIX)) await store.set(key, undefined);
}

/** Why a bot cannot write to somebody at the time `now`; undefined where it can. */
export function whyClosed(name: string, person: Person | undefined, now: number): string | undefined {
  if (!person) return `${name} has not written to this bot: on WeChat a bot can only answer`;
  if (now - person.wroteAt < WINDOW_MS) return undefined;
  const day = new Date(person.wroteAt).toISOString().slice(0, 16).replace('T', ' ');
  return `${name} last wrote ${day} UTC: WeChat lets a bot answer for 24 hours only. It can be tried again when they have written`;
}
