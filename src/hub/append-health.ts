/**
 * Knows whether the journal takes what is said. A full or read-only disk refuses it, and the people who spoke are told;
 * who runs the hub learns of it here: by the log, not with every line, and by `/readyz`. Where nobody speaks any more, it
 * is found out by a try whether the journal has recovered.
 */
import { toError, type Clock } from './clock.ts';
import type { Log } from './log.ts';

/** While it goes on it is said so often. */
const repeatMs = 60_000;
/** And tried at most so often. */
const tryEveryMs = 1_000;

export class AppendHealth {
  readonly #clock: Clock;
  readonly #log: Log;
  #failure: Error | undefined;
  #refused = 0;
  #saidMs = -Infinity;
  #triedMs = -Infinity;
  #trying: Promise<void> | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Why the last append failed; undefined once one has succeeded since. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Where the last append failed, sees by a small write whether the next one would do, at most once a second. Resolves
   * when that is known; does not reject.
   */
  async recheck(write: () => Promise<void>): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#failure === undefined || (!this.#trying && nowMs - this.#triedMs < tryEveryMs)) return;
    this.#triedMs = nowMs;
    this.#trying ??= write()
      .then(
        () => this.succeeded(),
        // It is as it was, which is what was asked.
        () => {},
      )
      .finally(() => (this.#trying = undefined));
    await this.#trying;
  }

  failed(thrown: unknown): void {
    this.#failure = toError(thrown);
    this.#refused += 1;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#saidMs < repeatMs) return;
    this.#saidMs = nowMs;
    this.#log.error(
      { err: this.#failure, refused: this.#refused },
      `the journal does not take what is said: ${this.#failure.message}`,
    );
  }

  succeeded(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#log.info({ refused: this.#refused }, 'the journal takes what is said again');
    this.#refused = 0;
    this.#saidMs = -Infinity;
  }
}
