/** What is done to a message: edits, recalls, reactions. */
import { z } from 'zod';
import { allows } from '../../../hub/access.ts';
import type { HubEvent } from '../../../hub/event.ts';
import { answerAccepted, isSameJson, keyHeaders, toKey, waitForOutcomeQuery } from '../accepting.ts';
import type { Caller } from '../../../http/authentication.ts';
import { requireRoom, toPoster } from '../rights.ts';
import { acceptedSchema, editRequestSchema } from '../schemas/posting.ts';
import { problemSchema } from '../schemas/problem.ts';
import { eventIdSchema, roomRefSchema } from '../schemas/values.ts';
import { parseContent } from '../wire-body.ts';
import type { AddRoutes } from './route.ts';

/** Longest emoji that is taken: some are families with many joints. */
const emojiLimit = 64;

const messagePath = z.object({ id: eventIdSchema });
const reactionPath = messagePath.extend({ emoji: z.string().min(1).max(emojiLimit) });
const wait = z.object({ wait: waitForOutcomeQuery });
const reactionQuery = wait.extend({
  room: roomRefSchema.describe('Whose account reacts: a room that the message was said in, or went to.'),
});
const accepted = { 200: acceptedSchema, 202: acceptedSchema, default: problemSchema };

export const addActRoutes: AddRoutes = (server, context) => {
  const { sight, host } = context;
  const { hub, media } = host;

  server.patch(
    '/messages/:id',
    {
      config: { scope: 'send' },
      schema: {
        operationId: 'editMessage',
        tags: ['messages'],
        summary: 'Gives a message that was posted through the hub other words',
        params: messagePath,
        headers: keyHeaders,
        querystring: wait,
        body: editRequestSchema,
        response: accepted,
      },
    },
    async (request, reply) => {
      const { caller, params, query } = request;
      const { room } = await sight.message(caller, params.id);
      requireRoom(caller, 'send', room);
      const body = await parseContent(request.body, media);
      const posted = await hub.edit({ ...toAct(caller, params.id), body, ...toKey(request.headers) });
      return answerAccepted(
        context,
        request,
        reply,
        posted,
        query.wait,
        (event) => event.kind === 'edit' && event.target === params.id && isSameJson(event.body, body),
      );
    },
  );

  server.delete(
    '/messages/:id',
    {
      config: { scope: 'send' },
      schema: {
        operationId: 'recallMessage',
        tags: ['messages'],
        summary: 'Takes a message back that was posted through the hub',
        params: messagePath,
        headers: keyHeaders,
        querystring: wait,
        response: accepted,
      },
    },
    async (request, reply) => {
      const { caller, params, query } = request;
      const { room } = await sight.message(caller, params.id);
      requireRoom(caller, 'send', room);
      const posted = await hub.recall({ ...toAct(caller, params.id), ...toKey(request.headers) });
      return answerAccepted(
        context,
        request,
        reply,
        posted,
        query.wait,
        (event) => event.kind === 'recall' && event.target === params.id,
      );
    },
  );

  for (const [method, added] of [
    ['PUT', true],
    ['DELETE', false],
  ] as const) {
    server.route({
      method,
      url: '/messages/:id/reactions/:emoji',
      config: { scope: 'send' },
      schema: {
        operationId: added ? 'addReaction' : 'removeReaction',
        tags: ['messages'],
        summary: added ? 'Puts a reaction on a message' : 'Takes a reaction off again',
        params: reactionPath,
        headers: keyHeaders,
        querystring: reactionQuery,
        response: accepted,
      },
      handler: async (request, reply) => {
        const { caller, params, query } = request;
        const { id, emoji } = params;
        const { room } = query;
        requireRoom(caller, 'send', room);
        await sight.message(caller, id);
        const by = toPoster(caller);
        const posted = await hub.react({ message: id, by, room, emoji, added, ...toKey(request.headers) });
        const isSame = (event: HubEvent) =>
          event.kind === 'reaction' &&
          event.target === id &&
          event.room === room &&
          event.emoji === emoji &&
          event.added === added;
        return answerAccepted(context, request, reply, posted, query.wait, isSame);
      },
    });
  }
};

/** An administrator may do it to anyone's post. */
function toAct(caller: Caller, message: string) {
  return { message, by: toPoster(caller), anyones: allows(caller, 'admin') };
}
