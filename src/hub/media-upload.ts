/**
 * A request's body as a file of the media store, for every face and door that takes uploads: whatever its content type
 * says, and as it comes, never whole in memory. The web server must leave the body alone:
 *
 *     scope.removeAllContentTypeParsers();
 *     scope.addContentTypeParser('*', (_request, _body, done) => done(null));
 *
 * and then `saveUpload(media, request.raw, { name })`.
 */
import type { IncomingMessage } from 'node:http';
import { MediaError } from './errors.ts';
import type { MediaAbout, MediaStore, StoredMedia } from './media.ts';

/**
 * Keeps what is uploaded. One that breaks off, or is larger than is taken, leaves nothing; a length that is told and too
 * large is refused before anything is read. The connection cannot be used again after a refusal: answer with
 * `connection: close`.
 *
 * @throws MediaError `media-too-large`, `media-failed`
 */
export async function saveUpload(
  media: MediaStore,
  request: IncomingMessage,
  about: MediaAbout = {},
): Promise<StoredMedia> {
  const limitBytes = Math.min(about.limitBytes ?? Infinity, media.limitBytes);
  const told = Number(request.headers['content-length'] ?? 0);
  if (told > limitBytes) {
    throw new MediaError(
      'media-too-large',
      `the upload has ${told} bytes, and a file may have ${limitBytes}`,
    );
  }
  // A request that breaks off in the middle ends its stream with an error, so what came is never taken for all of it.
  return media.save(request as AsyncIterable<Uint8Array>, { ...about, limitBytes });
}
