/** What an action of the face is. The table of all of them is `all.ts`. */
import type { Scope } from '../../../hub/access.ts';
import type { ActionName, ReadParams } from '../../../wire/onebot11/actions.ts';
import { RETCODE } from '../../../wire/onebot11/retcodes.ts';
import { ActionFailure } from '../failure.ts';
import type { OneBotHost } from '../host.ts';
import type { Messages } from '../messages.ts';
import type { Numbers } from '../numbers.ts';
import type { People } from '../people.ts';
import type { Places } from '../places.ts';
import type { Bot } from '../rights.ts';

/** What the face is made of. */
export interface Parts {
  host: OneBotHost;
  numbers: Numbers;
  people: People;
  places: Places;
  messages: Messages;
}

export interface Action<Name extends ActionName> {
  /** What a token needs for it. */
  scope: Scope;
  /** Answers the `data`. Rejects with an `ActionFailure`, or an error of the hub. */
  run(params: ReadParams<Name>, bot: Bot): Promise<unknown>;
}

export type Actions<Names extends ActionName = ActionName> = { [Name in Names]: Action<Name> };

/** An action that no network can be asked for through the hub. @param what it would do */
export function unsupported<Name extends ActionName>(what: string): Action<Name> {
  return {
    scope: 'read',
    run: () => Promise.reject(new ActionFailure(RETCODE.failed, `hutong does not ${what}`)),
  };
}
