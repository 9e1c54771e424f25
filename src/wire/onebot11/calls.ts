/**
 * Calls that wait for their answers. Each has a time limit, and its entry is freed however it ends: by its answer, by
 * the time, by the end of the connection.
 */
import { OneBotError } from './errors.ts';
import type { Answer } from './frames.ts';

/** Calls `fire` once, `delayMs` from now. The answer cancels it. */
export type After = (delayMs: number, fire: () => void) => () => void;

export const afterByTimer: After = (delayMs, fire) => {
  const timer = setTimeout(fire, delayMs);
  return () => clearTimeout(timer);
};

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: OneBotError): void;
  cancel(): void;
}

export class Calls {
  readonly #after: After;
  readonly #waiting = new Map<string, Waiting>();
  #last = 0;

  constructor(after: After) {
    this.#after = after;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Enters a call, to be sent with this echo. Rejects with a `OneBotError` of code `onebot-timeout` when it is late. */
  enter(action: string, timeoutMs: number): { echo: string; answer: Promise<Answer> } {
    this.#last += 1;
    const echo = `c${this.#last}`;
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
    const cancel = this.#after(timeoutMs, () => {
      this.#waiting.delete(echo);
      reject(new OneBotError('onebot-timeout', `${action} was not answered within ${timeoutMs} ms`));
    });
    this.#waiting.set(echo, { resolve, reject, cancel });
    return { echo, answer };
  }

  /** Hands an answer to its call. False where nobody waits for it (any more). */
  settle(answer: Answer): boolean {
    const { echo } = answer;
    const waiting = typeof echo === 'string' ? this.#waiting.get(echo) : undefined;
    if (!waiting) return false;
    this.#waiting.delete(echo as string);
    waiting.cancel();
    waiting.resolve(answer);
    return true;
  }

  /** Ends all that wait. */
  fail(error: OneBotError): void {
    for (const waiting of this.#waiting.values()) {
      waiting.cancel();
      waiting.reject(error);
    }
    this.#waiting.clear();
  }
}
