/** Those of whom a person of the house wants to hear nothing in private, for as long as the person is here. */
import { CommandError } from '../../hub/commands.ts';
import { toNickKey } from '../../hub/nicks.ts';

/** Who can be blocked by one person. */
const blockedLimit = 1000;
/** Blocks everybody. Nobody is called so. */
const everybody = 'all';

export class Blocked {
  /** What they were called, by id. */
  readonly #names = new Map<string, string>();
  #all = false;

  /** Whether `typed` is everybody, who is blocked or heard again at once. */
  static isEverybody(typed: string): boolean {
    return toNickKey(typed) === everybody;
  }

  has(id: string): boolean {
    return this.#all || this.#names.has(id);
  }

  add(id: string, name: string): void {
    if (this.#names.size >= blockedLimit) throw new CommandError('You have blocked too many; try block all');
    this.#names.set(id, name);
  }

  addAll(): void {
    this.#all = true;
  }

  /** Takes back a block by the name under which it was made, or all of them. */
  remove(typed: string): void {
    if (Blocked.isEverybody(typed)) {
      this.#all = false;
      this.#names.clear();
      return;
    }
    const found = [...this.#names].filter(([, name]) => toNickKey(name) === toNickKey(typed));
    if (found.length === 0) throw new CommandError(`You have not blocked ${typed}`);
    for (const [id] of found) this.#names.delete(id);
  }
}
