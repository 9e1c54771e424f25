/**
 * The part of a clock that the line protocol needs. It comes from outside, so that tests need not wait.
 */
export interface Timers {
  /** Milliseconds since some fixed start; never goes back. */
  monotonicMs(): number;
  /** Calls `fire` once, `delayMs` from now. The answer cancels it. */
  after(delayMs: number, fire: () => void): () => void;
}
