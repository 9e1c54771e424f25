/** Events by long poll: a page of what is new, waiting for it if need be. */
import { z } from 'zod';
import { RestError } from '../problems.ts';
import { problemSchema } from '../schemas/problem.ts';
import { eventPageSchema } from '../schemas/stream.ts';
import { toWireEvent } from '../wire-event.ts';
import { waiting } from '../waiting.ts';
import { followQuery, limitQuery, waitQuery } from './query.ts';
import type { AddRoutes } from './route.ts';

const waitLimitMs = 60_000;
const usualWaitMs = 0;
const pageLimit = 1000;
const usualPage = 100;

export const addEventRoutes: AddRoutes = (server, context) => {
  const { host, follower, cursors, streams } = context;
  server.get(
    '/events',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readEvents',
        tags: ['events'],
        summary: 'Events behind a cursor, waiting for new ones',
        querystring: z.object({
          ...followQuery,
          limit: limitQuery(pageLimit, usualPage),
          wait: waitQuery(waitLimitMs, usualWaitMs).describe('How long to wait for an event, milliseconds.'),
        }),
        response: { 200: eventPageSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { limit, wait, ...rest } = request.query;
      // Who waits is a stream of one page: it ends as the others do.
      using ends = new DisposableStack();
      if (wait > 0) ends.defer(streams.enter(request.caller, () => reply.raw.destroy()));
      const isAllowed = streams.createCheck(request);
      const { reader } = await follower.begin(request.caller, rest);
      using patience = waiting(host.clock, wait, reply.raw);
      const page = await reader.next(limit, patience.signal);
      if (!(await isAllowed())) throw new RestError('caller-unknown', 'the token or session is over');
      void reply.header('cache-control', 'no-store');
      return {
        events: page.events.map((event) => toWireEvent(event, context)),
        cursor: cursors.format(reader.position),
        gap: page.gap,
      };
    },
  );
};
