/**
 * Events: what an implementation tells. Read tolerantly; what is not known is `undefined`, never an error, so that an
 * implementation may add to them.
 *
 * @see https://github.com/botuniverse/onebot-11/tree/master/event
 */
import { z } from 'zod';
import { message } from './message.ts';
import { flag, integer, optionalInteger, words } from './values.ts';

const optionalId = optionalInteger;
/** Seconds since the epoch. */
const base = { time: integer, self_id: integer };

/** Who said something. `card` is the name in the group, empty where there is none. */
const sender = z
  .looseObject({
    user_id: optionalId,
    nickname: words,
    card: words,
    sex: words,
    age: optionalInteger,
    area: words,
    level: words,
    role: words,
    title: words,
    /** The address of their picture, '' for none; QQ's implementations do not tell it. */
    avatar: z.string().optional().catch(undefined),
  })
  .nullish()
  .transform((value) => value ?? undefined);

const said = {
  ...base,
  sub_type: words,
  message_id: integer,
  user_id: integer,
  message,
  raw_message: words,
  font: optionalInteger,
  sender,
  /** Most implementations': a group's running number of its messages, for `get_group_msg_history`. */
  message_seq: optionalInteger,
  real_seq: optionalInteger,
};

/** `message_sent`: what the account itself said, by whatever client; most implementations can tell it. */
const postType = z.enum(['message', 'message_sent']);

const privateMessage = z.object({
  ...said,
  post_type: postType,
  message_type: z.literal('private'),
  /** Whom the account's own message is for. */
  target_id: optionalId,
});

const anonymous = z
  .looseObject({ id: integer, name: words, flag: words })
  .nullish()
  .transform((value) => value ?? undefined);

const groupMessage = z.object({
  ...said,
  post_type: postType,
  message_type: z.literal('group'),
  group_id: integer,
  group_name: words,
  anonymous,
});

const notice = { ...base, post_type: z.literal('notice') };
const file = z.looseObject({
  id: words,
  name: words,
  size: optionalInteger,
  busid: optionalInteger,
  url: words,
});
/** In a group or, without `group_id`, in private. */
const place = { group_id: optionalId, user_id: integer };

/** Notices by their `notice_type`. Behind the comment: most implementations', not the specification's. */
const NOTICES = {
  group_upload: z.object({
    ...notice,
    notice_type: z.literal('group_upload'),
    group_id: integer,
    user_id: integer,
    file,
  }),
  group_admin: z.object({
    ...notice,
    notice_type: z.literal('group_admin'),
    sub_type: words,
    group_id: integer,
    user_id: integer,
  }),
  group_decrease: z.object({
    ...notice,
    notice_type: z.literal('group_decrease'),
    /** `leave`, `kick`, `kick_me`. */
    sub_type: words,
    group_id: integer,
    operator_id: optionalId,
    user_id: integer,
  }),
  group_increase: z.object({
    ...notice,
    notice_type: z.literal('group_increase'),
    /** `approve`, `invite`. */
    sub_type: words,
    group_id: integer,
    operator_id: optionalId,
    user_id: integer,
  }),
  group_ban: z.object({
    ...notice,
    notice_type: z.literal('group_ban'),
    /** `ban`, `lift_ban`. */
    sub_type: words,
    group_id: integer,
    operator_id: optionalId,
    /** 0: everybody. */
    user_id: integer,
    /** Seconds. */
    duration: optionalInteger,
  }),
  friend_add: z.object({ ...notice, notice_type: z.literal('friend_add'), user_id: integer }),
  group_recall: z.object({
    ...notice,
    notice_type: z.literal('group_recall'),
    group_id: integer,
    user_id: integer,
    operator_id: optionalId,
    message_id: integer,
  }),
  friend_recall: z.object({
    ...notice,
    notice_type: z.literal('friend_recall'),
    user_id: integer,
    message_id: integer,
  }),
  notify: z.object({
    ...notice,
    notice_type: z.literal('notify'),
    /** `poke`, `lucky_king`, `honor`, and more. */
    sub_type: words,
    ...place,
    target_id: optionalId,
    honor_type: words,
  }),
  // Most implementations', not the specification's.
  group_card: z.object({
    ...notice,
    notice_type: z.literal('group_card'),
    group_id: integer,
    user_id: integer,
    card_new: words,
    card_old: words,
  }),
  group_msg_emoji_like: z.object({
    ...notice,
    notice_type: z.literal('group_msg_emoji_like'),
    group_id: integer,
    user_id: integer,
    message_id: integer,
    likes: z.array(z.looseObject({ emoji_id: words, count: optionalInteger })).nullish(),
    is_add: z
      .unknown()
      .optional()
      .transform((value) => value !== false),
  }),
} as const;

