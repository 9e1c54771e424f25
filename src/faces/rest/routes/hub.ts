/** What this hub is, and who asks. */
import { hubSchema } from '../schemas/metrics.ts';
import { problemSchema } from '../schemas/problem.ts';
import { callerSchema } from '../schemas/token.ts';
import type { AddRoutes } from './route.ts';

export const addHubRoutes: AddRoutes = (server, { host, cursors }) => {
  server.get(
    '/',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readHub',
        tags: ['hub'],
        summary: 'This hub: its id, version and newest cursor',
        response: { 200: hubSchema, default: problemSchema },
      },
    },
    async () => ({
      id: host.hubId,
      version: host.version,
      head: cursors.format(await host.journal.head()),
    }),
  );

  server.get(
    '/me',
    {
      schema: {
        operationId: 'readCaller',
        tags: ['hub'],
        summary: 'Who asks, and what they may do',
        response: { 200: callerSchema, default: problemSchema },
      },
    },
    // Answered at once: a promise would be one for nothing.
    ({ caller: { kind, name, scopes, account, rooms } }) => ({
      kind,
      name,
      scopes: [...scopes],
      ...(account !== undefined && { account }),
      ...(rooms && { rooms: [...rooms] }),
    }),
  );
};
