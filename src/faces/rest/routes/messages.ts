/** Speaking: messages, and that somebody is writing one. */
import { z } from 'zod';
import { answerAccepted, isSameJson, keyHeaders, toKey, waitForOutcomeQuery } from '../accepting.ts';
import { requireRoom, toPoster } from '../rights.ts';
import { acceptedSchema, postSchema, typingSchema } from '../schemas/posting.ts';
import { problemSchema } from '../schemas/problem.ts';
import { parseContent } from '../wire-body.ts';
import type { AddRoutes } from './route.ts';

export const addMessageRoutes: AddRoutes = (server, context) => {
  const { sight, host } = context;
  const { hub, media } = host;
  server.post(
    '/messages',
    {
      config: { scope: 'send' },
      schema: {
        operationId: 'postMessage',
        tags: ['messages'],
        summary: 'Says something in a room, and in those linked with it',
        headers: keyHeaders,
        querystring: z.object({ wait: waitForOutcomeQuery }),
        body: postSchema,
        response: { 200: acceptedSchema, 202: acceptedSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { caller, body: asked, query } = request;
      const { room, replyTo, ...content } = asked;
      requireRoom(caller, 'send', room);
      if (replyTo !== undefined) await sight.message(caller, replyTo);
      const body = await parseContent(content, media);
      const by = toPoster(caller);
      const post = { room, body, by, ...(replyTo !== undefined && { replyTo }), ...toKey(request.headers) };
      const posted = await hub.post(post);
      return answerAccepted(
        context,
        request,
        reply,
        posted,
        query.wait,
        (event) =>
          event.kind === 'message' &&
          event.room === room &&
          event.replyTo?.id === replyTo &&
          isSameJson(event.body, body),
      );
    },
  );

  server.post(
    '/typing',
    {
      config: { scope: 'send' },
      schema: {
        operationId: 'showTyping',
        tags: ['messages'],
        summary: 'Shows that the account is writing, where its network can',
        body: typingSchema,
        response: { 204: z.undefined(), default: problemSchema },
      },
    },
    async ({ caller, body: { room, on } }, reply) => {
      requireRoom(caller, 'send', room);
      await hub.typing(room, on);
      return reply.code(204).send();
    },
  );
};
