/**
 * Files under a document root: the console, or a folder of one's own. A path is taken apart and checked before the disk
 * is asked, and what the disk answers is checked again: nothing outside the root is ever served, however it is spelled
 * and whatever links there are.
 */
import fastifyStatic from '@fastify/static';
import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError, sendPage } from './error-pages.ts';
import type { Routes } from './server.ts';

export interface FileOptions {
  /** The folder; it may come and go while the server runs. */
  root: string;
  /** The Content-Security-Policy of everything under the root. */
  policy: string;
  /** Files under this path have their content's hash in their names: they may be kept for a year. */
  hashedUnder?: string;
  /** What `/` says while there is no such folder: a title, and HTML. */
  missing?: { title: string; html: string };
}

/** What is kept is asked about each time it is used; what is hashed never changes. */
const revalidate = 'no-cache';
const forAYear = 'public, max-age=31536000, immutable';

/** A file of the root, with all links resolved. */
interface Found {
  root: string;
  /** Relative to `root`. */
  file: string;
}

/** Serves the root at `/`. Every other route of the server comes before it. */
export function fileRoutes(options: FileOptions): Routes {
  return async (server) => {
    await server.register(fastifyStatic, { serve: false, index: false, dotfiles: 'allow' });
    server.get('/*', (request, reply) => serve(request, reply));
    server.route({
      method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: '/*',
      // Before a body is read, or refused for what it is.
      onRequest: (request, reply) => refuse(request, reply),
      handler: (_, reply) => unknown(reply),
    });
  };

  async function serve(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = pathOf(request);
    const found = await find(options.root, path);
    if (found === 'folder') return reply.redirect(`${path}/${queryOf(request)}`, 308);
    if (found === undefined) {
      const { missing } = options;
      const explain = missing !== undefined && path === '/' && !(await isFolder(options.root));
      if (!explain) return unknown(reply);
      return sendPage(reply.code(503).header('cache-control', 'no-store'), missing.title, missing.html);
    }
    const hashed = options.hashedUnder !== undefined && path.startsWith(options.hashedUnder);
    void reply.header('cache-control', hashed ? forAYear : revalidate);
    void reply.header('content-security-policy', options.policy);
    return reply.sendFile(found.file, found.root, { cacheControl: false });
  }

  async function refuse(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if ((await find(options.root, pathOf(request))) === undefined) return unknown(reply);
    void reply.header('allow', 'GET, HEAD, OPTIONS');
    return request.method === 'OPTIONS' ? reply.code(204).send() : sendError(request, reply, 405);
  }
}

/** What the server says of addresses that nobody knows. */
function unknown(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

/** The path as it was sent, without the query. */
function pathOf({ raw: { url = '/' } }: FastifyRequest): string {
  return url.replace(/^https?:\/\/[^/]*/i, '').replace(/\?.*$/s, '') || '/';
}

function queryOf({ raw: { url = '/' } }: FastifyRequest): string {
  return /\?.*$/s.exec(url)?.[0] ?? '';
}

/**
 * The parts of a path, decoded once; undefined where a part is one that no file of ours has: `.` and `..`, hidden
 * files, separators, NUL, what is no UTF-8. `.well-known` is for others to find things in (RFC 8615).
 */
function toParts(path: string): string[] | undefined {
  const parts: string[] = [];
  for (const encoded of path.slice(1).split('/')) {
    const part = decode(encoded);
    if (part === undefined || /[/\\\0]/.test(part)) return undefined;
    if (part.startsWith('.') && part !== '.well-known') return undefined;
    parts.push(part);
  }
  return parts;
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    // No UTF-8, or a stray %: no name of a file.
    return undefined;
  }
}

async function find(root: string, path: string): Promise<Found | 'folder' | undefined> {
  const parts = toParts(path);
  if (parts === undefined || parts.slice(0, -1).includes('')) return undefined;
  const asFolder = parts.at(-1) === '';
  const file = join(root, ...parts, ...(asFolder ? ['index.html'] : []));
  try {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(file)]);
    if (!real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return undefined;
    const found = await stat(real);
    if (found.isDirectory()) {
      return !asFolder && (await isFile(join(real, 'index.html'))) ? 'folder' : undefined;
    }
    // Pipes and devices would hold whoever reads them.
    return found.isFile() ? { root: realRoot, file: relative(realRoot, real) } : undefined;
  } catch {
    // Not there, or not for us to read: there is nothing at that address.
    return undefined;
  }
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    // Not there.
    () => false,
  );
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    // Not there.
    () => false,
  );
}
