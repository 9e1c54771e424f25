/**
 * Quick operations: what a bot wants done with the event that it was told of. Of those that OneBot has, answering, taking
 * back and deciding on requests are what the hub can do; the others are left undone, as an implementation may.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/api/hidden.md
 */
import { z } from 'zod';
import { integer } from '../../../wire/onebot11/values.ts';
import { parseMessage } from '../../../wire/onebot11/message.ts';
import type { Action, Parts } from './action.ts';
import { findGroup, findPrivate } from './destination.ts';
import { decide } from './requests.ts';
import { say } from './sending.ts';

const told = z.object({
  post_type: z.literal(['message', 'message_sent']),
  message_type: z.enum(['private', 'group']),
  message_id: integer,
  user_id: integer,
  group_id: integer.optional(),
});

const asked = z.object({
  post_type: z.literal('request'),
  request_type: z.enum(['friend', 'group']),
  flag: z.string(),
});

const decided = z.object({ approve: z.boolean().optional(), reason: z.string().default('') });

const wanted = z.object({
  reply: z.unknown().optional(),
  auto_escape: z.boolean().optional(),
  at_sender: z.boolean().optional(),
  delete: z.boolean().optional(),
});

export function createQuickOperation(
  parts: Parts,
  recall: Action<'delete_msg'>,
): Action<'.handle_quick_operation'> {
  return {
    scope: 'send',
    async run({ context, operation }, bot) {
      const request = asked.safeParse(context);
      if (request.success) {
        const { approve, reason } = decided.parse(operation);
        const { flag, request_type } = request.data;
        if (approve === undefined) return null;
        return decide(parts, { flag, isFriend: request_type === 'friend', approve, reason }, bot);
      }
      const event = told.safeParse(context);
      if (!event.success) return null;
      const { message_type, message_id, user_id, group_id } = event.data;
      const {
        reply,
        auto_escape = false,
        at_sender = true,
        delete: takeBack = false,
      } = wanted.parse(operation);
      if (reply !== undefined && reply !== null && reply !== '') {
        const message = parseMessage(reply, auto_escape);
        if (message_type === 'group' && group_id !== undefined) {
          const room = await findGroup(parts, group_id, bot, 'send');
          const at = { type: 'at' as const, data: { qq: String(user_id) } };
          const gap = { type: 'text' as const, data: { text: ' ' } };
          await say(parts, room, at_sender ? [at, gap, ...message] : message, bot);
        } else {
          await say(parts, await findPrivate(parts, user_id, bot, 'send'), message, bot);
        }
      }
      if (takeBack) await recall.run({ message_id }, bot);
      return null;
    },
  };
}
