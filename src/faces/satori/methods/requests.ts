/** `*.approve`: accepting and refusing what people ask of an account. A request's `message_id` is the id of its event. */
import { z } from 'zod';
import type { Ask } from '../../../hub/event.ts';
import { splitRoomRef } from '../../../hub/message.ts';
import { Failure } from '../failure.ts';
import { mayIn } from '../logins.ts';
import { createHandler, idParam, type Handlers, type Parts, type Visitor } from './method.ts';

const commentLimit = 1000;

const params = z.object({
  message_id: idParam,
  approve: z.boolean(),
  comment: z.string().max(commentLimit).nullish(),
});

type Params = z.output<typeof params>;

export function createRequestHandlers({ hub }: Parts): Handlers {
  return {
    'friend.approve': createHandler('send', params, (asked, visitor) => decide('contact', asked, visitor)),
    'guild.approve': createHandler('send', params, (asked, visitor) => decide('invite', asked, visitor)),
    'guild.member.approve': createHandler('send', params, (asked, visitor) => decide('join', asked, visitor)),
  };

  async function decide(ask: Ask, { message_id: id, approve, comment }: Params, visitor: Visitor) {
    const { request } = await hub.request(id);
    const { account } = splitRoomRef(request.room);
    if (
      account !== visitor.status.id ||
      request.ask !== ask ||
      !mayIn(visitor.rights, 'read', request.room)
    ) {
      throw new Failure(404, `there is no such request ${id}`);
    }
    if (!mayIn(visitor.rights, 'send', request.room)) throw new Failure(403, 'the token may not answer that');
    await hub.answer({
      request: id,
      accepted: approve,
      by: visitor.by,
      ...(!approve && comment && { reason: comment }),
    });
    return {};
  }
}
