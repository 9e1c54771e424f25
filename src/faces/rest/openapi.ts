/** `/openapi.json`: the description that programs are made from, out of the very schemas that check their requests. */
import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { RestServer } from './host.ts';
import { toDocument } from './openapi-document.ts';

const tags = [
  { name: 'hub', description: 'The hub and who asks' },
  { name: 'accounts', description: 'Accounts and their login' },
  { name: 'rooms', description: 'Rooms and who is in them' },
  { name: 'messages', description: 'Speaking, and what was said' },
  { name: 'events', description: 'Following what happens, by one durable cursor' },
  { name: 'media', description: 'Files for messages' },
  { name: 'deliveries', description: 'What waits, what failed' },
  { name: 'configuration', description: 'Links and settings' },
  { name: 'metrics', description: 'How the accounts did' },
  { name: 'tokens', description: 'What programs come in with' },
];

/** Collects what routes are added from now on, in this scope and those below. */
export async function describeRoutes(server: RestServer, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'hutong',
        version,
        description:
          'Every account over HTTP: speak, follow what happens, steer the hub. Problems are RFC 9457. Fields and event kinds are added within `/v1`; none changes its meaning.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags,
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description: '`npm run hutong -- token create NAME --scope read`',
          },
        },
      },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** Serves the description. Made at the first request, since nothing of it changes afterwards. */
export function addDescription(server: RestServer): void {
  let text: string | undefined;
  server.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(toDocument(server.swagger()));
    return reply
      .type('application/json; charset=utf-8')
      .header('cache-control', 'no-cache')
      .serializer((payload: unknown) => payload as string)
      .send(text);
  });
}
