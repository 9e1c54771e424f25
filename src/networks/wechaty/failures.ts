/** What goes wrong with a puppet, in the hub's terms. */
import { toError } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { CallError } from './driver-client.ts';

/** Why a puppet could not be started, as the hub has to know it. */
export function toAccountError(thrown: unknown): Error {
  const error = toError(thrown);
  if (!(error instanceof CallError)) return error;
  const options = { cause: error };
  switch (error.code) {
    case 'no-puppet':
      return new AccountError('account-setup', error.message, options);
    case 'over':
    case 'gone':
      return toError(error.cause);
    case 'timeout':
      return new AccountError('account-silent', error.message, options);
    default:
      return new AccountError('account-unreachable', `the puppet: ${error.message}`, options);
  }
}

/** What a failed call means for what was to be said or done. */
export function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const error = toError(thrown);
  const options = { cause: error };
  if (!(error instanceof CallError) || error.isUnknown) {
    return new DeliveryError('unknown', error.message, options);
  }
  // A puppet that throws says that it did not do it; what it cannot do at all it never will.
  const permanent = error.code === 'unsupported' || error.code === 'too-large';
  return new DeliveryError('failed', error.message, { ...options, ...(permanent && { permanent }) });
}
