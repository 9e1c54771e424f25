// The stanzas that arrived, handled one at a time in the order of the stream. Its count is the `h` of XEP-0198: a stanza
// counts only once whoever received it has it safe, and all before it too, so that a crash in between makes the server
// send it again. What is handled but not yet counted is remembered: when a resumed stream brings it again, it is not
// handled twice.

/** XEP-0198 §4 counts modulo 2^32. */
const COUNTER_MODULUS = 2 ** 32;

/**
 * Stanzas that may be handled and not yet counted; behind them the next has to wait. Only a few bytes are kept of each,
 * and they may wait for something that comes later in the stream: so it is far more than what comes in a moment.
 */
const UNCOUNTED_LIMIT = 65_536;

/** The stanza is in good hands and the next can be handled; it counts when `kept` resolves. */
export interface Kept {
  readonly kept: Promise<void>;
}

/** What a handler may answer. With a promise of it, the next stanza waits for the promise. */
export type Handled = void | Kept;

/** What is to be done with a stanza; undefined where it was dealt with on arrival and only has to be counted. */
export type InboundTask = (() => Handled | Promise<Handled>) | undefined;

/** A stanza that arrived and is not counted. */
interface Arrived {
  readonly task: InboundTask;
  readonly sizeBytes: number;
  state: 'waiting' | 'begun' | 'safe' | 'failed';
}

export interface InboundEvents {
  /** A task failed; it does not count, and all behind it that wait are dropped. */
  failed(error: unknown): void;
  /** Nothing waits to be handled. */
  drained(): void;
  /** So many more are counted. */
  counted(count: number): void;
}

/** The queue of one session. */
export class InboundQueue {
  readonly #events: InboundEvents;
  #waiting: Arrived[] = [];
  #head = 0;
  #busy = false;
  #queuedBytes = 0;
  #handled = 0;
  /** Begun and not counted, in the order of the stream. */
  #uncounted: Arrived[] = [];
  /** What a resumed stream brings again, in its order, from `#returned` on. */
  #returning: readonly Arrived[] = [];
  #returned = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(events: InboundEvents) {
    this.#events = events;
  }

  /** How many stanzas are counted in this session, modulo 2^32. */
  get handled(): number {
    return this.#handled;
  }

  /** How many wait or are at work. */
  get length(): number {
    return this.#waiting.length - this.#head + (this.#busy ? 1 : 0);
  }

  /** How many arrived and are not counted, begun or not. */
  get pending(): number {
    return this.#uncounted.length + this.#waiting.length - this.#head;
  }

  /** About how many bytes of XML wait. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** A new session begins: counts from zero, and what came before does not count any more. */
  restartCount(): void {
    this.#handled = 0;
    this.#uncounted = [];
    this.#returning = [];
  }

  /**
   * The server is told `handled` now and, if it resumes, will send again what is behind it.
   *
   * @returns to be called when it does
   */
  prepareReturn(): () => void {
    const returning = [...this.#uncounted];
    return () => {
      this.#returning = returning;
      this.#returned = 0;
    };
  }

  add(task: InboundTask, sizeBytes: number): void {
    const before = this.#returning[this.#returned];
    if (before !== undefined) {
      this.#returned++;
      if (before.state === 'failed') this.#enqueue(before);
    } else {
      this.#enqueue({ task, sizeBytes, state: 'waiting' });
    }
  }

  /** Resolves when nothing is at work and nothing waits to be handled. */
  whenIdle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #enqueue(arrived: Arrived): void {
    if (this.#busy) {
      this.#waiting.push(arrived);
      this.#queuedBytes += arrived.sizeBytes;
    } else {
      this.#run(arrived);
    }
  }

  #run(arrived: Arrived): void {
    const isNew = arrived.state === 'waiting';
    arrived.state = 'begun';
    let work: ReturnType<NonNullable<InboundTask>>;
    try {
      work = arrived.task?.();
    } catch (error) {
      if (isNew) this.#uncounted.push(arrived);
      this.#fail(arrived, error);
      return;
    }
    if (work === undefined && this.#uncounted.length === 0) {
      this.#count(1);
      return;
    }
    if (isNew) this.#uncounted.push(arrived);
    if (work instanceof Promise) {
      this.#busy = true;
      work.then(
        (handled) => {
          this.#busy = false;
          this.#take(arrived, handled);
          this.#continue();
        },
        (error: unknown) => this.#fail(arrived, error),
      );
    } else {
      this.#take(arrived, work);
    }
  }

  /** The handler is done with it. */
  #take(arrived: Arrived, handled: Handled): void {
    if (handled === undefined) {
      this.#safe(arrived);
      return;
    }
    handled.kept.then(
      () => this.#safe(arrived),
      (error: unknown) => {
        // Of a session that is over: the server has forgotten it, and so have we.
        if (!this.#uncounted.includes(arrived)) return;
        arrived.state = 'failed';
        this.#clear();
        this.#events.failed(error);
      },
    );
    if (this.#uncounted.length < UNCOUNTED_LIMIT) return;
    this.#busy = true;
    const goOn = () => {
      this.#busy = false;
      this.#continue();
    };
    handled.kept.then(goOn, goOn);
  }

  #safe(arrived: Arrived): void {
    arrived.state = 'safe';
    if (this.#uncounted[0] !== arrived) return;
    const open = this.#uncounted.findIndex(({ state }) => state !== 'safe');
    const count = open < 0 ? this.#uncounted.length : open;
    this.#uncounted.splice(0, count);
    this.#count(count);
  }

  #continue(): void {
    while (!this.#busy && this.#head < this.#waiting.length) {
      const arrived = this.#waiting[this.#head]!;
      this.#head++;
      this.#queuedBytes -= arrived.sizeBytes;
      if (this.#head === this.#waiting.length) this.#clear();
      this.#run(arrived);
    }
    if (this.#busy) return;
    this.#events.drained();
    this.#rest();
  }

  #fail(arrived: Arrived, error: unknown): void {
    arrived.state = 'failed';
    this.#clear();
    this.#busy = false;
    this.#events.failed(error);
    this.#rest();
  }

  #rest(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #clear(): void {
    this.#waiting = [];
    this.#head = 0;
    this.#queuedBytes = 0;
  }

  #count(count: number): void {
    if (count === 0) return;
    this.#handled = (this.#handled + count) % COUNTER_MODULUS;
    this.#events.counted(count);
  }
}
