/** What is done to one file is done in turn: one that is being removed is not taken for one that is there. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs when everything that was called for this id before is over. */
  run<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id) ?? Promise.resolve();
    const mine = before.then(work);
    // Whoever called it is told of its failure; the next one goes on.
    const settled = mine
      .catch(() => {})
      .finally(() => {
        if (this.#last.get(id) === settled) this.#last.delete(id);
      });
    this.#last.set(id, settled);
    return mine;
  }
}
