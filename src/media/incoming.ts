/** Bytes on their way in: written as they come, one piece at a time, hashed and counted meanwhile. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { MediaError } from '../hub/errors.ts';
import { passed } from '../hub/garbage.ts';
import { headBytes } from './content-type.ts';

export interface Incoming {
  sizeBytes: number;
  sha256: Buffer;
  /** The first bytes, up to `headBytes`. */
  head: Buffer;
}

/**
 * Writes what `content` yields to a new file; durable when it resolves. The next piece is asked for when the last one
 * is written, so no more than one is in memory.
 *
 * @throws MediaError `media-too-large`; the signal's reason; what `content` and the disk throw
 */
export async function writeIncoming(
  path: string,
  content: AsyncIterable<Uint8Array>,
  limitBytes: number,
  signal: AbortSignal | undefined,
): Promise<Incoming> {
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  let missingBytes = headBytes;
  let sizeBytes = 0;
  await using file = await open(path, 'wx', 0o600);
  for await (const piece of content) {
    signal?.throwIfAborted();
    sizeBytes += piece.byteLength;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    hash.update(piece);
    if (missingBytes > 0) {
      const start = Buffer.from(piece.subarray(0, missingBytes));
      head.push(start);
      missingBytes -= start.byteLength;
    }
    for (let written = 0; written < piece.byteLength;) {
      const { bytesWritten } = await file.write(piece, written);
      written += bytesWritten;
    }
    passed(piece.byteLength);
  }
  await file.sync();
  return { sizeBytes, sha256: hash.digest(), head: Buffer.concat(head) };
}

export function tooLarge(limitBytes: number): MediaError {
  return new MediaError('media-too-large', `the file is larger than ${limitBytes} bytes`);
}
