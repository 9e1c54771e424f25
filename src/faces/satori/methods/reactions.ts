/** `reaction.*`: what the account puts on messages, and what is on them. Nobody takes off what others have put on. */
import { z } from 'zod';
import { Failure } from '../failure.ts';
import {
  createHandler,
  idParam,
  nextParam,
  toRoom,
  type Handlers,
  type Parts,
  type Visitor,
} from './method.ts';

const emojiParam = z.string().min(1).max(64);
const params = z
  .object({
    channel_id: idParam,
    message_id: idParam,
    emoji_id: emojiParam.nullish(),
    /** Its name in earlier versions. */
    emoji: emojiParam.nullish(),
    user_id: idParam.nullish(),
    next: nextParam,
  })
  .transform(({ emoji, emoji_id, ...rest }, context) => {
    const id = emoji_id ?? emoji;
    if (id == null) {
      context.addIssue({ code: 'custom', path: ['emoji_id'], message: 'it is missing' });
      return z.NEVER;
    }
    return { ...rest, emoji: id };
  });

type Params = z.output<typeof params>;

export function createReactionHandlers({ hub, logins, messages }: Parts): Handlers {
  return {
    'reaction.create': createHandler('send', params, (asked, visitor) => react(asked, visitor, true)),
    'reaction.delete': createHandler('send', params, async (asked, visitor) => {
      const { user_id } = asked;
      if (user_id != null && user_id !== logins.selfOf(visitor.status.id).id) {
        throw new Failure(403, 'an account takes off its own reactions only');
      }
      return react(asked, visitor, false);
    }),
    'reaction.list': createHandler('read', params, async ({ channel_id, message_id, emoji }, visitor) => {
      const { reactions } = await find(message_id, toRoom(channel_id, 'read', visitor));
      return { data: reactions.filter((each) => each.emoji === emoji).map(({ user }) => user) };
    }),
  };

  async function react({ channel_id, message_id, emoji }: Params, visitor: Visitor, added: boolean) {
    const room = toRoom(channel_id, 'send', visitor);
    await find(message_id, room);
    await hub.react({ message: message_id, room, emoji, added, by: visitor.by });
    return {};
  }

  async function find(id: string, room: ReturnType<typeof toRoom>) {
    const found = await messages.find(id, room);
    if (!found) throw new Failure(404, `there is no message ${id} in this channel`);
    return found;
  }
}
