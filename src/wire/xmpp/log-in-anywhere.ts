// A domain may have several servers: the login is tried at each in turn.
import { XmppError } from './errors.ts';
import { logIn, type LoginOptions } from './login.ts';
import type { ServerAddress } from './session-options.ts';

/**
 * Logs in at the first server where that works. What every server would say again, as that a password is wrong, ends it.
 *
 * @param addresses at least one, best first
 * @throws XmppError why the first could not be logged in at, or what ended it
 */
export async function logInAnywhere(
  addresses: readonly ServerAddress[],
  options: LoginOptions,
): ReturnType<typeof logIn> {
  const { log, signal } = options;
  let failure: unknown;
  for (const address of addresses) {
    log('debug', 'connecting', { ...address });
    try {
      return await logIn(address, options);
    } catch (error) {
      if (!(error instanceof XmppError) || error.terminal || signal.aborted) throw error;
      log('debug', 'connecting-failed', { ...address, code: error.code, reason: error.message });
      failure ??= error;
    }
  }
  throw failure;
}
