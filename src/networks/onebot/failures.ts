/** What goes wrong with an implementation, in the hub's terms. */
import { toError } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { ActionError, OneBotError } from '../../wire/onebot11/errors.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';

/** Why a run ended, as the hub has to know it. */
export function toAccountError(thrown: unknown): Error {
  const error = toError(thrown);
  if (!(error instanceof OneBotError)) return error;
  const options = { cause: error };
  if (error.code === 'onebot-authentication-failed') {
    return new AccountError(
      'account-auth',
      `${error.message}; compare token with the implementation’s`,
      options,
    );
  }
  return new AccountError(
    error.code === 'onebot-closed' ? 'account-over' : 'account-unreachable',
    error.message,
    options,
  );
}

/** The implementation's own wait for QQ ended: what was said may have arrived, or will. */
const LATE = /time\s?out|超时/i;
const NEVER: ReadonlySet<number> = new Set([
  RETCODE.badParameter,
  RETCODE.badRequest,
  RETCODE.unknownAction,
  1405,
]);

/** What a failed call means for what was to be said or done. */
export function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const error = toError(thrown);
  const options = { cause: error };
  if (error instanceof ActionError) {
    if (LATE.test(error.wording)) return new DeliveryError('unknown', error.message, options);
    return new DeliveryError('failed', error.message, { ...options, permanent: NEVER.has(error.retcode) });
  }
  const isNotSent =
    error instanceof OneBotError &&
    (error.code === 'onebot-not-connected' || error.code === 'onebot-authentication-failed');
  return new DeliveryError(isNotSent ? 'failed' : 'unknown', error.message, options);
}
