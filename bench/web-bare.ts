/**
 * What the web server is compared with, a process of its own: Fastify and @fastify/static of the same versions, as their
 * documentation has them, with every setting at its default. A route at the same path answers with the same JSON, and
 * the same file is served. It asks nobody who they are, counts nothing, checks no answer against a schema and sends no
 * headers of its own.
 *
 * Gets a `BareWebRequest` from its parent, and answers with its port.
 */
import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';

export interface BareWebRequest {
  root: string;
}

async function serve({ root }: BareWebRequest): Promise<number> {
  const server = Fastify();
  await server.register(fastifyStatic, { root });
  const answer = { kind: 'token', name: 'bench', scopes: ['read', 'send'] };
  server.get('/v1/me', async () => answer);
  await server.listen({ host: '127.0.0.1', port: 0 });
  return (server.server.address() as AddressInfo).port;
}

process.on('message', (request: BareWebRequest) => {
  void serve(request).then((port) => process.send?.(port));
});
