/** The file store's cipher. */
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import test from 'node:test';
import { decrypt, encrypt, formatKey, parseHexKey, parseKey, toCipherBytes } from './file-cipher.ts';

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

async function* inPieces(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

test('whatever the pieces, what comes out is AES-128-ECB, and back', async () => {
  for (const length of [0, 1, 15, 16, 17, 1000]) {
    const plain = Buffer.alloc(length, 'hutong ');
    const cipher = createCipheriv('aes-128-ecb', key, null);
    const expected = Buffer.concat([cipher.update(plain), cipher.final()]);
    const secret = await whole(encrypt(inPieces(plain, 7), key));
    assert.deepEqual(secret, expected);
    assert.equal(secret.length, toCipherBytes(length));
    assert.deepEqual(await whole(decrypt(inPieces(secret, 5), key)), plain);
  }
});

test('a wrong key and a file that breaks off are told', async () => {
  const secret = await whole(encrypt(inPieces(Buffer.alloc(100, 7), 100), key));
  await assert.rejects(whole(decrypt(inPieces(secret.subarray(0, 50), 50), key)));
  await assert.rejects(whole(decrypt(inPieces(secret, 50), Buffer.alloc(16, 1))));
});

test('a key is read in each of its forms', () => {
  assert.deepEqual(parseKey(key.toString('base64')), key);
  assert.deepEqual(parseKey(formatKey(key)), key);
  assert.deepEqual(parseHexKey(key.toString('hex').toUpperCase()), key);
  for (const bad of ['', 'short', Buffer.alloc(15).toString('base64')]) {
    assert.throws(() => parseKey(bad), RangeError);
  }
});
