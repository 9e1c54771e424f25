/**
 * What the web server is compared with, a process of its own: Fastify as its documentation has it, with a route that
 * answers what the REST face answers, shaped by the same kind of schema, and with files. It asks nobody who they are, and
 * sends no headers of its own.
 *
 * Gets a `BareWebPlan` from its parent, and answers with its port.
 */
import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

export interface BareWebPlan {
  /** The folder with the files. */
  root: string;
}

async function serve({ root }: BareWebPlan): Promise<void> {
  const server = Fastify().withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  await server.register(fastifyStatic, { root });
  const answer = { kind: 'token', name: 'bench', scopes: ['read', 'send'] };
  const schema = {
    response: { 200: z.object({ kind: z.string(), name: z.string(), scopes: z.array(z.string()) }) },
  };
  server.get('/v1/me', { schema }, async () => answer);
  await server.listen({ host: '127.0.0.1', port: 0 });
  process.send?.((server.server.address() as AddressInfo).port);
}

process.on('message', (plan: BareWebPlan) => void serve(plan));
