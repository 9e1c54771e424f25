/**
 * Requests that nobody has answered yet. One that came while there was no connection is told by no event; these lists,
 * which most implementations have beside the specification, still have it.
 */
import { z } from 'zod';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import type { RequestEvent } from '../../wire/onebot11/events.ts';
import { flag, integer, optionalInteger, words } from '../../wire/onebot11/values.ts';

/** Asked for, and read, of each list. */
const LIST_LIMIT = 100;

/** A request of a list, as if it were told now. */
export interface WaitingRequest {
  event: RequestEvent;
  /** What who asks is called; empty where it is not told. */
  nickname: string;
  /** QQ holds it for doubtful: it is told by no event, and is answered by an action of its own. */
  isDoubtful: boolean;
}

/** Implementations name who asks in one of two ways. */
const groupRequest = z.looseObject({
  request_id: words,
  requester_uin: optionalInteger,
  requester_nick: words,
  invitor_uin: optionalInteger,
  invitor_nick: words,
  group_id: integer,
  message: words,
  checked: flag,
});
const list = z.array(z.unknown()).nullish();
const groupRequests = z.looseObject({ join_requests: list, invited_requests: list, InvitedRequest: list });
const doubtfulFriend = z.looseObject({
  flag: words,
  uin: integer,
  nick: words,
  msg: words,
  time: optionalInteger.catch(undefined),
});

/**
 * @param now seconds since the epoch: what is not told when it was asked is of now
 * @returns those of a list that there is not, or that cannot be read, are left out
 * @throws OneBotError where there is no answer
 */
export async function readWaitingRequests(
  client: OneBotClient,
  selfId: number,
  now: number,
): Promise<WaitingRequest[]> {
  const base = { post_type: 'request', self_id: selfId } as const;
  const inGroups = groupRequests.safeParse(
    await unlessLacking(client.call('get_group_system_msg', { count: LIST_LIMIT })),
  );
  const { join_requests: joins, invited_requests: invited, InvitedRequest } = inGroups.data ?? {};
  const groups = [
    ...readAll(groupRequest, joins).map((request) => ({ ...request, sub_type: 'add' })),
    ...readAll(groupRequest, invited ?? InvitedRequest).map((request) => ({
      ...request,
      sub_type: 'invite',
    })),
  ].flatMap((request): WaitingRequest[] => {
    const { request_id, requester_uin, invitor_uin, group_id, message: comment, sub_type } = request;
    const user = (sub_type === 'add' ? requester_uin : undefined) ?? invitor_uin ?? 0;
    if (request.checked || user === 0) return [];
    const about = { request_type: 'group', flag: request_id, user_id: user, group_id, sub_type } as const;
    const nickname = (sub_type === 'add' ? request.requester_nick : '') || request.invitor_nick;
    return [{ event: { ...base, time: now, comment, ...about }, nickname, isDoubtful: false }];
  });
  const doubtful = await unlessLacking(client.call('get_doubt_friends_add_request', { count: LIST_LIMIT }));
  const friends = readAll(doubtfulFriend, doubtful).map(
    ({ flag: given, uin, nick, msg, time }): WaitingRequest => ({
      event: {
        ...base,
        time: time ?? now,
        comment: msg,
        request_type: 'friend',
        flag: given,
        user_id: uin,
      },
      nickname: nick,
      isDoubtful: true,
    }),
  );
  return [...groups, ...friends];
}

/** Undefined where the implementation has no such list. */
async function unlessLacking(asking: Promise<unknown>): Promise<unknown> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof ActionError) return undefined;
    throw error;
  }
}

/** One that cannot be read keeps none of the others back. */
function readAll<Entry>(schema: z.ZodType<Entry>, entries: unknown): Entry[] {
  if (!Array.isArray(entries)) return [];
  return entries.slice(0, LIST_LIMIT).flatMap((entry) => schema.safeParse(entry).data ?? []);
}
