/**
 * The watch over what one run of a network says: one that falls silent is no longer believed to be connected. How long that
 * may be the session tells. Before there is one, a run has to show that it is on its way, unless it waits for somebody.
 */
import type { Cancel, Clock } from './clock.ts';

/** A run that has not called its port for so long before it was ever online hangs. */
const startSilenceMs = 120_000;
/** Looked at so often, however long silence may be. */
const lookEveryMs = startSilenceMs;

export class SilenceWatch {
  readonly #clock: Clock;
  readonly #silent: (silentMs: number) => void;
  #heardMs: number;
  #aliveMs = startSilenceMs;
  #isOnline = false;
  /** The network has said that it waits, and nothing was heard since. */
  #waits = false;
  #cancel: Cancel | undefined;

  /** @param silent called when silence has lasted too long */
  constructor(clock: Clock, silent: (silentMs: number) => void) {
    this.#clock = clock;
    this.#silent = silent;
    this.#heardMs = clock.monotonicMs();
  }

  /** Begins, or begins anew, to wait for the end of the time that silence may last. */
  start(): void {
    this.#cancel?.();
    const silentMs = this.#clock.monotonicMs() - this.#heardMs;
    if (silentMs >= this.#aliveMs) {
      this.#silent(silentMs);
      return;
    }
    const restMs = Math.min(this.#aliveMs - silentMs, lookEveryMs);
    this.#cancel = this.#clock.after(restMs, () => this.start());
  }

  stop(): void {
    this.#cancel?.();
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  /** The run is online; from now on silence may last so long. */
  online(aliveMs: number): void {
    this.#isOnline = true;
    this.#aliveMs = aliveMs;
    this.start();
  }

  /** The run waits for the other side to come, and hears nothing until it does; or it does so no more. */
  waiting(waits: boolean): void {
    if (waits !== this.#waits) this.#expect(waits ? Number.POSITIVE_INFINITY : startSilenceMs);
    this.#waits = waits;
  }

  /** A person is asked for something, for which they may take any time; or has done it. */
  asking(isAsked: boolean): void {
    this.#waits = false;
    this.#expect(isAsked ? Number.POSITIVE_INFINITY : startSilenceMs);
  }

  /** Says how long silence may last before the run is online. */
  #expect(aliveMs: number): void {
    if (this.#isOnline) return;
    this.#aliveMs = aliveMs;
    this.start();
  }
}
