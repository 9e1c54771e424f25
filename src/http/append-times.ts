/** How long events take to become durable, counted from the start on and without the metrics library, which is only loaded when somebody asks. */

/** Upper bounds of the buckets, seconds. */
const bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

export class AppendTimes {
  count = 0;
  sumSeconds = 0;
  /** Events that took at most so long, by bound; the last bound is infinite. */
  readonly #counts = Array.from({ length: bounds.length + 1 }, () => 0);

  observe(tookMs: number): void {
    const seconds = tookMs / 1000;
    this.count += 1;
    this.sumSeconds += seconds;
    const found = bounds.findIndex((bound) => seconds <= bound);
    const at = found < 0 ? bounds.length : found;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** Cumulative, as Prometheus wants its buckets. */
  *buckets(): Generator<{ le: string; count: number }> {
    let sum = 0;
    for (const [at, count] of this.#counts.entries()) {
      sum += count;
      yield { le: bounds[at] === undefined ? '+Inf' : String(bounds[at]), count: sum };
    }
  }
}
