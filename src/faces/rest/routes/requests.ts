/** Requests: what people have asked of an account, and answering them. */
import { z } from 'zod';
import { RequestError } from '../../../hub/errors.ts';
import type { RequestStatus } from '../../../hub/face.ts';
import { answerAccepted, keyHeaders, waitForOutcomeQuery } from '../accepting.ts';
import { requireAccount, requireRoom, seesRoom, toPoster } from '../rights.ts';
import { acceptedSchema } from '../schemas/posting.ts';
import { problemSchema } from '../schemas/problem.ts';
import {
  answerRequestSchema,
  requestStateSchema,
  requestStatusSchema,
  type WireRequestStatus,
} from '../schemas/request.ts';
import { accountIdSchema, eventIdSchema } from '../schemas/values.ts';
import { toWireAnswer, toWireRequest, type WireContext } from '../wire-event.ts';
import { repeated } from './query.ts';
import type { AddRoutes } from './route.ts';

const accountPath = z.object({ account: accountIdSchema });

export const addRequestRoutes: AddRoutes = (server, context) => {
  const { hub } = context.host;
  server.get(
    '/accounts/:account/requests',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listRequests',
        tags: ['requests'],
        summary: 'What people have asked of the account lately, oldest first',
        params: accountPath,
        querystring: z.object({
          state: repeated(requestStateSchema).describe('May be repeated. Without it: all.'),
        }),
        response: { 200: z.object({ requests: z.array(requestStatusSchema) }), default: problemSchema },
      },
    },
    async ({ caller, params: { account }, query }) => {
      requireAccount(caller, 'read', account);
      const all = await hub.requests(account);
      const seen = all.filter(
        ({ request, state }) => seesRoom(caller, request.room) && (query.state?.includes(state) ?? true),
      );
      return { requests: seen.map((status) => toWireStatus(status, context)) };
    },
  );

  server.post(
    '/accounts/:account/requests/:request',
    {
      config: { scope: 'send' },
      schema: {
        operationId: 'answerRequest',
        tags: ['requests'],
        summary: 'Accepts or refuses a request',
        description:
          'Each is answered once. The same answer again, with the same key or another, adds nothing.',
        params: accountPath.extend({ request: eventIdSchema }),
        headers: keyHeaders,
        querystring: z.object({ wait: waitForOutcomeQuery }),
        body: answerRequestSchema,
        response: { 200: acceptedSchema, 202: acceptedSchema, default: problemSchema },
      },
    },
    async (asked, reply) => {
      const { caller, params, body, query } = asked;
      const { request } = await hub.request(params.request);
      if (!request.room.startsWith(`${params.account}/`) || !seesRoom(caller, request.room)) {
        throw new RequestError('request-unknown', `there is no request ${params.request}`);
      }
      requireRoom(caller, 'send', request.room);
      const { accept, reason } = body;
      const posted = await hub.answer({
        request: request.id,
        accepted: accept,
        by: toPoster(caller),
        ...(reason !== undefined && { reason }),
      });
      return answerAccepted(context, asked, reply, posted, query.wait, () => true);
    },
  );
};

function toWireStatus(
  { request, state, answer, delivery }: RequestStatus,
  context: WireContext,
): WireRequestStatus {
  return {
    request: toWireRequest(request, context),
    state,
    ...(answer && { answer: toWireAnswer(answer, context) }),
    ...(delivery && {
      delivery: {
        state: delivery.state,
        ...(delivery.reason !== undefined && { reason: delivery.reason }),
      },
    }),
  };
}
