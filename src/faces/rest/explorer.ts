/**
 * `/docs`: the description as a page to read and to try, by Scalar. Its script is several megabytes, so it is read into
 * memory when somebody asks for it and not before, on a little server of its own that listens nowhere; nothing of it
 * comes from another site.
 */
import Fastify, { type FastifyInstance } from 'fastify';
import type { RestServer } from './host.ts';

const path = '/docs';

/** The page has a script of its own in it, and writes its styles itself; it talks to this hub only. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function addExplorer(server: RestServer): void {
  let explorer: Promise<FastifyInstance> | undefined;
  for (const url of [path, `${path}/`, `${path}/js/scalar.js`]) {
    server.get(url, { schema: { hide: true } }, async (_request, reply) => {
      if (url === path) return reply.redirect(`${path}/`, 301);
      explorer ??= createExplorer();
      const answer = await (await explorer).inject(url);
      return reply
        .code(answer.statusCode)
        .type(String(answer.headers['content-type']))
        .header('content-security-policy', policy)
        .header('cache-control', 'no-cache')
        .serializer((payload: unknown) => payload as string)
        .send(answer.payload);
    });
  }
  server.addHook('onClose', async () => {
    await (await explorer)?.close();
  });
}

async function createExplorer(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const explorer = Fastify();
  await explorer.register(scalar, {
    routePrefix: path,
    configuration: {
      url: '/openapi.json',
      pageTitle: 'hutong: the REST face',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
  return explorer;
}
