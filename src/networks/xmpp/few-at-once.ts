/**
 * Work that nobody waits for: a few at once, some more in line, and what is too much is left for another time.
 */
export class FewAtOnce {
  readonly #limit: number;
  readonly #lineLimit: number;
  readonly #line: (() => Promise<void>)[] = [];
  #running = 0;

  /** @param lineLimit how much may wait */
  constructor(limit: number, lineLimit: number) {
    this.#limit = limit;
    this.#lineLimit = lineLimit;
  }

  /** Does the work, which never rejects, when it is its turn. False where there is too much already. */
  run(work: () => Promise<void>): boolean {
    if (this.#line.length >= this.#lineLimit) return false;
    this.#line.push(work);
    this.#next();
    return true;
  }

  #next(): void {
    if (this.#running >= this.#limit) return;
    const work = this.#line.shift();
    if (!work) return;
    this.#running += 1;
    void work().finally(() => {
      this.#running -= 1;
      this.#next();
    });
  }
}
