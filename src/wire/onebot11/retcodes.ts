/**
 * Results of actions.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/api/README.md
 */
export const RETCODE = {
  ok: 0,
  /** Taken; how it ends is not told. */
  async: 1,
  /** A parameter is missing or wrong. */
  badParameter: 100,
  /** It was tried and failed. */
  failed: 103,
  badRequest: 1400,
  noToken: 1401,
  wrongToken: 1403,
  unknownAction: 1404,
} as const;

/** Whether a retcode says that the token was missing or wrong. */
export function isTokenRefusal(retcode: number): boolean {
  return retcode === RETCODE.noToken || retcode === RETCODE.wrongToken;
}
