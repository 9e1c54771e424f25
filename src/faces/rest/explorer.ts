/**
 * `/docs`: the description as a page to read and to try, by Scalar. Its script is several megabytes, so it is read into
 * memory when somebody asks for it and not before, on a little server of its own that listens nowhere; nothing of it
 * comes from another site.
 */
import { createHash } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import type { RestServer } from './host.ts';

const path = '/docs';

/** It writes its styles itself, and talks to this hub only. `hashes` are of the scripts in the page. */
function toPolicy(hashes: readonly string[]): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes.map((hash) => `'sha256-${hash}'`)].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Of each script that stands in a page, as a policy names it. @see https://www.w3.org/TR/CSP3/#script-src */
function hashScripts(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>(.*?)<\/script>/gs)].map((match) =>
    createHash('sha256').update(match[1]!).digest('base64'),
  );
}

export function addExplorer(server: RestServer): void {
  let explorer: Promise<FastifyInstance> | undefined;
  for (const url of [path, `${path}/`, `${path}/js/scalar.js`]) {
    server.get(url, { schema: { hide: true } }, async (_request, reply) => {
      if (url === path) return reply.redirect(`${path}/`, 301);
      explorer ??= createExplorer();
      const answer = await (await explorer).inject(url);
      const type = String(answer.headers['content-type']);
      const policy = toPolicy(type.startsWith('text/html') ? hashScripts(answer.payload) : []);
      return reply
        .code(answer.statusCode)
        .type(type)
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
      // These hand the description to Scalar's own service.
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
  return explorer;
}
