// The body of an answer: unpacked, and never more than was asked for. A small packed body can unpack to a very large
// one, so what is counted is what comes out.
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { HttpError } from './errors.ts';

/** What `Accept-Encoding` offers. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br, zstd';

const UNPACKERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
]);

/**
 * @param encoding the `Content-Encoding`, undefined or empty where there is none
 * @throws HttpError `http-encoding` for one that is not known, or several
 */
export function unpack(body: Readable, encoding: string | undefined): Readable {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  const create = UNPACKERS.get(name);
  if (create === undefined) {
    leave(body);
    throw new HttpError('http-encoding', `the content encoding ${JSON.stringify(name)} is not known`);
  }
  const unpacker = create();
  pipeline(body, unpacker, () => {
    // An error of either destroys the other with it, and is what the reader of the unpacked stream gets.
  });
  return unpacker;
}

/**
 * The pieces of a body as they come. Ends the connection when it is left early.
 *
 * @throws HttpError `http-too-large`, before more than `limitBytes` were handed out; what `toError` makes of the
 * stream's own errors
 */
export async function* toPieces(
  body: Readable,
  limitBytes: number,
  toError: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  let leftBytes = limitBytes;
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      leftBytes -= piece.byteLength;
      if (leftBytes < 0) throw new HttpError('http-too-large', `the body has more than ${limitBytes} bytes`);
      yield piece;
    }
  } catch (error) {
    throw toError(error);
  } finally {
    leave(body);
  }
}

/** Ends a body that nobody reads any more, and its connection with it unless it was read to its end. */
export function leave(body: Readable): void {
  body.on('error', () => {
    // That it was ended is not news to who ended it.
  });
  body.destroy();
}
