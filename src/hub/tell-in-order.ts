/**
 * Telling a bot that answers each event, one after the other: by a request for each, say. What it did not take is told again
 * until it does, and its place is kept through restarts.
 */
import { backoffMs, sleep, toError, type Backoff, type Clock } from './clock.ts';
import type { BotProgress } from './bot-progress.ts';
import type { HubEvent } from './event.ts';
import type { EventFilter } from './journal.ts';
import type { Position } from './message.ts';
import type { Tail } from './tail.ts';

const pageLimit = 100;
const backoff: Backoff = { baseMs: 500, capMs: 30_000 };

export interface ToldBot {
  clock: Clock;
  tail: Tail;
  progress: BotProgress;
  /** Under which its place is kept. */
  key: string;
  filter: EventFilter;
  /** What happened longer ago is passed over. */
  replayMs(this: void): number;
  /** Resolves when the bot has taken the event, or it is nothing for bots. Rejects where it is to be told again. */
  tell(this: void, event: HubEvent): Promise<void>;
  /** Resolves when something has happened behind this position, or it is to be looked again. May reject as `tell`. */
  wait(this: void, position: Position): Promise<void>;
  /** It will be tried again. */
  failed(this: void, reason: string): void;
}

/** Tells the bot until `signal` is aborted. Never rejects. */
export async function tellInOrder(bot: ToldBot, signal: AbortSignal): Promise<void> {
  const { clock, tail, progress, key, filter } = bot;
  let position: Position | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      position ??= await progress.start(key);
      const page = await tail.read(position, filter, pageLimit);
      for (const event of page.events) {
        if (clock.now() - event.at <= bot.replayMs()) await bot.tell(event);
        failures = 0;
        position = event.position;
        progress.reached(key, position);
        if (signal.aborted) return;
      }
      position = page.next;
      await bot.wait(position);
    } catch (error) {
      if (signal.aborted) return;
      bot.failed(toError(error).message);
      failures += 1;
      await sleep(clock, backoffMs(clock, backoff, failures), signal).catch(() => {
        // It is over: the loop ends.
      });
    }
  }
}
