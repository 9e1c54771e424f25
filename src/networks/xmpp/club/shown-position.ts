/**
 * How far the club's history has been shown to everybody who was there, kept durably: of each of them nothing has to be
 * written for each message. It lags behind a little, so that a busy club costs one write in a while.
 */
import type { Cancel, Clock } from '../../../hub/clock.ts';
import type { Position } from '../../../hub/message.ts';
import type { AccountPort } from '../../../hub/network.ts';
import type { Entry, Ledger } from './ledger.ts';

/** How far back the history is read for it, events. */
const LOOK_BACK = 200;
/** The longest that the stored position lags behind what was shown. */
const LAG_MS = 2000;
const KEY = 'club/shown';

export interface ShownPositionParts {
  readonly room: string;
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Whether everybody who is there has it. */
  readonly isShown: (entry: Entry) => boolean;
}

export class ShownPosition {
  readonly #parts: ShownPositionParts;
  #port: AccountPort | undefined;
  #position: Position = 0;
  #stored: Position | undefined;
  #timer: Cancel | undefined;

  constructor(parts: ShownPositionParts) {
    this.#parts = parts;
  }

  /** A run begins. */
  open(port: AccountPort): void {
    this.#port = port;
  }

  /** Where it stood when the hub stopped; in a new club, the end of the history. */
  async load(port: AccountPort): Promise<Position> {
    const stored = await port.store.get(KEY);
    if (stored === undefined) {
      this.#position = (await port.history(this.#parts.room, 1))[0]?.position ?? 0;
      // At once: after a crash the end of the history would be another.
      await port.store.set(KEY, String(this.#position));
    } else {
      this.#position = Number(stored);
    }
    this.#stored = this.#position;
    return this.#position;
  }

  /** Something was shown. */
  move(): void {
    this.#timer ??= this.#parts.clock.after(LAG_MS, () => {
      this.#timer = undefined;
      void this.#store();
    });
  }

  /** The run is over. Resolves when it is stored. Never rejects. */
  async close(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    await this.#store();
  }

  async #store(): Promise<void> {
    const port = this.#port;
    if (!port) return;
    const { room, ledger, isShown } = this.#parts;
    try {
      const events = await port.history(room, LOOK_BACK);
      this.#position = ledger.seenUpTo(events, this.#position, isShown);
      if (this.#position === this.#stored) return;
      this.#stored = this.#position;
      await port.store.set(KEY, String(this.#position));
    } catch (error) {
      this.#stored = undefined;
      // A position that lags costs that something is shown twice, not that it is lost.
      port.log.warn({ err: error }, 'what was shown could not be stored');
    }
  }
}
