/** Forms, in pieces of every size. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { text } from 'node:stream/consumers';
import { SatoriError } from './errors.ts';
import { readForm, toBoundary } from './multipart.ts';

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, boundary: string, size: number) {
  const parts = [];
  for await (const { name, fileName, content } of readForm(inPieces(bytes, size), boundary)) {
    parts.push([name, fileName, await text(content)]);
  }
  return parts;
}

test('a form of this platform is read, in whatever pieces it comes', async () => {
  const form = new FormData();
  form.append('a', new Blob(['one\r\n--two\r\n']), '图 "1".txt');
  form.append('b', 'text');
  const request = new Request('http://localhost', { method: 'POST', body: form });
  const boundary = toBoundary(request.headers.get('content-type') ?? '')!;
  const bytes = Buffer.from(await request.arrayBuffer());
  for (const size of [1, 2, 7, 64, 10_000]) {
    assert.deepEqual(await read(bytes, boundary, size), [
      ['a', '图 "1".txt', 'one\r\n--two\r\n'],
      ['b', undefined, 'text'],
    ]);
  }
});

test('a form that breaks off, or is none, is refused', async () => {
  for (const bad of [
    '',
    '--b',
    '--b\r\n\r\nx\r\n--b--',
    '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx',
  ]) {
    await assert.rejects(read(Buffer.from(bad), 'b', 3), (error) => error instanceof SatoriError);
  }
  assert.equal(toBoundary('application/json'), undefined);
});
