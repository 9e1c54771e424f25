// Every way the OneBot library can fail, each with a code.

/** The codes, in the order in which things go wrong. */
export const ONEBOT_ERROR_CODES = [
  /** The other side cannot be reached, or does not speak WebSocket or HTTP. */
  'onebot-unreachable',
  /** It refused the token: by HTTP 401 or 403, or by a frame with retcode 1401 or 1403. Terminal. */
  'onebot-authentication-failed',
  /** What it sent is no OneBot 11. */
  'onebot-malformed',
  /** It did not answer a call in time: what was asked for may have been done, or be done later. */
  'onebot-timeout',
  /** The connection ended before a call was answered: what was asked for may have been done. */
  'onebot-closed',
  /** There is no connection: nothing was sent. */
  'onebot-not-connected',
  /** It answered that the action was not done; `ActionError` has the retcode. */
  'onebot-action-failed',
] as const;

export type OneBotErrorCode = (typeof ONEBOT_ERROR_CODES)[number];

export class OneBotError extends Error {
  readonly code: OneBotErrorCode;
  constructor(code: OneBotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An action was answered with a failure. */
export class ActionError extends OneBotError {
  readonly action: string;
  readonly retcode: number;
  /** The implementation's own words, for people; empty where it gave none. */
  readonly wording: string;
  constructor(action: string, retcode: number, wording: string) {
    super('onebot-action-failed', `${action}: ${wording || 'failed'} (retcode ${retcode})`);
    this.action = action;
    this.retcode = retcode;
    this.wording = wording;
  }
}
