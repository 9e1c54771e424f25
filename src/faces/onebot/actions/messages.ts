/** What was said: one message, a history, what was forwarded; taking it back, reacting to it. */
import { isPrivateMessage } from '../../../hub/event.ts';
import type { RoomRef } from '../../../hub/message.ts';
import { toCqString } from '../../../wire/onebot11/cq-code.ts';
import { toReactionEmoji } from '../../../wire/onebot11/faces.ts';
import { RETCODE } from '../../../wire/onebot11/retcodes.ts';
import { toWireSegment } from '../../../wire/onebot11/segments.ts';
import { ActionFailure, refuseUnknown } from '../failure.ts';
import { toPosition } from '../message-id.ts';
import type { Found } from '../messages.ts';
import { mayIn, type Bot } from '../rights.ts';
import { toSegments } from '../to-segments.ts';
import type { Actions, Parts } from './action.ts';
import { findGroup, findPrivate } from './destination.ts';

type MessageAction =
  | 'delete_msg'
  | 'get_msg'
  | 'get_forward_msg'
  | 'get_group_msg_history'
  | 'get_friend_msg_history'
  | 'set_msg_emoji_like';

const usualHistory = 20;
const historyLimit = 200;

export function createMessageActions(parts: Parts): Actions<MessageAction> {
  const { host, messages } = parts;
  const find = async (id: number, bot: Bot): Promise<Found> =>
    (await messages.find(id, bot)) ?? refuseUnknown(`there is no message ${id}`);

  return {
    delete_msg: {
      scope: 'send',
      async run({ message_id }, bot) {
        const { message, room } = await find(message_id, bot);
        if (!mayIn(bot, 'send', room)) refuseUnknown(`there is no message ${message_id}`);
        await host.hub.recall({ message: message.id, by: bot.caller.name });
        return null;
      },
    },
    get_msg: {
      scope: 'read',
      async run({ message_id }, bot) {
        const { message, room, recalled } = await find(message_id, bot);
        if (recalled) return refuseUnknown(`the message ${message_id} was taken back`);
        return (
          (await messages.show(message, room, bot)) ?? refuseUnknown(`there is no message ${message_id}`)
        );
      },
    },
    get_forward_msg: {
      scope: 'read',
      run: async ({ id, message_id }, bot) => showForward(parts, id || message_id, find, bot),
    },
    get_group_msg_history: {
      scope: 'read',
      async run({ group_id, ...range }, bot) {
        return showHistory(parts, await findGroup(parts, group_id, bot, 'read'), range, bot);
      },
    },
    get_friend_msg_history: {
      scope: 'read',
      async run({ user_id, ...range }, bot) {
        return showHistory(parts, await findPrivate(parts, user_id, bot, 'read'), range, bot);
      },
    },
    set_msg_emoji_like: {
      scope: 'send',
      async run({ message_id, emoji_id, set }, bot) {
        const emoji = toEmoji(emoji_id);
        if (emoji === undefined) {
          throw new ActionFailure(RETCODE.badParameter, `${emoji_id} is no emoji: 128077 is 👍`);
        }
        const { message, room } = await find(message_id, bot);
        if (!mayIn(bot, 'send', room)) refuseUnknown(`there is no message ${message_id}`);
        await host.hub.react({ message: message.id, room, emoji, added: set, by: bot.caller.name });
        return null;
      },
    },
  };
}

/** Oldest first: the last `count`, or those up to a message, itself included. */
async function showHistory(
  { host, messages }: Parts,
  room: RoomRef,
  range: { message_seq: number | undefined; message_id: number | undefined; count: number | undefined },
  bot: Bot,
): Promise<unknown> {
  // Clients that have no message to begin at send 0.
  const last = range.message_id || range.message_seq || undefined;
  const before = last === undefined ? undefined : toPosition(last, await host.journal.head()) + 1;
  const count = Math.min(Math.max(range.count ?? usualHistory, 1), historyLimit);
  const shown = [];
  for (const event of await host.hub.history(room, before, count)) {
    if (event.kind !== 'message' || isPrivateMessage(event)) continue;
    const message = await messages.show(event, room, bot);
    if (message) shown.push({ self_id: bot.selfId, post_type: 'message', ...message });
  }
  return { messages: shown };
}

/** What was forwarded in a message: the forward's own id, or the message's. */
async function showForward(
  { host, people }: Parts,
  id: string,
  find: (id: number, bot: Bot) => Promise<Found>,
  bot: Bot,
): Promise<unknown> {
  const [, messageId, index] = /^(-?\d{1,10})(?:-(\d{1,5}))?$/.exec(id) ?? [];
  const { message } = await find(Number(messageId), bot);
  const forward =
    index === undefined
      ? message.body.find((segment) => segment.type === 'forward')
      : message.body[Number(index)];
  if (forward?.type !== 'forward') return refuseUnknown(`there is no forward ${id}`);
  const nodes = [];
  for (const { sender, at, body } of forward.messages) {
    const segments = await toSegments(body, {
      media: host.media,
      mentioned: (user, name) => people.number(message.room, { id: user, name }, bot),
      // Within a forward there is no id by which one could be asked for.
      forwardId: () => id,
    });
    const content = bot.format === 'array' ? segments.map(toWireSegment) : toCqString(segments);
    const user = sender.id === '' ? 0 : await people.number(message.room, sender, bot);
    const time = at === undefined ? Math.floor(message.at / 1000) : Math.floor(at / 1000);
    nodes.push({
      type: 'node',
      data: { user_id: String(user), nickname: sender.name, time, content },
      // As most implementations have it.
      sender: { user_id: user, nickname: sender.name },
      time,
      message: content,
    });
  }
  return { message: nodes, messages: nodes };
}

/** By QQ's number, or the emoji itself, which some clients send. Undefined where it is none. */
function toEmoji(id: string): string | undefined {
  const emoji = /^\d+$/.test(id) ? toReactionEmoji(id) : id;
  return /^\p{Extended_Pictographic}/u.test(emoji) ? emoji : undefined;
}
