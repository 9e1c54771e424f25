/** A bounded wait for something that a request asked for: it ends with the time, or with the client. */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../../hub/clock.ts';

export interface Waiting extends Disposable {
  readonly signal: AbortSignal;
}

/** Emits `close` when it has gone; streams also say so afterwards. */
type Client = EventEmitter & { destroyed?: boolean };

/** @param client emits `close` when nobody is there any more to be told */
export function waiting(clock: Clock, limitMs: number, client: Client): Waiting {
  const controller = new AbortController();
  const end = () => controller.abort();
  const isOver = limitMs === 0 || client.destroyed === true;
  if (isOver) end();
  const cancel = isOver ? () => {} : clock.after(limitMs, end);
  client.once('close', end);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      cancel();
      client.off('close', end);
    },
  };
}
