/** Messages in any form in which they come: an array of segments, one segment, a string with CQ codes. */
import { z } from 'zod';
import { parseCqString } from './cq-code.ts';
import { parseSegment, type Segment, type WireSegment } from './segments.ts';
import { optionalInteger, words } from './values.ts';

/** A message as it may be given in JSON. */
export type WireMessage = string | WireSegment | readonly WireSegment[];

/** Segments of one message that are read; further ones make it no message. */
const SEGMENTS_LIMIT = 10_000;
const segments = z.array(z.unknown()).max(SEGMENTS_LIMIT);

/**
 * @param autoEscape a string is text without CQ codes
 * @throws ZodError where it is none of the forms
 */
export function parseMessage(value: unknown, autoEscape = false): Segment[] {
  if (typeof value === 'string') {
    if (!autoEscape) return parseCqString(value);
    return value === '' ? [] : [{ type: 'text', data: { text: value } }];
  }
  const list = Array.isArray(value) ? value : [value];
  return segments.parse(list).map(parseSegment);
}

/** A message in a schema. */
export const message = z
  .custom<WireMessage>((value) => typeof value === 'string' || (typeof value === 'object' && value !== null))
  .transform((value, context) => {
    try {
      return parseMessage(value);
    } catch {
      // Zod tells it as a fault of this field.
      context.addIssue({ code: 'custom', message: 'expected segments or a string' });
      return z.NEVER;
    }
  });

/** A message that is part of a merged forward. */
export interface Forwarded {
  /** Missing where it is not told. */
  userId: number | undefined;
  nickname: string;
  /** Seconds since the epoch. */
  time: number | undefined;
  message: Segment[];
}

const person = z.looseObject({ user_id: optionalInteger, nickname: words, card: words }).nullish();
const forwarded = z.looseObject({
  user_id: optionalInteger,
  uin: optionalInteger,
  nickname: words,
  name: words,
  time: optionalInteger,
  sender: person,
  message: z.unknown().optional(),
  content: z.unknown().optional(),
});

const nodeSegment = z.looseObject({ type: z.literal('node'), data: z.unknown().optional() });
const listOwner = z.looseObject({ messages: z.unknown().optional(), message: z.unknown().optional() });

/**
 * The messages of a merged forward, from the answer of `get_forward_msg` or a segment's `content`: nodes (the
 * specification's), or messages with their sender (most implementations'). What is neither is left out.
 */
export function parseForwarded(value: unknown): Forwarded[] {
  return findList(value).flatMap((entry): Forwarded[] => {
    const node = nodeSegment.safeParse(entry);
    const read = forwarded.safeParse(node.success ? node.data.data : entry);
    if (!read.success) return [];
    const { sender, user_id, uin, nickname, name, time, message: said, content } = read.data;
    try {
      return [
        {
          userId: sender?.user_id ?? user_id ?? uin,
          nickname: sender?.card || sender?.nickname || nickname || name,
          time,
          message: parseMessage(content ?? said),
        },
      ];
    } catch {
      // It holds no message: a node that only names one.
      return [];
    }
  });
}

function findList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const read = listOwner.safeParse(value);
  const list = read.success ? (read.data.messages ?? read.data.message) : undefined;
  return Array.isArray(list) ? list : [];
}
