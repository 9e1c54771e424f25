/** What asks an implementation to do something, over whatever transport. */
import type { z } from 'zod';
import { ACTIONS, type ActionData, type ActionName, type ActionParams } from './actions.ts';
import { ActionError, OneBotError } from './errors.ts';
import type { Answer } from './frames.ts';
import { isTokenRefusal, RETCODE } from './retcodes.ts';

export interface CallOptions {
  /** How long the answer may take. */
  readonly timeoutMs?: number;
}

export interface OneBotClient {
  /**
   * Resolves with what was answered. An answer of retcode 1 (taken, its end is not told) has no data and is refused as
   * malformed where data is needed.
   *
   * @throws OneBotError; `ActionError` where the implementation says that it did not do it
   */
  call<Name extends ActionName>(
    action: Name,
    params: ActionParams<Name>,
    options?: CallOptions,
  ): Promise<ActionData<Name>>;
}

/** How long a call may take where nothing else is said. */
export const CALL_TIMEOUT_MS = 20_000;

/** The data of an answer. @throws OneBotError */
export function toData<Name extends ActionName>(action: Name, answer: Answer): ActionData<Name> {
  if (isTokenRefusal(answer.retcode)) {
    throw new OneBotError('onebot-authentication-failed', answer.wording || 'the token was refused');
  }
  if (answer.failed) throw new ActionError(action, answer.retcode, answer.wording);
  const read = (ACTIONS[action].data as z.ZodType<ActionData<Name>>).safeParse(answer.data);
  if (read.success) return read.data;
  const how = answer.retcode === RETCODE.async ? 'only taken' : 'answered in an unknown form';
  throw new OneBotError('onebot-malformed', `${action} was ${how}`, { cause: read.error });
}
