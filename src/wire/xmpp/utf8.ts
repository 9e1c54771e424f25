// Turns the bytes of a stream into text without ever damaging or inventing a character: a sequence that falls across
// two reads is kept until its end arrives, and invalid UTF-8 is an error instead of U+FFFD (RFC 6120 §11.6 asks for
// that). Whole reads are checked and decoded at once, which is many times faster than a decoder in fatal mode.
import { isUtf8 } from 'node:buffer';

const NONE = Buffer.alloc(0);

/** Decodes UTF-8 that arrives in pieces. */
export class Utf8Decoder {
  #pending: Buffer = NONE;

  /** The text that is complete with this chunk; undefined where the bytes are no UTF-8. */
  decode(chunk: Buffer): string | undefined {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const completeBytes = bytes.length - incompleteTailBytes(bytes);
    const complete = completeBytes === bytes.length ? bytes : bytes.subarray(0, completeBytes);
    // A copy: the chunk may be a view of a pool that is about to be written over.
    this.#pending = completeBytes === bytes.length ? NONE : Buffer.from(bytes.subarray(completeBytes));
    return isUtf8(complete) ? complete.toString('utf8') : undefined;
  }
}

/** How many bytes at the end are the beginning of a sequence whose rest has not come yet: 0 to 3. */
function incompleteTailBytes(bytes: Buffer): number {
  const last = bytes.length - 1;
  for (let back = 0; back < 3 && back <= last; back++) {
    const byte = bytes[last - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const sequenceBytes = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return sequenceBytes > back + 1 ? back + 1 : 0;
  }
  return 0;
}
