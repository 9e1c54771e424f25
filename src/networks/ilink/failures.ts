/** What goes wrong with Tencent's server, in the hub's terms. */
import { toError } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { IlinkError } from '../../wire/ilink/errors.ts';

/** When to try again what the server refused and may take later: it lets a bot say only so much at a time. */
const REFUSED_PAUSE_MS = 30_000;

/** What people are told when a login is over. */
const STALE_WORDS = 'WeChat has ended this login (stale token, errcode -14): a new scan is needed';

export function isStale(error: unknown): boolean {
  return error instanceof IlinkError && error.code === 'ilink-stale';
}

/** Why a run ended, as the hub has to know it. */
export function toAccountError(thrown: unknown): Error {
  const error = toError(thrown);
  if (!(error instanceof IlinkError)) return error;
  const options = { cause: error };
  if (error.code === 'ilink-stale') return new AccountError('account-over', STALE_WORDS, options);
  const words = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return new AccountError('account-unreachable', error.message + words, options);
}

/** What a failed call means for what was to be said. */
export function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const error = toError(thrown);
  const options = { cause: error };
  if (!(error instanceof IlinkError)) return new DeliveryError('unknown', error.message, options);
  switch (error.code) {
    case 'ilink-stale':
      // It goes out when somebody has scanned the new code.
      return new DeliveryError('failed', STALE_WORDS, options);
    case 'ilink-unreachable':
    case 'ilink-file-failed':
      return new DeliveryError('failed', error.message, options);
    case 'ilink-refused':
      return new DeliveryError('failed', error.message, { ...options, retryAfterMs: REFUSED_PAUSE_MS });
    case 'ilink-malformed':
    case 'ilink-unanswered':
      return new DeliveryError('unknown', error.message, options);
  }
}

/** What a failure means for a message that had not been handed over yet: it can be tried again, whatever it was. */
export function toUnsaid(thrown: unknown): DeliveryError {
  const error = toDeliveryError(thrown);
  return error.outcome === 'failed' ? error : new DeliveryError('failed', error.message, { cause: thrown });
}
