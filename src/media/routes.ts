/**
 * `/media/ID/NAME`: kept files for whoever has the link. What they hold is foreign, and it comes from the same origin as
 * the console: so nothing is ever shown but pictures, sounds and films that cannot run anything, all else is saved under
 * a content type that says nothing, and a page made of it could do nothing.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toMediaType, type MediaInfo, type MediaStore } from '../hub/media.ts';
import { toContentDisposition, toFileName } from './file-name.ts';
import { toByteRange } from './range.ts';

/** The bytes behind a link never change. For one's own cache only: who has no link shall not find them in a proxy's. */
const cacheControl = 'private, max-age=31536000, immutable';

/** A page made of it could do nothing. */
const policy = "sandbox; default-src 'none'";
/** Neither can this, but play the file: in a sandbox a browser that opens a sound or film by its link may not. */
const playerPolicy = "default-src 'none'; media-src 'self'";

interface MediaRequest {
  Params: { id: string; name?: string };
  Headers: { range?: string; 'if-none-match'?: string; 'if-range'?: string };
}

export function mediaRoutes(media: MediaStore): (server: FastifyInstance) => void {
  return (server) => {
    for (const url of ['/media/:id/:name', '/media/:id']) {
      server.route<MediaRequest>({
        method: ['GET', 'HEAD'],
        url,
        schema: { hide: true },
        handler: (request, reply) => answer(media, request, reply),
      });
    }
  };
}

async function answer(
  media: MediaStore,
  request: FastifyRequest<MediaRequest>,
  reply: FastifyReply,
): Promise<unknown> {
  const { id, name } = request.params;
  const info = await media.find(id);
  if (info === undefined) throw new NoSuchFile();

  const { headers } = request;
  const etag = `"${id}"`;
  if (isNamed(headers['if-none-match'], etag)) {
    return reply.code(304).header('etag', etag).header('cache-control', cacheControl).send();
  }
  const isCurrent = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = isCurrent ? toByteRange(headers.range, info.sizeBytes) : 'whole';
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${info.sizeBytes}`).send('');
  }
  const part = range === 'whole' ? undefined : range;
  const opened = request.method === 'HEAD' ? undefined : await media.open(id, part);
  // Removed since it was found.
  if (opened === undefined && request.method !== 'HEAD') throw new NoSuchFile();
  setHeaders(reply, info, name);
  if (part) reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${info.sizeBytes}`);
  reply.header('content-length', part ? part.end - part.start + 1 : info.sizeBytes);
  if (opened === undefined) return reply.send();
  return reply.send(opened.stream instanceof Readable ? opened.stream : Readable.from(opened.stream));
}

/** The web server makes a page of it. */
class NoSuchFile extends Error {
  readonly statusCode = 404;
  constructor() {
    super('There is no such file. Files are kept for a while, not for ever.');
  }
}

function setHeaders(reply: FastifyReply, info: MediaInfo, name: string | undefined): void {
  const type = toMediaType(info.mime);
  const isShown = type !== 'file';
  reply
    .header('content-type', isShown ? info.mime : 'application/octet-stream')
    .header(
      'content-disposition',
      toContentDisposition(isShown ? 'inline' : 'attachment', toFileName(name, 'bin')),
    )
    .header('content-security-policy', type === 'audio' || type === 'video' ? playerPolicy : policy)
    .header('x-content-type-options', 'nosniff')
    // Chat programs in browsers show it from their own origin.
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('accept-ranges', 'bytes')
    .header('cache-control', cacheControl)
    .header('etag', `"${info.id}"`);
}

function isNamed(header: string | undefined, etag: string): boolean {
  return (
    header !== undefined && header.split(',').some((each) => [etag, `W/${etag}`, '*'].includes(each.trim()))
  );
}
