/**
 * Actions: what an implementation can be asked to do. One table for both sides: `params` checks what is asked for (the
 * implementation's side), `data` what is answered (the client's).
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/api/public.md
 */
import { z } from 'zod';
import { message, parseMessage, type WireMessage } from './message.ts';
import { status } from './events.ts';
import { flag, integer, optionalInteger, words } from './values.ts';

const nothing = z.unknown();
const noParams = z.unknown().transform(() => ({}));
const group = { group_id: integer };
const user = { user_id: integer };
const member = { ...group, ...user };
/** `enable`, `approve`: true where it is left out. */
const on = z
  .union([z.boolean(), z.string(), z.number()])
  .nullish()
  .transform((value) => value === null || value === undefined || /^(1|true|yes)$/i.test(String(value)));
const wireMessage = z.custom<WireMessage>(
  (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
  { error: 'expected segments or a string' },
);
const toSay = { message: wireMessage, auto_escape: flag };

/** What is said, with its message read. */
function saying<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object({ ...shape, ...toSay }).transform((params, context) => {
    try {
      const { message: given, auto_escape } = params as unknown as {
        message: WireMessage;
        auto_escape: boolean;
      };
      return { ...params, message: parseMessage(given, auto_escape) };
    } catch {
      // Zod tells it as a fault of this field.
      context.addIssue({ code: 'custom', path: ['message'], message: 'expected segments or a string' });
      return z.NEVER;
    }
  });
}

const sent = z.looseObject({ message_id: integer });
const stranger = z.looseObject({ user_id: integer, nickname: words, sex: words, age: optionalInteger });
const friend = z.looseObject({ user_id: integer, nickname: words, remark: words });
const groupInfo = z.looseObject({
  group_id: integer,
  group_name: words,
  member_count: optionalInteger,
  max_member_count: optionalInteger,
});
const groupMember = z.looseObject({
  user_id: integer,
  nickname: words,
  card: words,
  role: words,
  title: words,
});
const fileAnswer = z.looseObject({
  file: words,
  url: words,
  base64: words,
  file_name: words,
  file_size: words,
});
/** `messages`, oldest first; each as an event. */
const messages = z.looseObject({ messages: z.array(z.unknown()).nullish() });
/** From which message on, by its id (implementations call it one or the other), and how many; `reverse…`: back from it. */
const history = {
  message_seq: optionalInteger,
  message_id: optionalInteger,
  count: optionalInteger,
  reverse_order: flag,
  reverseOrder: flag,
};
const nodes = { messages: message };
const upload = { file: z.string(), name: words, folder: words };

