/**
 * Keeps a room's order when something cannot be kept. Whoever appended it is told and will bring it again; but what was
 * appended behind it may be on its way already, and would come before it, if the disk has space again a moment later. So
 * each append says how many failures its caller has been told of, and one that was sent off before its caller knew of a
 * failure in its room fails too.
 */
import { JournalError } from '../../hub/errors.ts';
import type { Failure } from './failure.ts';

export class AppendOrder {
  /** Appends that failed. The caller counts the same ones, as their answers arrive. */
  #failures = 0;
  /** By room, its last failure and the number of it; until the caller has been told of all. */
  readonly #failedIn = new Map<string, { number: number; failure: Failure }>();
  #current: string | undefined;

  /** An append to a room begins; its caller had been told of so many failures. */
  begin(room: string, told: number): void {
    this.#current = room;
    if (told === this.#failures) this.#failedIn.clear();
    const last = this.#failedIn.get(room);
    if (last && told < last.number) throw new JournalError(last.failure.code, last.failure.message);
  }

  /** Another operation begins. */
  leave(): void {
    this.#current = undefined;
  }

  /** The operation that was begun last has failed for good; if it was an append, it counts. */
  failed(failure: Failure): void {
    if (this.#current === undefined) return;
    this.#failures += 1;
    this.#failedIn.set(this.#current, { number: this.#failures, failure });
  }
}
