/** Why an action was not done, as it is answered. */
import { RETCODE } from '../../wire/onebot11/retcodes.ts';

export class ActionFailure extends Error {
  override readonly name = 'ActionFailure';
  readonly retcode: number;

  /** @param wording for people */
  constructor(retcode: number, wording: string, options?: ErrorOptions) {
    super(wording, options);
    this.retcode = retcode;
  }
}

/** Something that was named is not there, or not for this bot: both are answered the same way. */
export function refuseUnknown(what: string): never {
  throw new ActionFailure(RETCODE.badParameter, what);
}
