/** The figures of the overview. */
import { splitRoomRef } from '../../../hub/message.ts';
import { beatMs } from '../metrics.ts';
import { seesAccount, seesRoom } from '../rights.ts';
import { metricsSchema } from '../schemas/metrics.ts';
import { problemSchema } from '../schemas/problem.ts';
import { toTime } from '../wire-body.ts';
import type { AddRoutes } from './route.ts';

export const addMetricsRoutes: AddRoutes = (server, { host: { hub, journal }, figures, cursors }) => {
  server.get(
    '/metrics',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readMetrics',
        tags: ['metrics'],
        summary: 'How the accounts did: states, latencies, queues',
        response: { 200: metricsSchema, default: problemSchema },
      },
    },
    async ({ caller }) => {
      const [counts, head] = await Promise.all([hub.deliveryCounts(), journal.head()]);
      const accounts = hub.accounts().filter(({ id }) => seesAccount(caller, id));
      const links = hub.links().filter(({ rooms }) => rooms.some((room) => seesRoom(caller, room)));
      return {
        startedAt: toTime(figures.startedAt),
        beatMs,
        head: cursors.format(head),
        accounts: accounts.map(({ id, state }) => {
          const own = counts.filter(({ lane }) => splitRoomRef(lane).account === id);
          const { beats, received, sent, latency } = figures.account(id);
          return {
            account: id,
            phase: state.phase,
            beats: beats.map(({ at, phase }) => ({ at: toTime(at), phase })),
            ...(latency && { latency }),
            received,
            sent,
            waiting: sum(own.map(({ waiting }) => waiting)),
            parked: sum(own.map(({ parked, unknown }) => parked + unknown)),
          };
        }),
        links: links.map(({ name }) => ({ name, perMinute: figures.linkRate(name) })),
      };
    },
  );
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
