/** Waiting for what is news to all who wait, as that something was appended: they are woken together. */
export class Wakeup {
  #waiting = new Set<() => void>();

  /** Resolves with the next `wake`, or when `signal` is aborted; whoever wakes after this call is not missed. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', go);
        this.#waiting.delete(go);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
    });
  }

  /** Wakes all who wait now; who begins to wait meanwhile waits for the next one. */
  wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const go of waiting) go();
  }
}
