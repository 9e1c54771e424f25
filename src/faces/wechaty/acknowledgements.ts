/**
 * What a bot has been told of and has not asked for yet. Wechaty's clients are told that there is a message, and ask for it
 * before the bot sees it: that is how one knows that it arrived. A bot has got everything before the first message that it
 * has not asked for.
 */
import type { Position } from '../../hub/message.ts';
import { Wakeup } from '../../hub/wakeup.ts';

/** Messages that a bot is told of before it has to ask for one of them. */
const limit = 1_000;

export class Acknowledgements {
  readonly #reached: (position: Position) => void;
  /** By the message's id. In the order of their positions. */
  readonly #open = new Map<string, Position>();
  /** Everything up to here was told. */
  #told: Position = 0;
  /** Everything up to here has arrived. */
  #arrived: Position = 0;
  readonly #fewer = new Wakeup();

  /** @param reached called with the position up to which the bot has got everything */
  constructor(reached: (position: Position) => void) {
    this.#reached = reached;
  }

  /** The bot is told of a message. */
  tell(id: string, position: Position): void {
    // Another connection of the bot's token has had it.
    if (position > this.#arrived) this.#open.set(id, position);
  }

  /** All up to here was told, whatever of it was a message. */
  toldTo(position: Position): void {
    this.#told = Math.max(this.#told, position);
    this.#report();
  }

  /** The bot has asked for a message, whether or not there was one. */
  asked(id: string): void {
    if (!this.#open.delete(id)) return;
    this.#report();
    if (this.#open.size < limit) this.#fewer.wake();
  }

  /** Resolves when the bot may be told of more, or `signal` is aborted. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#open.size >= limit && !signal.aborted) await this.#fewer.next(signal);
  }

  #report(): void {
    const [first] = this.#open.values();
    const arrived = first === undefined ? this.#told : Math.min(first - 1, this.#told);
    if (arrived <= this.#arrived) return;
    this.#arrived = arrived;
    this.#reached(arrived);
  }
}
