/**
 * Reactions, of which XMPP tells the whole set each time and the hub one change at a time. Both ways: what changed in
 * an occupant's set, and the set that our one occupant has to show for everybody whose reactions it passes on.
 * In memory and bounded: what is forgotten starts as no reactions.
 */

/** Sets remembered, each way. */
const SETS_LIMIT = 2000;

export interface ReactionChange {
  emoji: string;
  added: boolean;
}

/** The sets that others show. */
export class SeenReactions {
  readonly #sets = new Map<string, readonly string[]>();

  /** What changed now that `actor` has exactly these on `target`. */
  change(actor: string, target: string, emojis: readonly string[]): ReactionChange[] {
    const key = `${actor}\n${target}`;
    const before = this.#sets.get(key) ?? [];
    this.#sets.delete(key);
    if (emojis.length > 0) this.#sets.set(key, emojis);
    dropOldest(this.#sets);
    return [
      ...emojis.filter((emoji) => !before.includes(emoji)).map((emoji) => ({ emoji, added: true })),
      ...before.filter((emoji) => !emojis.includes(emoji)).map((emoji) => ({ emoji, added: false })),
    ];
  }
}

/** The sets that our occupant shows. */
export class ShownReactions {
  readonly #sets = new Map<string, Map<string, Set<string>>>();

  /** All that is to be shown on `target` once this author's reaction is put on or taken off. */
  change(target: string, author: string, { emoji, added }: ReactionChange): string[] {
    const shown = this.#sets.get(target) ?? new Map<string, Set<string>>();
    const authors = shown.get(emoji) ?? new Set<string>();
    if (added) authors.add(author);
    else authors.delete(author);
    if (authors.size > 0) shown.set(emoji, authors);
    else shown.delete(emoji);
    this.#sets.delete(target);
    if (shown.size > 0) this.#sets.set(target, shown);
    dropOldest(this.#sets);
    return [...shown.keys()];
  }
}

function dropOldest(map: Map<string, unknown>): void {
  if (map.size <= SETS_LIMIT) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
