/** Tokens: made and shown once, listed with their last use, revoked at once. For administrators of the whole hub. */
import { z } from 'zod';
import type { TokenRecord } from '../../../hub/access.ts';
import { requireWhole } from '../rights.ts';
import { problemSchema } from '../schemas/problem.ts';
import { createdTokenSchema, tokenRequestSchema, tokenSchema, type WireToken } from '../schemas/token.ts';
import { toTime } from '../wire-body.ts';
import type { AddRoutes } from './route.ts';

export const addTokenRoutes: AddRoutes = (server, { host: { access, clock }, streams }) => {
  server.get(
    '/tokens',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listTokens',
        tags: ['tokens'],
        summary: 'The tokens, and when each was last used',
        response: { 200: z.object({ tokens: z.array(tokenSchema) }), default: problemSchema },
      },
    },
    async ({ caller }) => {
      requireWhole(caller);
      return { tokens: (await access.tokens()).map(toWireToken) };
    },
  );

  server.post(
    '/tokens',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'createToken',
        tags: ['tokens'],
        summary: 'Makes a token; the answer is its only showing',
        body: tokenRequestSchema,
        response: { 201: createdTokenSchema, default: problemSchema },
      },
    },
    async ({ caller, body }, reply) => {
      requireWhole(caller);
      const { name, scopes, account, rooms } = body;
      const record: TokenRecord = {
        name,
        scopes: [...new Set(scopes)],
        createdAt: clock.now(),
        ...(account !== undefined && { account }),
        ...(rooms && { rooms }),
      };
      const token = await access.createToken(record);
      void reply.header('cache-control', 'no-store');
      return reply.code(201).send({ ...toWireToken(record), token });
    },
  );

  server.delete(
    '/tokens/:name',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'revokeToken',
        tags: ['tokens'],
        summary: 'Ends a token, and its event streams, at once',
        params: z.object({ name: z.string().min(1).max(64) }),
        response: { 204: z.undefined(), default: problemSchema },
      },
    },
    async ({ caller, params: { name } }, reply) => {
      requireWhole(caller);
      await access.revokeToken(name);
      streams.end(name);
      return reply.code(204).send();
    },
  );
};

function toWireToken({ name, scopes, account, rooms, createdAt, usedAt }: TokenRecord): WireToken {
  return {
    name,
    scopes: [...scopes],
    ...(account !== undefined && { account }),
    ...(rooms && { rooms: [...rooms] }),
    createdAt: toTime(createdAt),
    ...(usedAt !== undefined && { lastUsedAt: toTime(usedAt) }),
  };
}
