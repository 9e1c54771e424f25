/**
 * Pings as acknowledgements: what was written to a socket may never have arrived, but a bot that answers a ping has got
 * all that was sent before it.
 */
import type { WebSocket } from 'ws';
import type { Cancel, Clock } from '../hub/clock.ts';
import type { Position } from '../hub/message.ts';
import type { BotProgress } from '../hub/bot-progress.ts';

export interface BotPingsOptions {
  clock: Clock;
  progress: BotProgress;
  /** Under which the bot's place in the events is kept. */
  key: string;
}

/** A bot that has not answered a ping for so long is not there any more. */
const silenceMs = 60_000;

/** One ping under way at a time: its answer says that all before it has arrived. */
export class BotPings {
  readonly #socket: WebSocket;
  readonly #options: BotPingsOptions;
  #sentTo: Position;
  #answered: Position | undefined;
  #pinged: Position | undefined;
  #cancel: Cancel | undefined;

  constructor(socket: WebSocket, options: BotPingsOptions, start: Position) {
    this.#socket = socket;
    this.#options = options;
    this.#sentTo = start;
    socket.on('pong', (data) => this.#pong(Number(data.toString())));
  }

  /** All events up to here were sent. */
  sent(position: Position): void {
    this.#sentTo = position;
    if (this.#answered !== position) this.ping();
  }

  ping(): void {
    if (this.#pinged !== undefined || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#pinged = this.#sentTo;
    this.#socket.ping(String(this.#sentTo));
    this.#cancel = this.#options.clock.after(silenceMs, () => this.#socket.terminate());
  }

  stop(): void {
    this.#cancel?.();
  }

  #pong(position: number): void {
    // Pongs that answer none of ours are allowed, and say nothing.
    if (position !== this.#pinged) return;
    this.#cancel?.();
    this.#pinged = undefined;
    this.#answered = position;
    this.#options.progress.reached(this.#options.key, position);
    if (this.#sentTo !== position) this.ping();
  }
}
