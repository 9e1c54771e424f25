/**
 * `/docs`: the description as a page to read and to try, by Swagger UI. Its scripts are more than a megabyte, so they are
 * read when somebody asks for them and not before, on a little server of its own that listens nowhere; nothing of it
 * comes from another site. Each is kept as it was first answered: a client that asks for them over and over, and takes
 * nothing, has no copies of its own made.
 */
import type { StaticDocumentSpec } from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { sendError } from '../../http/error-pages.ts';
import type { RestServer } from './host.ts';
import { toDocument } from './openapi-document.ts';

type StaticDocument = StaticDocumentSpec['document'];

const path = '/docs';

/** It sets styles itself, has pictures in its style sheet, and talks to this hub only. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function addExplorer(server: RestServer): void {
  let explorer: Promise<FastifyInstance> | undefined;
  /** By path. What is not there is not kept, so there are no more than there are files. */
  const pages = new Map<string, Promise<ExplorerPage | undefined>>();
  for (const url of [path, `${path}/`, `${path}/json`, `${path}/static/:file`]) {
    server.get(url, { schema: { hide: true } }, async (request, reply) => {
      if (url === path) return reply.redirect(`${path}/`, 301);
      const asked = request.url.replace(/\?.*$/s, '');
      const page = await (pages.get(asked) ?? keep(asked));
      if (page === undefined) return sendError(request, reply, 404);
      return reply
        .type(page.type)
        .header('content-security-policy', policy)
        .header('cache-control', 'no-cache')
        .send(page.bytes);
    });
  }
  server.addHook('onClose', async () => {
    await (await explorer)?.close();
  });

  async function keep(asked: string): Promise<ExplorerPage | undefined> {
    const loading = load(asked);
    pages.set(asked, loading);
    const isKept = loading.then((page) => page !== undefined);
    // Whoever waits for it is told of the failure; the next one tries again.
    if (!(await isKept.catch(() => false))) pages.delete(asked);
    return loading;
  }

  async function load(asked: string): Promise<ExplorerPage | undefined> {
    explorer ??= createExplorer(toDocument(server.swagger()));
    const { statusCode, headers, rawPayload } = await (await explorer).inject(asked);
    return statusCode === 200 ? { type: String(headers['content-type']), bytes: rawPayload } : undefined;
  }
}

interface ExplorerPage {
  type: string;
  bytes: Buffer;
}

async function createExplorer(document: ReturnType<typeof toDocument>): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  const explorer = Fastify();
  // The plugin's types know OpenAPI up to 3.0; it hands the document on as it is.
  const specification = { document: document as unknown as StaticDocument };
  await explorer.register(swagger, { mode: 'static', specification });
  await explorer.register(swaggerUi, {
    routePrefix: path,
    theme: { title: 'hutong: the REST face' },
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true, persistAuthorization: false },
  });
  return explorer;
}
