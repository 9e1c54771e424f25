/**
 * A bot whose token is refused tries again, and again. Each refusal of an address takes longer than the one before it;
 * nobody who brings a right token waits.
 */
import { sleep, type Clock } from '../../hub/clock.ts';
import { RecentMap } from '../../hub/recent-map.ts';

const firstMs = 100;
const longestMs = 10_000;
/** After so long without a refusal an address begins anew. */
const forgottenMs = 10 * 60_000;
/** Addresses that are remembered. */
const remembered = 10_000;
/** Refusals that wait at once; further ones are answered at once, as holding them would cost more. */
const waitingLimit = 256;

export class SlowRefusals {
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #counts = new RecentMap<{ count: number; atMs: number }>(remembered);
  #waiting = 0;

  constructor(clock: Clock, closing: AbortSignal) {
    this.#clock = clock;
    this.#closing = closing;
  }

  /** Resolves when it is time to answer. */
  async wait(address: string): Promise<void> {
    const now = this.#clock.monotonicMs();
    const before = this.#counts.get(address);
    const count = before && now - before.atMs < forgottenMs ? before.count + 1 : 0;
    this.#counts.set(address, { count, atMs: now });
    if (this.#waiting >= waitingLimit) return;
    this.#waiting += 1;
    await sleep(this.#clock, Math.min(longestMs, firstMs * 2 ** Math.min(count, 20)), this.#closing).catch(
      () => {
        // The server closes: it is answered now.
      },
    );
    this.#waiting -= 1;
  }
}
