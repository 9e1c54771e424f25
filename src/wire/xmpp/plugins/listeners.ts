// Who wants to hear of what a plugin found out.
import type { LogFunction } from '../log.ts';

/** Gets what happened; the stream waits for slow ones when too many are at work. */
export type Listener<T> = (event: T) => void | Promise<void>;

/** The listeners of one plugin. */
export class Listeners<T> {
  readonly #listeners = new Set<Listener<T>>();
  readonly #log: LogFunction;

  constructor(log: LogFunction) {
    this.#log = log;
  }

  /** @returns takes it away */
  readonly add = (listener: Listener<T>): (() => void) => {
    const own: Listener<T> = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  /** Tells all of them. Never rejects: what one of them does is not the others' business, nor the stream's. */
  async tell(event: T): Promise<void> {
    await Promise.all(
      [...this.#listeners].map(async (listener) => {
        try {
          await listener(event);
        } catch (error) {
          this.#log('error', 'listener-failed', { error });
        }
      }),
    );
  }
}
