// The stanzas that arrived and are not handled yet, handled one at a time in the order of the stream. Its count is the
// `h` of XEP-0198: a stanza counts only once whoever received it has it safe, so that a crash in between makes the
// server send it again.

/** XEP-0198 §4 counts modulo 2^32. */
const COUNTER_MODULUS = 2 ** 32;

/** What is to be done with a stanza; undefined where it was dealt with on arrival and only has to be counted. */
export type InboundTask = (() => void | Promise<void>) | undefined;

interface Entry {
  readonly task: InboundTask;
  readonly sizeBytes: number;
}

export interface InboundEvents {
  /** A task failed; it and all behind it are dropped uncounted. */
  failed(error: unknown): void;
  /** Everything that arrived is handled. */
  drained(): void;
}

/** The queue of one session. */
export class InboundQueue {
  readonly #events: InboundEvents;
  #entries: Entry[] = [];
  #head = 0;
  #busy = false;
  #queuedBytes = 0;
  #handled = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(events: InboundEvents) {
    this.#events = events;
  }

  /** How many stanzas were handled in this session, modulo 2^32. */
  get handled(): number {
    return this.#handled;
  }

  /** How many wait or are at work. */
  get length(): number {
    return this.#entries.length - this.#head + (this.#busy ? 1 : 0);
  }

  /** About how many bytes of XML wait. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** A new session begins: counts from zero. */
  restartCount(): void {
    this.#handled = 0;
  }

  add(task: InboundTask, sizeBytes: number): void {
    if (this.#busy) {
      this.#entries.push({ task, sizeBytes });
      this.#queuedBytes += sizeBytes;
    } else {
      this.#run(task);
    }
  }

  /** Resolves when nothing is at work and nothing waits. */
  whenIdle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #run(task: InboundTask): void {
    if (task === undefined) {
      this.#count();
      return;
    }
    try {
      const work = task();
      if (work === undefined) {
        this.#count();
        return;
      }
      this.#busy = true;
      work.then(
        () => {
          this.#count();
          this.#busy = false;
          this.#continue();
        },
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #continue(): void {
    while (!this.#busy && this.#head < this.#entries.length) {
      const { task, sizeBytes } = this.#entries[this.#head]!;
      this.#head++;
      this.#queuedBytes -= sizeBytes;
      if (this.#head === this.#entries.length) this.#clear();
      this.#run(task);
    }
    if (this.#busy) return;
    this.#events.drained();
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #fail(error: unknown): void {
    this.#clear();
    this.#busy = false;
    this.#events.failed(error);
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#queuedBytes = 0;
  }

  #count(): void {
    this.#handled = (this.#handled + 1) % COUNTER_MODULUS;
  }
}
