/** Retention: deletes what is older than it has to be kept, in slices that no write has to wait long for. */
import { sleep, toError, type Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';

/** Events deleted at a time. */
const sliceLimit = 500;
/** Keys outlive their events by this: the longest that a network may still replay them. */
const keyGraceMs = 30 * 24 * 3600_000;

export interface RetentionSettings {
  /** How long an event is kept. */
  retentionMs: number;
  /** How often is looked. */
  everyMs: number;
}

/** Trims until `signal` is aborted. Never rejects: what fails is logged and tried again. */
export async function keepTrimmed(
  journal: Journal,
  clock: Clock,
  log: Log,
  settings: RetentionSettings,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await sleep(clock, settings.everyMs, signal);
      const eventsBefore = clock.now() - settings.retentionMs;
      for (let done = false; !done && !signal.aborted;) {
        const slice = await journal.trim(eventsBefore, eventsBefore - keyGraceMs, sliceLimit);
        done = slice.done;
      }
    } catch (error) {
      if (!signal.aborted) log.error({ err: toError(error) }, 'old events could not be deleted');
    }
  }
}
