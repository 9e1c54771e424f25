/** Errors that a puppet tells of: many tell the same again and again, some hundreds of times a minute. */
import type { Clock } from '../../hub/clock.ts';
import type { Log } from '../../hub/log.ts';
import { errorSchema } from './payloads.ts';

/** How long the same error is not worth another line. */
const AGAIN_MS = 10 * 60_000;
/** Different errors that are remembered; with more than these all begin anew. */
const KNOWN_LIMIT = 100;
/** What is shown of one, characters. */
const TEXT_LIMIT = 300;

export class PuppetErrors {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #toldMs = new Map<string, number>();
  /** The newest one, in its own words; empty where there was none. */
  last = '';

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  take(payload: unknown): void {
    const text = toText(payload);
    this.last = text;
    const now = this.#clock.monotonicMs();
    const toldMs = this.#toldMs.get(text);
    if (toldMs !== undefined && now - toldMs < AGAIN_MS) return;
    if (this.#toldMs.size >= KNOWN_LIMIT) this.#toldMs.clear();
    this.#toldMs.set(text, now);
    this.#log.warn({ error: text }, 'the puppet tells of an error');
  }
}

function toText(payload: unknown): string {
  const { gerror, data } = errorSchema.parse(payload);
  const text = gerror ?? data ?? '';
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return (typeof message === 'string' ? message : text).slice(0, TEXT_LIMIT);
  } catch {
    // It is plain words.
    return text.slice(0, TEXT_LIMIT);
  }
}
