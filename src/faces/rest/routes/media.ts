/** Files for messages: uploaded by the program, or fetched by the hub from an address. */
import { z } from 'zod';
import { saveUpload } from '../../../hub/media-upload.ts';
import { toMediaType, type MediaStore, type StoredMedia } from '../../../hub/media.ts';
import { mediaFetchSchema, storedMediaSchema, type WireStoredMedia } from '../schemas/media.ts';
import { problemSchema } from '../schemas/problem.ts';
import type { RestServer } from '../host.ts';
import type { AddRoutes } from './route.ts';

const nameLimit = 255;

export const addMediaRoutes: AddRoutes = (server, { host: { media } }) => {
  server.post(
    '/media/fetch',
    {
      config: { scope: 'send' },
      schema: {
        operationId: 'fetchMedia',
        tags: ['media'],
        summary: 'Has the hub fetch a file, to be sent',
        body: mediaFetchSchema,
        response: { 201: storedMediaSchema, default: problemSchema },
      },
    },
    async ({ body: { url, name } }, reply) => {
      const stored = await media.fetch(url, name === undefined ? {} : { name });
      return reply.code(201).send(toWireStored(stored, media));
    },
  );
  // Only here a body is a stream that nobody has read: its size is the media store's to bound.
  void server.register(async (uploads: RestServer) => addUpload(uploads, media));
};

function addUpload(server: RestServer, media: MediaStore): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.addHook('onSend', async (_request, reply) => {
    // What was not read of a refused upload is in the way of the next request.
    if (reply.statusCode >= 400) void reply.header('connection', 'close');
  });
  server.post(
    '/media',
    {
      config: { scope: 'send' },
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        operationId: 'uploadMedia',
        tags: ['media'],
        summary: 'Uploads a file, to be sent: the body of the request is the file',
        description: 'What it is, is told from its bytes, whatever the content type of the request says.',
        querystring: z.object({ name: z.string().max(nameLimit).exactOptional() }),
        consumes: ['application/octet-stream'],
        response: { 201: storedMediaSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { name } = request.query;
      const stored = await saveUpload(media, request.raw, name === undefined ? {} : { name });
      return reply.code(201).send(toWireStored(stored, media));
    },
  );
}

function toWireStored(
  { url, name, mime, sizeBytes, sha256 }: StoredMedia,
  media: MediaStore,
): WireStoredMedia {
  return { url, link: media.resolve(url), type: toMediaType(mime), name, mime, sizeBytes, sha256 };
}
