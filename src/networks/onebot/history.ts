/** Asking a room's history for what was said while we were not there, where the implementation has one. */
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import { parseMessageEvent, type MessageEvent } from '../../wire/onebot11/events.ts';
import type { Cursor } from './cursor.ts';
import { toPlace } from './room-name.ts';

/** Asked for at once; implementations give what they like. */
const PAGE = 100;

/** The newest messages of a room, oldest first. @throws OneBotError; `ActionError` where there is no history */
export async function readHistory(
  client: OneBotClient,
  room: string,
  selfId: number,
  count = PAGE,
  before?: number,
): Promise<MessageEvent[]> {
  const place = toPlace(room);
  if (!place) return [];
  // Implementations differ in what they call it, and in whether it leads back without being told.
  const back = { message_seq: before, message_id: before, reverse_order: true, reverseOrder: true };
  const from = { count, ...(before !== undefined && back) };
  const { messages } = await (place.type === 'group'
    ? client.call('get_group_msg_history', { group_id: place.id, ...from })
    : client.call('get_friend_msg_history', { user_id: place.id, ...from }));
  const known =
    place.type === 'group'
      ? { self_id: selfId, message_type: 'group', group_id: place.id }
      : { self_id: selfId, message_type: 'private', target_id: place.id };
  const read = (messages ?? []).flatMap((message) => {
    try {
      return parseMessageEvent(message, known) ?? [];
    } catch {
      // One that cannot be read keeps none of the others back.
      return [];
    }
  });
  const [first, last] = [read[0], read.at(-1)];
  return first && last && first.time > last.time ? read.toReversed() : read;
}

/** What was said behind a cursor. */
export interface Missed {
  /** Oldest first. */
  messages: MessageEvent[];
  /** The cursor's place was found, so nothing is missing between. */
  isComplete: boolean;
}

/**
 * Reads back until the cursor's message, or at most `limit` messages.
 *
 * @returns undefined where the implementation has no history
 * @throws OneBotError
 */
export async function readMissed(
  client: OneBotClient,
  room: string,
  selfId: number,
  cursor: Cursor,
  limit: number,
): Promise<Missed | undefined> {
  let messages: MessageEvent[] = [];
  const known = new Set<number>();
  let before: number | undefined;
  for (;;) {
    let page: MessageEvent[];
    try {
      page = await readHistory(client, room, selfId, Math.min(PAGE, limit), before);
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      return messages.length === 0 ? undefined : { messages, isComplete: false };
    }
    const fresh = page.filter(({ message_id }) => !known.has(message_id));
    for (const { message_id } of fresh) known.add(message_id);
    messages = [...fresh, ...messages];
    const at = messages.findIndex(({ message_id }) => message_id === cursor.id);
    if (at >= 0) return { messages: messages.slice(at + 1), isComplete: true };
    const oldest = messages[0];
    // Times are whole seconds: of the cursor's own second all is told, and known by its id where it was told before.
    const isReached = oldest === undefined || oldest.time < cursor.time;
    const isOver = fresh.length === 0 || messages.length >= limit;
    if (isReached || isOver) {
      return { messages: messages.filter(({ time }) => time >= cursor.time), isComplete: isReached };
    }
    before = oldest.message_id;
  }
}