const request = { ...base, post_type: z.literal('request'), user_id: integer, comment: words, flag: words };

const REQUESTS = {
  friend: z.object({ ...request, request_type: z.literal('friend') }),
  group: z.object({
    ...request,
    request_type: z.literal('group'),
    /** `add`, `invite`. */
    sub_type: words,
    group_id: integer,
  }),
} as const;

const meta = { ...base, post_type: z.literal('meta_event') };

/** What an implementation says of itself. `online` missing: it does not know. */
export const status = z.looseObject({
  online: z.boolean().nullish(),
  good: flag,
});

const META_EVENTS = {
  lifecycle: z.object({ ...meta, meta_event_type: z.literal('lifecycle'), sub_type: words }),
  heartbeat: z.object({
    ...meta,
    meta_event_type: z.literal('heartbeat'),
    status: status.nullish(),
    /** Milliseconds until the next one. */
    interval: optionalInteger,
  }),
} as const;

export type PrivateMessageEvent = z.output<typeof privateMessage>;
export type GroupMessageEvent = z.output<typeof groupMessage>;
export type MessageEvent = PrivateMessageEvent | GroupMessageEvent;
export type NoticeEvent = z.output<(typeof NOTICES)[keyof typeof NOTICES]>;
export type RequestEvent = z.output<(typeof REQUESTS)[keyof typeof REQUESTS]>;
export type MetaEvent = z.output<(typeof META_EVENTS)[keyof typeof META_EVENTS]>;
export type OneBotEvent = MessageEvent | NoticeEvent | RequestEvent | MetaEvent;

/** An event as it is made to be sent: as `OneBotEvent`, but its message in the form of JSON. */
export type WireEvent = Record<string, unknown> & { time: number; self_id: number; post_type: string };

/** Whether something received is an event and not the answer to a call. */
export function isEvent(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'post_type' in value;
}

/**
 * @returns undefined for a sort of event that is not known
 * @throws ZodError where a known one is not as it has to be
 */
export function parseEvent(value: unknown): OneBotEvent | undefined {
  if (!isEvent(value)) return undefined;
  switch (value['post_type']) {
    case 'message':
    case 'message_sent':
      return parseMessageEvent(value);
    case 'notice':
      return pick(NOTICES, value['notice_type'])?.parse(value);
    case 'request':
      return pick(REQUESTS, value['request_type'])?.parse(value);
    case 'meta_event':
      return pick(META_EVENTS, value['meta_event_type'])?.parse(value);
    default:
      return undefined;
  }
}

const anyObject = z.record(z.string(), z.unknown());
const withSender = z.looseObject({ sender: z.looseObject({ user_id: z.unknown().optional() }) });

/**
 * A message, from an event, `get_msg` or a history, where some implementations leave out what is clear from the call.
 *
 * @throws ZodError
 */
export function parseMessageEvent(value: unknown, known: object = {}): MessageEvent | undefined {
  const given = {
    post_type: 'message',
    self_id: 0,
    ...known,
    ...anyObject.parse(value),
  };
  const sentBy = withSender.safeParse(given);
  const complete = { ...(sentBy.success && { user_id: sentBy.data.sender.user_id }), ...given };
  const type: unknown = (complete as { message_type?: unknown }).message_type;
  if (type === 'group') return groupMessage.parse(complete);
  return type === 'private' ? privateMessage.parse(complete) : undefined;
}

function pick<Table extends object>(table: Table, type: unknown): Table[keyof Table] | undefined {
  return typeof type === 'string' && Object.hasOwn(table, type) ? table[type as keyof Table] : undefined;
}
