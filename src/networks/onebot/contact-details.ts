/** What QQ tells of somebody, for the account's own programs. */
import type { ContactDetails } from '../../hub/network.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import { toDeliveryError } from './failures.ts';

/** Asks the implementation. Rejects with a `DeliveryError` where it cannot be asked now. */
export async function readContact(client: OneBotClient, user: string): Promise<ContactDetails> {
  const number = Number(user);
  if (!Number.isSafeInteger(number) || number <= 0) return {};
  const [{ sex }, friends] = await Promise.all([
    orNothing(client.call('get_stranger_info', { user_id: number }), { sex: '' }),
    orNothing(client.call('get_friend_list', {}), undefined),
  ]);
  const friend = friends?.find(({ user_id }) => user_id === number);
  return {
    ...(friend?.remark && { alias: friend.remark }),
    ...((sex === 'male' || sex === 'female') && { gender: sex }),
    ...(friends && { isFriend: friend !== undefined }),
  };
}

/** An implementation that does not know the person, or the action, has told nothing of them. */
async function orNothing<Answer, Nothing>(
  asking: Promise<Answer>,
  nothing: Nothing,
): Promise<Answer | Nothing> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof ActionError) return nothing;
    throw toDeliveryError(error);
  }
}
