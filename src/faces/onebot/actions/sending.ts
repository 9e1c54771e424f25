/** Saying something. What is answered is durable: it goes out in its room's order, whatever happens meanwhile. */
import { splitRoomRef, type RoomRef } from '../../../hub/message.ts';
import type { Segment } from '../../../wire/onebot11/segments.ts';
import { RETCODE } from '../../../wire/onebot11/retcodes.ts';
import { ActionFailure } from '../failure.ts';
import { takeFile } from '../files.ts';
import { toMessageId } from '../message-id.ts';
import type { Bot } from '../rights.ts';
import { toBody } from '../to-body.ts';
import type { Actions, Parts } from './action.ts';
import { findGroup, findPrivate } from './destination.ts';

type SendingAction =
  | 'send_msg'
  | 'send_group_msg'
  | 'send_private_msg'
  | 'send_group_forward_msg'
  | 'send_private_forward_msg'
  | 'upload_group_file'
  | 'upload_private_file';

export function createSending(parts: Parts): Actions<SendingAction> {
  const group = (id: number, bot: Bot) => findGroup(parts, id, bot, 'send');
  const alone = (id: number, bot: Bot) => findPrivate(parts, id, bot, 'send');
  const upload = async (room: RoomRef, { file, name }: { file: string; name: string }, bot: Bot) => {
    const called = name === '' ? undefined : name;
    const url = await takeFile(file, called, parts.host.media);
    const body = [{ type: 'file' as const, url, ...(called !== undefined && { name: called }) }];
    const { position } = await parts.host.hub.post({ room, body, by: bot.caller.name });
    return { message_id: toMessageId(position), file_id: parts.host.media.idOf(url) ?? url };
  };
  return {
    send_group_msg: {
      scope: 'send',
      run: async ({ group_id, message }, bot) => say(parts, await group(group_id, bot), message, bot),
    },
    send_private_msg: {
      scope: 'send',
      run: async ({ user_id, message }, bot) => say(parts, await alone(user_id, bot), message, bot),
    },
    send_msg: {
      scope: 'send',
      // Clients send along what the message that they answer had: its type decides.
      async run({ message_type, group_id, user_id, message }, bot) {
        if (message_type !== 'private' && group_id !== undefined) {
          return say(parts, await group(group_id, bot), message, bot);
        }
        if (message_type !== 'group' && user_id !== undefined) {
          return say(parts, await alone(user_id, bot), message, bot);
        }
        throw new ActionFailure(
          RETCODE.badParameter,
          'nobody to say it to: "group_id" or "user_id" is missing',
        );
      },
    },
    send_group_forward_msg: {
      scope: 'send',
      run: async ({ group_id, messages }, bot) => say(parts, await group(group_id, bot), messages, bot),
    },
    send_private_forward_msg: {
      scope: 'send',
      run: async ({ user_id, messages }, bot) => say(parts, await alone(user_id, bot), messages, bot),
    },
    upload_group_file: {
      scope: 'send',
      run: async ({ group_id, ...file }, bot) => upload(await group(group_id, bot), file, bot),
    },
    upload_private_file: {
      scope: 'send',
      run: async ({ user_id, ...file }, bot) => upload(await alone(user_id, bot), file, bot),
    },
  };
}

/** Says it. A message that answers one which the bot may not see, or which is gone, is said all the same. */
export async function say(
  { host, numbers, messages }: Parts,
  room: RoomRef,
  message: readonly Segment[],
  bot: Bot,
): Promise<{ message_id: number }> {
  const { body, replyTo } = await toBody(message, {
    media: host.media,
    account: splitRoomRef(room).account,
    find: (number) => numbers.find(number),
    message: async (id) => {
      const found = await messages.find(id, bot);
      return found && { sender: found.message.sender, at: found.message.at, body: found.message.body };
    },
  });
  const answered = replyTo === undefined ? undefined : await messages.find(replyTo, bot);
  const { id, position } = await host.hub.post({
    room,
    body,
    by: bot.caller.name,
    ...(answered && { replyTo: answered.message.id }),
  });
  messages.note(id, position);
  return { message_id: toMessageId(position) };
}
