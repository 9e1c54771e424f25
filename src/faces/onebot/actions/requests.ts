/**
 * Answering requests: who wants to be a friend or to be let in, and invitations. The flag of a request is the id of its
 * event in the hub, so that it leads back to its account through restarts.
 */
import { splitRoomRef } from '../../../hub/message.ts';
import { RETCODE } from '../../../wire/onebot11/retcodes.ts';
import { ActionFailure, refuseUnknown } from '../failure.ts';
import { mayIn, seesAccount, type Bot } from '../rights.ts';
import type { Actions, Parts } from './action.ts';

/** What a bot decides. */
export interface Decision {
  flag: string;
  /** Whether the request is one to be a friend, as the action's name says. */
  isFriend: boolean;
  approve: boolean;
  reason: string;
}

/** Resolves when the answer is durable. Rejects with an `ActionFailure`, or an error of the hub. */
export async function decide(
  { host: { hub } }: Parts,
  { flag, isFriend, approve, reason }: Decision,
  bot: Bot,
): Promise<null> {
  const { request } = await hub.request(flag);
  const { room, ask } = request;
  if (!seesAccount(bot, splitRoomRef(room).account) || !mayIn(bot, 'read', room)) {
    return refuseUnknown(`there is no request ${flag}`);
  }
  if (!mayIn(bot, 'send', room)) {
    throw new ActionFailure(RETCODE.wrongToken, `${bot.caller.name} may not answer that`);
  }
  if ((ask === 'contact') !== isFriend) {
    return refuseUnknown(`${flag} is no request ${isFriend ? 'to be a friend' : 'about a group'}`);
  }
  await hub.answer({
    request: flag,
    accepted: approve,
    by: bot.caller.name,
    ...(!approve && reason !== '' && { reason }),
  });
  return null;
}

export function createRequestActions(
  parts: Parts,
): Actions<'set_friend_add_request' | 'set_group_add_request'> {
  return {
    // A name of one's own for the new friend is nothing that the hub keeps.
    set_friend_add_request: {
      scope: 'send',
      run: ({ flag, approve }, bot) => decide(parts, { flag, isFriend: true, approve, reason: '' }, bot),
    },
    set_group_add_request: {
      scope: 'send',
      run: ({ flag, approve, reason }, bot) => decide(parts, { flag, isFriend: false, approve, reason }, bot),
    },
  };
}