export const ACTIONS = {
  send_private_msg: { params: saying({ ...user, group_id: optionalInteger }), data: sent },
  send_group_msg: { params: saying(group), data: sent },
  send_msg: {
    params: saying({ message_type: words, user_id: optionalInteger, group_id: optionalInteger }),
    data: sent,
  },
  delete_msg: { params: z.object({ message_id: integer }), data: nothing },
  get_msg: { params: z.object({ message_id: integer }), data: z.looseObject({}) },
  get_forward_msg: { params: z.object({ id: words, message_id: words }), data: nothing },
  send_like: { params: z.object({ ...user, times: optionalInteger }), data: nothing },
  set_group_kick: { params: z.object({ ...member, reject_add_request: flag }), data: nothing },
  set_group_ban: { params: z.object({ ...member, duration: optionalInteger }), data: nothing },
  set_group_anonymous_ban: {
    params: z.object({
      ...group,
      anonymous: z.looseObject({ flag: words }).nullish(),
      anonymous_flag: words,
      flag: words,
      duration: optionalInteger,
    }),
    data: nothing,
  },
  set_group_whole_ban: { params: z.object({ ...group, enable: on }), data: nothing },
  set_group_admin: { params: z.object({ ...member, enable: on }), data: nothing },
  set_group_anonymous: { params: z.object({ ...group, enable: on }), data: nothing },
  set_group_card: { params: z.object({ ...member, card: words }), data: nothing },
  set_group_name: { params: z.object({ ...group, group_name: words }), data: nothing },
  set_group_leave: { params: z.object({ ...group, is_dismiss: flag }), data: nothing },
  set_group_special_title: {
    params: z.object({ ...member, special_title: words, duration: optionalInteger }),
    data: nothing,
  },
  set_friend_add_request: { params: z.object({ flag: words, approve: on, remark: words }), data: nothing },
  set_group_add_request: {
    params: z.object({ flag: words, sub_type: words, type: words, approve: on, reason: words }),
    data: nothing,
  },
  get_login_info: { params: noParams, data: z.looseObject({ user_id: integer, nickname: words }) },
  get_stranger_info: { params: z.object({ ...user, no_cache: flag }), data: stranger },
  get_friend_list: { params: noParams, data: z.array(friend) },
  get_group_info: { params: z.object({ ...group, no_cache: flag }), data: groupInfo },
  get_group_list: { params: noParams, data: z.array(groupInfo) },
  get_group_member_info: { params: z.object({ ...member, no_cache: flag }), data: groupMember },
  get_group_member_list: { params: z.object(group), data: z.array(groupMember) },
  get_group_honor_info: { params: z.object({ ...group, type: words }), data: nothing },
  get_cookies: { params: z.object({ domain: words }), data: nothing },
  get_csrf_token: { params: noParams, data: nothing },
  get_credentials: { params: z.object({ domain: words }), data: nothing },
  get_record: { params: z.object({ file: words, out_format: words }), data: fileAnswer },
  get_image: { params: z.object({ file: words }), data: fileAnswer },
  can_send_image: { params: noParams, data: z.looseObject({ yes: flag }) },
  can_send_record: { params: noParams, data: z.looseObject({ yes: flag }) },
  get_status: { params: noParams, data: status },
  get_version_info: {
    params: noParams,
    data: z.looseObject({ app_name: words, app_version: words, protocol_version: words }),
  },
  set_restart: { params: z.object({ delay: optionalInteger }), data: nothing },
  clean_cache: { params: noParams, data: nothing },
  '.handle_quick_operation': {
    params: z.object({
      context: z.record(z.string(), z.unknown()),
      operation: z.record(z.string(), z.unknown()),
    }),
    data: nothing,
  },
  // Most implementations', not the specification's.
  upload_group_file: { params: z.object({ ...group, ...upload }), data: nothing },
  upload_private_file: { params: z.object({ ...user, ...upload }), data: nothing },
  get_file: { params: z.object({ file: words, file_id: words }), data: fileAnswer },
  /** Has the implementation fetch a file, which is then named by what is answered. */
  download_file: {
    params: z.object({ url: words, base64: words, name: words }),
    data: z.looseObject({ file: words }),
  },
  send_group_forward_msg: { params: z.object({ ...group, ...nodes }), data: sent },
  send_private_forward_msg: { params: z.object({ ...user, ...nodes }), data: sent },
  get_group_msg_history: { params: z.object({ ...group, ...history }), data: messages },
  get_friend_msg_history: { params: z.object({ ...user, ...history }), data: messages },
  set_msg_emoji_like: {
    params: z.object({ message_id: integer, emoji_id: words, set: on }),
    data: nothing,
  },
  /** Who wants into groups, and who invites; answered and not. */
  get_group_system_msg: { params: z.object({ count: optionalInteger }), data: nothing },
  /** Who wants to be a friend and is held back by QQ. They can be accepted only: `approve` is not looked at. */
  get_doubt_friends_add_request: { params: z.object({ count: optionalInteger }), data: nothing },
  set_doubt_friends_add_request: { params: z.object({ flag: words, approve: on }), data: nothing },
} as const satisfies Record<string, { params: z.ZodType; data: z.ZodType }>;

type Table = typeof ACTIONS;
export type ActionName = keyof Table;
/** What is asked with, as it is written. */
export type ActionParams<Name extends ActionName> = z.input<Table[Name]['params']>;
/** What was asked with, as it has been read. */
export type ReadParams<Name extends ActionName> = z.output<Table[Name]['params']>;
/** What is answered, as it has been read. */
export type ActionData<Name extends ActionName> = z.output<Table[Name]['data']>;

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}

/** How an action is to be done: its name may end with `_async` (not waited for) or `_rate_limited` (in line). */
export function splitAction(name: string): { name: string; manner: 'async' | 'rate-limited' | undefined } {
  if (name.endsWith('_async')) return { name: name.slice(0, -'_async'.length), manner: 'async' };
  if (name.endsWith('_rate_limited')) {
    return { name: name.slice(0, -'_rate_limited'.length), manner: 'rate-limited' };
  }
  return { name, manner: undefined };
}
