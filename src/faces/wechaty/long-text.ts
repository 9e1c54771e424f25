/**
 * Clients take answers of 4 MiB at most and lose a message that is longer. Of a text that does not fit they get the
 * beginning, and a link to all of it.
 */
import type { MediaStore } from '../../hub/media.ts';

/** UTF-8 bytes. What else is in the answer has room in the rest. */
const textLimitBytes = 3 * 1024 * 1024;
/** A character has three bytes at most for each unit of a string. */
const bytesPerUnit = 3;

/** Rejects with a `MediaError`. */
export async function toFittingText(
  text: string,
  media: Pick<MediaStore, 'save' | 'resolve'>,
): Promise<string> {
  if (text.length * bytesPerUnit <= textLimitBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= textLimitBytes) return text;
  const { url } = await media.save(inOne(bytes), { name: 'message.txt' });
  const beginning = new TextDecoder().decode(bytes.subarray(0, textLimitBytes), { stream: true });
  return `${beginning}\n[${bytes.length} bytes, all of them: ${media.resolve(url)}]`;
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
