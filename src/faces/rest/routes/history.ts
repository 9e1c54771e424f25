/** What was said: a room's history, one message, where it went, and finding it again. */
import { z } from 'zod';
import { RequestError } from '../../../hub/errors.ts';
import type { HubEvent, MessageEvent } from '../../../hub/event.ts';
import type { Journey } from '../../../hub/journal.ts';
import { splitRoomRef, type Position, type RoomRef } from '../../../hub/message.ts';
import type { Caller } from '../../../http/authentication.ts';
import { isTime } from '../cursor.ts';
import { isWhole, narrowJourney, requireRoom, seesAccount, seesRoom } from '../rights.ts';
import { journeySchema } from '../schemas/delivery.ts';
import { messagePageSchema, messageSchema } from '../schemas/event.ts';
import { problemSchema } from '../schemas/problem.ts';
import { eventIdSchema, placeSchema, roomRefSchema } from '../schemas/values.ts';
import { seesMessage } from '../sight.ts';
import { toWireJourney, toWireMessage } from '../wire-event.ts';
import { limitQuery } from './query.ts';
import type { AddRoutes, RestContext } from './route.ts';

const pageLimit = 500;
const usualPage = 50;
const searchLimit = 200;
/** Longest text that is looked for, characters. */
const searchTextLimit = 1000;
/** Pages that a search looks through for a caller who may not see all of it. */
const searchPages = 20;

const messagePath = z.object({ id: eventIdSchema });
const before = placeSchema
  .exactOptional()
  .describe('Only what came before: `before` of the last answer, or a time.');

export const addHistoryRoutes: AddRoutes = (server, context) => {
  const { sight, host } = context;
  const { hub } = host;

  const findJourney = async (caller: Caller, id: string): Promise<Journey> =>
    narrowJourney(caller, await sight.journey(caller, id));

  server.get(
    '/messages',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readHistory',
        tags: ['messages'],
        summary: 'What was said in a room, or delivered there, oldest first',
        description: 'With the words of their newest edit, and without what was taken back.',
        querystring: z.object({ room: roomRefSchema, before, limit: limitQuery(pageLimit, usualPage) }),
        response: { 200: messagePageSchema, default: problemSchema },
      },
    },
    async ({ caller, query: { room, before: until, limit } }) => {
      requireRoom(caller, 'read', room);
      const messages = (await hub.history(room, await toPosition(context, until), limit)).filter(isMessage);
      const seen = messages.filter((message) => seesMessage(caller, message));
      return toPage(context, seen, messages.length === limit ? messages[0]?.position : undefined);
    },
  );

  server.get(
    '/messages/:id',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readMessage',
        tags: ['messages'],
        summary: 'One message, with the words of its newest edit',
        params: messagePath,
        response: { 200: messageSchema, default: problemSchema },
      },
    },
    async ({ caller, params: { id } }) => {
      const { event, acts } = await findJourney(caller, id);
      if (event.kind !== 'message' || acts.some(({ kind }) => kind === 'recall')) {
        throw new RequestError('message-unknown', `there is no message ${id}`);
      }
      const edit = acts.findLast((act) => act.kind === 'edit');
      return toWireMessage(edit ? { ...event, body: edit.body } : event, context);
    },
  );

  server.get(
    '/messages/:id/journey',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readJourney',
        tags: ['messages'],
        summary: 'Where a message went, when, how often it was tried, and why it failed',
        params: messagePath,
        response: { 200: journeySchema, default: problemSchema },
      },
    },
    async ({ caller, params: { id } }) => toWireJourney(await findJourney(caller, id), context),
  );

  server.get(
    '/search',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'searchMessages',
        tags: ['messages'],
        summary: 'Messages that hold all the words, newest first',
        description: 'Chinese words need no spaces between them.',
        querystring: z.object({
          text: z.string().min(1).max(searchTextLimit),
          room: roomRefSchema.exactOptional().describe('Only what was said or delivered there.'),
          before,
          limit: limitQuery(searchLimit, usualPage),
        }),
        response: { 200: messagePageSchema, default: problemSchema },
      },
    },
    async ({ caller, query: { text, room: asked, before: until, limit } }) => {
      if (asked !== undefined) requireRoom(caller, 'read', asked);
      const room = asked ?? (caller.rooms?.length === 1 ? caller.rooms[0] : undefined);
      const sees = (event: MessageEvent) =>
        seesMessage(caller, event) && (room !== undefined || seesEvent(caller, event));
      const found: MessageEvent[] = [];
      let position = await toPosition(context, until);
      for (let page = 0; page < searchPages; page += 1) {
        const wanted = limit - found.length;
        const events = await hub.search(toQuery(text, room, position, wanted));
        found.push(...events.filter(isMessage).filter(sees));
        position = events.at(-1)?.position;
        if (events.length < wanted) return toPage(context, found, undefined);
        if (found.length >= limit) break;
      }
      return toPage(context, found, position);
    },
  );
};

function toQuery(text: string, room: RoomRef | undefined, before_: Position | undefined, limit: number) {
  return {
    text,
    limit,
    ...(room !== undefined && { room }),
    ...(before_ !== undefined && { before: before_ }),
  };
}

/** What is before a cursor is before its event; what is before a time may be the newest event of before. */
async function toPosition(
  { cursors }: RestContext,
  place: string | undefined,
): Promise<Position | undefined> {
  if (place === undefined) return undefined;
  const position = await cursors.parsePlace(place);
  return isTime(place) ? position + 1 : position;
}

function toPage(context: RestContext, messages: readonly MessageEvent[], next: Position | undefined) {
  return {
    messages: messages.map((message) => toWireMessage(message, context)),
    ...(next !== undefined && { before: context.cursors.format(next) }),
  };
}

function isMessage(event: HubEvent): event is MessageEvent {
  return event.kind === 'message';
}

function seesEvent(caller: Caller, { room }: HubEvent): boolean {
  return isWhole(caller) || (seesAccount(caller, splitRoomRef(room).account) && seesRoom(caller, room));
}
