// How files are kept in the file store: AES-128 in ECB mode with PKCS#7 padding, each with a key of its own. That is the
// protocol's, not a choice: the key comes and goes with the message, and hides the file from the store only.
import { createCipheriv, createDecipheriv, type Cipheriv, type Decipheriv } from 'node:crypto';

const CIPHER = 'aes-128-ecb';
const BLOCK_BYTES = 16;
export const KEY_BYTES = 16;

/** The length of a file in the store; padding is always added. */
export function toCipherBytes(plainBytes: number): number {
  return (Math.floor(plainBytes / BLOCK_BYTES) + 1) * BLOCK_BYTES;
}

/** A key as messages have it: base64 of the sixteen bytes, or of their hexadecimal digits. @throws RangeError */
export function parseKey(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === KEY_BYTES) return bytes;
  return parseHexKey(bytes.toString('latin1'));
}

/** A key as its hexadecimal digits. @throws RangeError */
export function parseHexKey(digits: string): Buffer {
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new RangeError('the key of a file is none of AES-128');
  return Buffer.from(digits, 'hex');
}

/** A key as messages to people have it: base64 of its hexadecimal digits. */
export function formatKey(key: Uint8Array): string {
  return Buffer.from(Buffer.from(key).toString('hex')).toString('base64');
}

export function encrypt(
  plain: AsyncIterable<Uint8Array>,
  key: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  return transform(plain, createCipheriv(CIPHER, key, null));
}

/** Throws an Error at the end, when the key is wrong or something is missing. */
export function decrypt(
  secret: AsyncIterable<Uint8Array>,
  key: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  return transform(secret, createDecipheriv(CIPHER, key, null));
}

async function* transform(
  bytes: AsyncIterable<Uint8Array>,
  cipher: Cipheriv | Decipheriv,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of bytes) yield cipher.update(piece);
  yield cipher.final();
}
