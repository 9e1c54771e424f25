import assert from 'node:assert/strict';
import test from 'node:test';
import { toMediaType } from '../hub/media.ts';
import { toContentType } from './content-type.ts';
import { samples } from '../../test/fakes/media-samples.ts';

async function typeOf(content: string | Uint8Array, whole = true): Promise<string> {
  return (await toContentType(Buffer.from(content), whole)).mime;
}

test('pictures, sounds and films are known by their bytes', async () => {
  assert.equal(await typeOf(samples.png), 'image/png');
  assert.equal(await typeOf(samples.gif), 'image/gif');
  assert.equal(await typeOf(samples.jpeg), 'image/jpeg');
  assert.equal(await typeOf(samples.ogg), 'audio/ogg');
  assert.equal(await typeOf(samples.mp4), 'video/mp4');
});

test('text that a browser could run is never a picture, however it begins', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  for (const [content, mime] of [
    [svg, 'image/svg+xml'],
    [`<?xml version="1.0"?>\n<!-- a -->${svg}`, 'image/svg+xml'],
    [`\ufeff  ${svg}`, 'image/svg+xml'],
    ['<!DOCTYPE html><title>x</title>', 'text/html'],
    ['hello <script>alert(1)</script>', 'text/html'],
    ['<?xml version="1.0"?><a/>', 'application/xml'],
    ['just words, 胡同', 'text/plain'],
  ] as const) {
    assert.equal(await typeOf(content), mime, content);
    assert.equal(toMediaType(mime), 'file');
  }
});

test('a picture that is a page, too, is a picture: a browser that is told so does not run it', async () => {
  const polyglot = Buffer.concat([samples.gif, Buffer.from('/*<html><script>alert(1)</script>*/=1;')]);
  assert.equal(await typeOf(polyglot), 'image/gif');
});

test('what nothing is known of has the neutral type; so has what only begins like something', async () => {
  assert.equal(await typeOf(new Uint8Array()), 'application/octet-stream');
  assert.equal(await typeOf(Uint8Array.of(0, 1, 2, 3, 255, 254)), 'application/octet-stream');
  assert.equal(await typeOf('text with \0 in it'), 'application/octet-stream');
  assert.equal(await typeOf(Uint8Array.of(0x61, 0xff, 0xfe)), 'application/octet-stream');
  for (let length = 1; length < samples.png.length; length += 1) {
    assert.match(await typeOf(samples.png.subarray(0, length)), /^(image\/png|application\/octet-stream)$/);
  }
});

test('a text whose character is cut by the end of what is looked at is still a text', async () => {
  const cut = Buffer.from('胡同').subarray(0, 4);
  assert.equal(await typeOf(cut, false), 'text/plain');
  assert.equal(await typeOf(cut, true), 'application/octet-stream');
});
