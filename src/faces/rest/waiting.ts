/** A bounded wait for something that a request asked for: it ends with the time, or with the client. */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../../hub/clock.ts';

export interface Waiting extends Disposable {
  readonly signal: AbortSignal;
}

/** @param client emits `close` when nobody is there any more to be told */
export function waiting(clock: Clock, limitMs: number, client: EventEmitter): Waiting {
  const controller = new AbortController();
  const end = () => controller.abort();
  if (limitMs === 0) end();
  const cancel = limitMs === 0 ? () => {} : clock.after(limitMs, end);
  client.once('close', end);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      cancel();
      client.off('close', end);
    },
  };
}
