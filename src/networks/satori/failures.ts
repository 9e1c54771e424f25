/** What goes wrong with a server, in the hub's terms. */
import { toError } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { SatoriError } from '../../wire/satori/errors.ts';

/** Why a run ended, as the hub has to know it. */
export function toAccountError(thrown: unknown): Error {
  const error = toError(thrown);
  if (!(error instanceof SatoriError)) return error;
  const options = { cause: error };
  if (error.code === 'satori-authentication-failed') {
    return new AccountError('account-auth', `${error.message}; compare token with the server’s`, options);
  }
  const code = error.code === 'satori-closed' ? 'account-over' : 'account-unreachable';
  return new AccountError(code, error.message, options);
}

/** Refusals that a later try does not change: what was asked for is wrong, forbidden, gone or not to be done at all. */
const NEVER: ReadonlySet<number> = new Set([400, 403, 404, 405, 413, 501]);
const TOO_MANY = 429;
const UNAVAILABLE = 503;

/** What a failed call means for what was to be said or done. */
export function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const error = toError(thrown);
  const options = { cause: error };
  if (!(error instanceof SatoriError)) return new DeliveryError('unknown', error.message, options);
  const { code, status, retryAfterMs } = error;
  if (code === 'satori-unreachable' || code === 'satori-authentication-failed') {
    return new DeliveryError('failed', error.message, options);
  }
  if (status !== undefined && NEVER.has(status)) {
    return new DeliveryError('failed', error.message, { ...options, permanent: true });
  }
  if (status === TOO_MANY || status === UNAVAILABLE) {
    return new DeliveryError('failed', error.message, {
      ...options,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  // The server says that something went wrong, not how far it had got.
  return new DeliveryError('unknown', error.message, options);
}
