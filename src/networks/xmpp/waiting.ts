/**
 * Waiting with an end: for somebody else's answer, at most so long, or until nobody needs it any more.
 */
import type { Clock } from '../../hub/clock.ts';
import { notSent } from './failures.ts';

/** Rejects as soon as the signal is aborted, with its reason. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** @throws DeliveryError (not sent) with `message` when it takes longer than `limitMs` */
export async function inTime<T>(
  clock: Clock,
  promise: Promise<T>,
  limitMs: number,
  message: string,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(limitMs, () => late.reject(notSent(message)));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}
