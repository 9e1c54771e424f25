/**
 * Events as server-sent events: what a browser's EventSource and `curl -N` read. Each event carries its cursor as its
 * id, so a client that comes back resumes by itself.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { z } from 'zod';
import { cursorSchema } from '../schemas/values.ts';
import { problemSchema } from '../schemas/problem.ts';
import type { EventReader } from '../following/reader.ts';
import { heartbeatMs, streamPageLimit } from '../following/streams.ts';
import { waiting } from '../waiting.ts';
import { followQuery } from './query.ts';
import type { AddRoutes, RestContext } from './route.ts';
import { retryMs, sendHead, sendStream, type StreamClient } from './server-sent-events.ts';

export const addEventStreamRoutes: AddRoutes = (server, context) => {
  const { follower, streams } = context;
  server.get(
    '/events/sse',
    {
      config: { scope: 'read', queryToken: true },
      schema: {
        operationId: 'streamEvents',
        tags: ['events'],
        summary: 'Events as server-sent events',
        description:
          'Each event is one `data:` line of JSON, its `id:` the cursor. `event: gap` says that events before are no longer kept. A comment and an `id:` come when there was nothing for this filter.',
        querystring: z.object({ ...followQuery, access_token: z.string().exactOptional() }),
        headers: z.object({ 'last-event-id': z.union([z.literal(''), cursorSchema]).exactOptional() }),
        response: {
          200: { content: { 'text/event-stream': { schema: z.string() } } },
          default: problemSchema,
        },
      },
    },
    async (request, reply) => {
      const { access_token: _, ...rest } = request.query;
      const last = request.headers['last-event-id'];
      const asked = last === undefined || last === '' ? rest : { ...rest, after: last };
      // What GET would say of itself; nothing is followed for it, nor is a consumer made.
      if (request.method === 'HEAD') return sendHead(reply);
      const { reader } = await follower.begin(request.caller, asked);
      return sendStream(request, reply, streams, (client) => writeFrames(reader, context, client));
    },
  );
};

async function* writeFrames(
  reader: EventReader,
  { host, cursors, streams, tail }: RestContext,
  { gone, isAllowed, response }: StreamClient,
): AsyncGenerator<string, void, void> {
  const toId = () => `id: ${cursors.format(reader.position)}\n`;
  yield `retry: ${retryMs}\n${toId()}\n`;
  while (!gone.aborted && !tail.signal.aborted) {
    using patience = waiting(host.clock, heartbeatMs, response);
    const { events, gap } = await reader.next(streamPageLimit, patience.signal);
    if (!(await isAllowed())) return;
    if (gap) yield 'event: gap\ndata: {"gap":true}\n\n';
    for (const event of events) {
      yield `id: ${cursors.format(event.position)}\ndata: ${streams.text(event)}\n\n`;
    }
    if (events.length === 0) yield `: nothing new\n${toId()}\n`;
  }
}
