/**
 * Files under a document root: the console, or a folder of one's own. A path is taken apart and checked before the disk
 * is asked, and what the disk answers is checked again: nothing outside the root is ever served, however it is spelled
 * and whatever links there are.
 */
import fastifyStatic from '@fastify/static';
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError, sendPage } from './error-pages.ts';
import { pageHeaders } from './standard-headers.ts';
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
  const root = new Root(options.root);
  return async (server) => {
    await server.register(fastifyStatic, {
      serve: false,
      index: false,
      dotfiles: 'allow',
      redirect: true,
      cacheControl: false,
    });
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
    const found = await root.find(path);
    if (found === undefined) {
      const { missing } = options;
      const explain = missing !== undefined && path === '/' && !(await isFolder(options.root));
      if (!explain) return unknown(reply);
      return sendPage(reply.code(503).header('cache-control', 'no-store'), missing.title, missing.html);
    }
    const hashed = options.hashedUnder !== undefined && path.startsWith(options.hashedUnder);
    return reply
      .headers(pageHeaders)
      .header('content-security-policy', options.policy)
      .header('cache-control', hashed ? forAYear : revalidate)
      .sendFile(found.file, found.root, onlyFiles);
  }

  async function refuse(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if ((await root.find(pathOf(request))) === undefined) return unknown(reply);
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

/**
 * The parts of a path, decoded once; undefined where a part is one that no file of ours has: `.` and `..`, hidden
 * files, separators, NUL, what is no UTF-8. `.well-known` is for others to find things in (RFC 8615).
 */
function toParts(path: string): string[] | undefined {
  // `*`, and what begins with it: no address of anything.
  if (!path.startsWith('/')) return undefined;
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

/** What a path of the root leads to, on the disk as it is now. */
class Root {
  readonly #folder: string;
  /** The folder with all links resolved, as it was last. */
  #real: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A file or folder inside of the root; undefined where there is none. A path that ends with `/` is its index.html. */
  async find(path: string): Promise<Found | undefined> {
    const parts = toParts(path);
    if (parts === undefined || parts.slice(0, -1).includes('')) return undefined;
    const index = parts.at(-1) === '' ? ['index.html'] : [];
    try {
      const real = await realpath(join(this.#folder, ...parts, ...index));
      // The root may be a link that leads elsewhere since it was last asked.
      if (this.#real === undefined || !isInside(this.#real, real)) this.#real = await realpath(this.#folder);
      if (!isInside(this.#real, real)) return undefined;
      return { root: this.#real, file: relative(this.#real, real) };
    } catch {
      // Not there, or not for us to read: there is nothing at that address.
      return undefined;
    }
  }
}

function isInside(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Pipes and devices would hold whoever reads them. */
const onlyFiles = {
  onFile(_path: string, found: Stats): void {
    if (!found.isFile()) throw Object.assign(new Error(''), { statusCode: 404 });
  },
};

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    // Not there.
    () => false,
  );
}
