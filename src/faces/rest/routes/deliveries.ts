/** Deliveries: what waits, what failed and why, to be tried again or given up: some, or all that a filter names. */
import { z } from 'zod';
import type { DeliveryFilter } from '../../../hub/journal.ts';
import type { Caller } from '../../../http/authentication.ts';
import { RestError } from '../problems.ts';
import { isWhole, narrowDeliveries, requireAccount, requireRoom, requireWhole } from '../rights.ts';
import {
  changedSchema,
  deliveryCountSchema,
  deliveryPageSchema,
  deliverySelectionSchema,
  deliveryStateSchema,
} from '../schemas/delivery.ts';
import { problemSchema } from '../schemas/problem.ts';
import { accountIdSchema, roomRefSchema } from '../schemas/values.ts';
import { toWireDelivery } from '../wire-event.ts';
import { limitQuery, repeated } from './query.ts';
import type { AddRoutes } from './route.ts';

const pageLimit = 500;
const usualPage = 50;

/** What needs a person. */
const troubled: DeliveryFilter['states'] = ['parked', 'unknown'];

type Selection = z.infer<typeof deliverySelectionSchema>;

export const addDeliveryRoutes: AddRoutes = (server, context) => {
  const { sight, host } = context;
  const { hub } = host;
  server.get(
    '/deliveries',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listDeliveries',
        tags: ['deliveries'],
        summary: 'Deliveries by state, oldest first',
        querystring: z.object({
          state: repeated(deliveryStateSchema).describe('May be repeated. Without it: parked and unknown.'),
          account: accountIdSchema.exactOptional(),
          room: roomRefSchema.exactOptional(),
          after: z.coerce.number().int().min(0).default(0).describe('The `id` of the last that was read.'),
          limit: limitQuery(pageLimit, usualPage),
        }),
        response: { 200: deliveryPageSchema, default: problemSchema },
      },
    },
    async ({ caller, query: { state, account, room, after, limit } }) => {
      const filter = narrow(caller, {
        states: state ?? troubled,
        ...(account !== undefined && { account }),
        ...(room !== undefined && { lane: room }),
      });
      const page = await hub.deliveries(filter, after, limit);
      const last = page.at(-1);
      const seen = await sight.only(caller, narrowDeliveries(caller, page), ({ event }) => event);
      return {
        deliveries: seen.map((delivery) => toWireDelivery(delivery, context)),
        ...(last && page.length === limit && { after: last.id }),
      };
    },
  );

  server.get(
    '/deliveries/counts',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'countDeliveries',
        tags: ['deliveries'],
        summary: 'How many deliveries wait or need a person, room by room',
        description:
          'Rooms in which an account talks with one person alone are shown to administrators only.',
        response: { 200: z.object({ rooms: z.array(deliveryCountSchema) }), default: problemSchema },
      },
    },
    async ({ caller }) => {
      const counts = narrowDeliveries(caller, await hub.deliveryCounts());
      const seen = await sight.onlyLanes(caller, counts);
      return {
        rooms: seen.map(({ lane, waiting, unknown, parked }) => ({ room: lane, waiting, unknown, parked })),
      };
    },
  );

  for (const [name, summary] of [
    ['retry', 'Tries parked or unknown deliveries again'],
    ['drop', 'Gives deliveries up that have not been sent'],
  ] as const) {
    server.post(
      `/deliveries/${name}`,
      {
        config: { scope: 'admin' },
        schema: {
          operationId: `${name}Deliveries`,
          tags: ['deliveries'],
          summary,
          body: deliverySelectionSchema,
          response: { 200: changedSchema, default: problemSchema },
        },
      },
      async ({ caller, body }) => {
        const selected = toSelected(caller, body);
        if ('ids' in selected) return { changed: await hub[name](selected.ids) };
        const all = name === 'retry' ? hub.retryAll(selected.filter) : hub.dropAll(selected.filter);
        return { changed: await all };
      },
    );
  }
};

/** Ids may be of any account: naming them takes an administrator of the whole hub. */
function toSelected(
  caller: Caller,
  { ids, filter }: Selection,
): { ids: number[] } | { filter: DeliveryFilter } {
  if ((ids === undefined) === (filter === undefined)) {
    throw new RestError('request-invalid', 'expected either "ids" or "filter"');
  }
  if (ids !== undefined) {
    requireWhole(caller);
    return { ids };
  }
  const { states, account, room } = filter ?? {};
  return {
    filter: narrow(caller, {
      states: states ?? troubled,
      ...(account !== undefined && { account }),
      ...(room !== undefined && { lane: room }),
    }),
  };
}

function narrow(caller: Caller, filter: DeliveryFilter): DeliveryFilter {
  if (filter.account !== undefined) requireAccount(caller, 'read', filter.account);
  if (filter.lane !== undefined) requireRoom(caller, 'read', filter.lane);
  if (isWhole(caller) || filter.lane !== undefined) return filter;
  const [room, ...others] = caller.rooms ?? [];
  if (room !== undefined && others.length === 0) return { ...filter, lane: room };
  if (room !== undefined) {
    throw new RestError(
      'request-invalid',
      'this token is bound to several rooms: name one of them with "room"',
    );
  }
  return caller.account === undefined ? filter : { ...filter, account: caller.account };
}
