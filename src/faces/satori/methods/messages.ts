/** `message.*`: what is said through an account, changed, taken back and looked up. */
import { z } from 'zod';
import { isPrivateMessage, type HubEvent, type MessageEvent } from '../../../hub/event.ts';
import type { RoomRef } from '../../../hub/message.ts';
import { Failure } from '../failure.ts';
import { toBodies } from '../to-body.ts';
import {
  createHandler,
  idParam,
  nextParam,
  toRoom,
  type Handlers,
  type Parts,
  type Visitor,
} from './method.ts';

const listLimit = 100;
const usualLimit = 50;
/** Longest content, characters: files go by their address, but may be within it. */
const contentLimit = 48 * 1024 * 1024;

const messageParams = z.object({ channel_id: idParam, message_id: idParam });
const contentParam = z.string().max(contentLimit);
const listParams = z.object({
  channel_id: idParam,
  next: nextParam,
  direction: z.enum(['before', 'after', 'around']).nullish(),
  limit: z.number().int().min(1).nullish(),
  order: z.enum(['asc', 'desc']).nullish(),
});

export function createMessageHandlers({ hub, media, messages }: Parts): Handlers {
  return {
    'message.create': createHandler(
      'send',
      z.object({ channel_id: idParam, content: contentParam }),
      async ({ channel_id, content }, visitor) => {
        const room = toRoom(channel_id, 'send', visitor);
        const created = [];
        for (const { body, replyTo } of await toBodies(content, media, nameIn(room))) {
          const answered = replyTo === undefined ? undefined : await messages.find(replyTo, room);
          const { id } = await hub.post({
            room,
            body,
            by: visitor.by,
            ...(answered && { replyTo: answered.message.id }),
          });
          const found = await messages.find(id, room);
          created.push(found ? await messages.show(found.message, room) : { id, content });
        }
        return created;
      },
    ),
    'message.update': createHandler(
      'send',
      messageParams.extend({ content: contentParam }),
      async ({ channel_id, message_id, content }, visitor) => {
        const room = toRoom(channel_id, 'send', visitor);
        await find(message_id, room);
        const said = await toBodies(content, media, nameIn(room));
        if (said.length > 1) throw new Failure(400, 'a message cannot be made several');
        await hub.edit({ message: message_id, body: said[0]!.body, by: visitor.by });
        return {};
      },
    ),
    'message.delete': createHandler('send', messageParams, async ({ channel_id, message_id }, visitor) => {
      await find(message_id, toRoom(channel_id, 'send', visitor));
      await hub.recall({ message: message_id, by: visitor.by });
      return {};
    }),
    'message.get': createHandler('read', messageParams, async ({ channel_id, message_id }, visitor) => {
      const room = toRoom(channel_id, 'read', visitor);
      const { message, recalled } = await find(message_id, room);
      if (recalled) throw new Failure(404, `the message ${message_id} was taken back`);
      return messages.show(message, room);
    }),
    'message.list': createHandler('read', listParams, async (params, visitor) => list(params, visitor)),
  };

  async function find(id: string, room: RoomRef) {
    const found = await messages.find(id, room);
    if (!found) throw new Failure(404, `there is no message ${id} in this channel`);
    return found;
  }

  function nameIn(room: RoomRef) {
    return (user: string) => hub.members(room).find(({ id }) => id === user)?.name;
  }

  /** `next` names a place among the messages: the position of one of them, which is left out. */
  async function list(params: z.output<typeof listParams>, visitor: Visitor) {
    const room = toRoom(params.channel_id, 'read', visitor);
    const limit = Math.min(params.limit ?? usualLimit, listLimit);
    const direction = params.direction ?? 'before';
    const at = params.next == null ? undefined : toPosition(params.next);
    if (at === undefined && direction !== 'before')
      throw new Failure(400, `"next" is needed for ${direction}`);
    const half = direction === 'around' ? Math.ceil(limit / 2) : limit;
    const earlier = direction === 'after' ? [] : await before(room, at, half);
    const later = direction === 'before' ? [] : await after(room, at ?? 0, half);
    // Around a message it is there itself, too.
    const middle = direction === 'around' ? await after(room, (at ?? 0) - 1, 1) : [];
    const found = [...earlier, ...middle.filter(({ position }) => position === at), ...later];
    const shown = [];
    for (const message of found) shown.push(await messages.show(message, room));
    const [first, last] = [found[0], found.at(-1)];
    return {
      data: params.order === 'desc' ? shown.toReversed() : shown,
      ...(first && (direction === 'after' || earlier.length > 0) && { prev: String(first.position) }),
      ...(last && (at !== undefined || direction !== 'before') && { next: String(last.position) }),
    };
  }

  /** Oldest first; as the events tell of: what was said in the room itself. */
  async function before(room: RoomRef, at: number | undefined, limit: number): Promise<MessageEvent[]> {
    const found: MessageEvent[] = [];
    for (let end = at; found.length < limit;) {
      const page = await hub.history(room, end, listLimit);
      const said = page.filter((event): event is MessageEvent => isSaidIn(event, room));
      found.unshift(...said.slice(-(limit - found.length)));
      if (page.length < listLimit) break;
      end = page[0]!.position;
    }
    return found;
  }

  async function after(room: RoomRef, at: number, limit: number): Promise<MessageEvent[]> {
    const found: MessageEvent[] = [];
    for (let begin = at; found.length < limit;) {
      const { events, next } = await hub.read(begin, { rooms: [room], kinds: ['message'] }, limit);
      for (const event of events) {
        if (!isSaidIn(event, room) || found.length === limit) continue;
        const now = await messages.find(event.id, room);
        if (now && !now.recalled) found.push(now.message);
      }
      if (events.length < limit) break;
      begin = next;
    }
    return found;
  }
}

function isSaidIn(event: HubEvent, room: RoomRef): event is MessageEvent {
  return event.kind === 'message' && event.room === room && !isPrivateMessage(event);
}

function toPosition(next: string): number {
  const position = Number(next);
  if (!/^\d{1,15}$/.test(next)) throw new Failure(400, '"next" is none that was answered');
  return position;
}
