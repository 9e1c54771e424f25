/**
 * How far each bot has got, through restarts of the hub and of the bot. What was written to a connection may never have
 * arrived: each face knows by what its bots say that they have got something.
 */
import { toError, type Cancel, type Clock } from './clock.ts';
import type { HubAccess } from './face.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import type { Position } from './message.ts';
import { findPositionAt } from './position-at.ts';

export interface BotProgressHost {
  hub: Pick<HubAccess, 'read'>;
  journal: Pick<Journal, 'head' | 'get' | 'set'>;
  clock: Clock;
  log: Log;
}

export interface BotProgressOptions {
  /** Of the keys in the journal under which it is kept. */
  prefix: string;
  /** What happened longer ago is not told any more. */
  readonly replayMs: () => number;
}

/** How long what was answered waits to be written: after a crash so much is told again. */
const writeAfterMs = 500;

export class BotProgress {
  readonly #host: BotProgressHost;
  readonly #options: BotProgressOptions;
  readonly #positions = new Map<string, Position>();
  readonly #unwritten = new Set<string>();
  #cancel: Cancel | undefined;

  constructor(host: BotProgressHost, options: BotProgressOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Where a bot goes on: behind what it has got, and not too long ago. One that was never here begins now. */
  async start(key: string): Promise<Position> {
    const { hub, journal, clock } = this.#host;
    const stored =
      this.#positions.get(key) ?? Number((await journal.get(this.#options.prefix + key)) ?? Number.NaN);
    const head = await journal.head();
    // A journal that was put back to an earlier state is behind what the bot has got.
    if (Number.isNaN(stored) || stored > head) {
      this.reached(key, head);
      // Written before the bot is told anything: without a place it would begin anew after a crash, and have missed some.
      await this.write();
      return head;
    }
    return Math.max(stored, await findPositionAt(hub, head, clock.now() - this.#options.replayMs()));
  }

  reached(key: string, position: Position): void {
    if (this.#positions.get(key) === position) return;
    this.#positions.set(key, position);
    this.#unwritten.add(key);
    this.#cancel ??= this.#host.clock.after(writeAfterMs, () => void this.write());
  }

  /** Writes down what was reached. Never rejects. */
  async write(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#unwritten.size === 0) return;
    const entries = [...this.#unwritten].map(
      (key) => [this.#options.prefix + key, String(this.#positions.get(key))] as const,
    );
    this.#unwritten.clear();
    try {
      await this.#host.journal.set(entries);
    } catch (error) {
      // It is written with what is reached next; until then, what is told twice is all that can come of it.
      this.#host.log.warn({ err: toError(error) }, 'how far bots have got could not be written down');
    }
  }
}
