/** Consumers: marks that programs leave in the order of events, to find their way back. */
import { z } from 'zod';
import { allows } from '../../../hub/access.ts';
import type { Cursors } from '../cursor.ts';
import type { Consumer } from '../following/consumers.ts';
import type { Caller } from '../../../http/authentication.ts';
import { RestError } from '../problems.ts';
import { isWhole, toPoster } from '../rights.ts';
import { problemSchema } from '../schemas/problem.ts';
import {
  acknowledgementSchema,
  consumerNameSchema,
  consumerSchema,
  type WireConsumer,
} from '../schemas/stream.ts';
import { toTime } from '../wire-body.ts';
import type { AddRoutes } from './route.ts';

const path = z.object({ name: consumerNameSchema });
const ownerQuery = z.object({
  owner: z.string().max(100).exactOptional().describe('Of another token or user; for administrators.'),
});

export const addConsumerRoutes: AddRoutes = (server, { consumers, cursors }) => {
  server.get(
    '/consumers',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listConsumers',
        tags: ['events'],
        summary: 'One’s own consumers, and how far they acknowledged; an administrator’s answer has all',
        response: { 200: z.object({ consumers: z.array(consumerSchema) }), default: problemSchema },
      },
    },
    async ({ caller }) => ({
      consumers: consumers
        .list(isAdministrator(caller) ? undefined : toPoster(caller))
        .map((consumer) => toWireConsumer(consumer, cursors)),
    }),
  );

  server.get(
    '/consumers/:name',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readConsumer',
        tags: ['events'],
        summary: 'How far a consumer acknowledged',
        params: path,
        querystring: ownerQuery,
        response: { 200: consumerSchema, default: problemSchema },
      },
    },
    async ({ caller, params: { name }, query }) => {
      const consumer = consumers.find(toOwner(caller, query.owner), name);
      if (!consumer) throw new RestError('consumer-unknown', `there is no consumer "${name}"`);
      return toWireConsumer(consumer, cursors);
    },
  );

  server.put(
    '/consumers/:name',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'acknowledge',
        tags: ['events'],
        summary: 'Acknowledges everything up to a cursor; a consumer that is new begins there',
        description: 'Only forward: a cursor before the one that was acknowledged last changes nothing.',
        params: path,
        body: acknowledgementSchema,
        response: { 200: consumerSchema, default: problemSchema },
      },
    },
    async ({ caller, params: { name }, body: { cursor } }) => {
      const position = await cursors.parseReached(cursor);
      const owner = toPoster(caller);
      await consumers.open(owner, name, position);
      return toWireConsumer(await consumers.acknowledge(owner, name, position), cursors);
    },
  );

  server.delete(
    '/consumers/:name',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'deleteConsumer',
        tags: ['events'],
        summary: 'Forgets a consumer',
        params: path,
        querystring: ownerQuery,
        response: { 204: z.undefined(), default: problemSchema },
      },
    },
    async ({ caller, params: { name }, query }, reply) => {
      await consumers.remove(toOwner(caller, query.owner), name);
      return reply.code(204).send();
    },
  );
};

function toOwner(caller: Caller, asked: string | undefined): string {
  const own = toPoster(caller);
  if (asked === undefined || asked === own) return own;
  if (isAdministrator(caller)) return asked;
  throw new RestError('scope-missing', `the consumers of ${asked} are not ${caller.name}’s`);
}

function isAdministrator(caller: Caller): boolean {
  return allows(caller, 'admin') && isWhole(caller);
}

function toWireConsumer({ name, owner, position, changedAt }: Consumer, cursors: Cursors): WireConsumer {
  return { name, owner, cursor: cursors.format(position), changedAt: toTime(changedAt) };
}
