/**
 * Virtual time: timers fire in order, as fast as the machine can, and everything random comes from one seed. Two
 * runs with one seed are the same to the last step.
 */
import { formatId, type Cancel, type Clock } from '../../src/hub/clock.ts';

const startMs = Date.UTC(2026, 0, 1);

interface Timer {
  atMs: number;
  order: number;
  fire: (() => void) | undefined;
}

/** A repeatable sequence of numbers in [0, 1) (the generator known as mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class VirtualTime {
  readonly random: () => number;
  /** How many timers have fired: the places where a crash can happen. */
  steps = 0;
  /** How far somebody has set the wall clock since the run began, milliseconds. */
  wallShiftMs = 0;
  #nowMs = 0;
  #order = 0;
  #ids = 0;
  /** A binary heap by time, then by order. */
  readonly #heap: Timer[] = [];

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  /** Milliseconds since the run began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): Cancel {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#push(timer);
    return () => {
      timer.fire = undefined;
    };
  }

  /** A clock of which everything stops when `stop` is called: a process's. */
  createClock(): { clock: Clock; stop: () => void } {
    let running = true;
    const clock: Clock = {
      now: () => startMs + this.wallShiftMs + Math.floor(this.#nowMs),
      monotonicMs: () => this.#nowMs,
      after: (delayMs, fire) =>
        this.after(delayMs, () => {
          if (running) fire();
        }),
      random: () => this.random(),
      id: () => formatId(startMs + Math.floor(this.#nowMs), this.#ids++, 'simulated'),
    };
    return { clock, stop: () => (running = false) };
  }

  /** Fires timer after timer until `done` answers true or nothing is left, letting all promises settle in between. */
  async run(done: () => boolean): Promise<void> {
    await settlePromises();
    while (!done()) {
      const timer = this.#pop();
      if (!timer) return;
      if (!timer.fire) continue;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      this.steps += 1;
      timer.fire();
      await settlePromises();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && before(heap[child]!, heap[least]!)) least = child;
      }
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** All that promises have to do until the next timer is done when an immediate comes round. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
