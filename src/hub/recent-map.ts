/**
 * A map that remembers at least the last `limit` entries and at most twice as many. Old ones go all at once, which
 * costs less than taking them out one by one.
 */
export class RecentMap<Value> {
  readonly #limit: number;
  #recent = new Map<string, Value>();
  #older = new Map<string, Value>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): Value | undefined {
    return this.#recent.get(key) ?? this.#older.get(key);
  }

  delete(key: string): void {
    this.#recent.delete(key);
    this.#older.delete(key);
  }

  set(key: string, value: Value): void {
    if (this.#recent.size >= this.#limit) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
  }
}
