import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import Fastify from 'fastify';
import { samples } from '../../test/fakes/media-samples.ts';
import { createSystemClock } from '../hub/clock.ts';
import { HutongError } from '../hub/errors.ts';
import { saveUpload } from '../hub/media-upload.ts';
import type { StoredMedia } from '../hub/media.ts';
import { AddressGuard } from '../wire/http/address-guard.ts';
import { mediaRoutes } from './routes.ts';
import { FolderMediaStore } from './store.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

interface Served extends AsyncDisposable {
  store: FolderMediaStore;
  folder: string;
  base: string;
  port: number;
  /** Uploads, and answers what was stored. */
  upload(content: string | Uint8Array, name?: string, type?: string): Promise<StoredMedia>;
}

/** The store behind a web server that takes uploads, as a face does. */
async function serve(): Promise<Served> {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'hutong-media-'));
  const server = Fastify({ forceCloseConnections: true });
  const store = await FolderMediaStore.open({
    folder: temporary.path,
    settings: { fileLimitBytes: 1_000_000, totalLimitBytes: 10_000_000 },
    clock: createSystemClock(),
    log,
    baseUrl: () => '',
    guard: new AddressGuard(),
  });
  await server.register(async (scope) => mediaRoutes(store)(scope));
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    scope.setErrorHandler((error, _request, reply) => {
      const code = error instanceof HutongError ? error.code : 'unknown';
      return reply
        .code(code === 'media-too-large' ? 413 : 500)
        .header('connection', 'close')
        .send({ code });
    });
    scope.post<{ Querystring: { name?: string } }>('/upload', ({ raw, query }) =>
      saveUpload(store, raw, query),
    );
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;
  return {
    store,
    folder: temporary.path,
    base,
    port,
    async upload(content, name = 'file', type = 'application/octet-stream') {
      const body = typeof content === 'string' ? content : new Uint8Array(content);
      const url = `${base}/upload?name=${encodeURIComponent(name)}`;
      const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
      assert.equal(answer.status, 200);
      return (await answer.json()) as StoredMedia;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await store[Symbol.asyncDispose]();
      await temporary.remove();
    },
  };
}

test('a picture is shown where it is linked, is cached for ever, and keeps its name', async () => {
  await using served = await serve();
  const { url, id } = await served.upload(samples.png, '照片.png', 'text/html');
  const answer = await fetch(served.base + served.store.resolve(url));
  assert.equal(answer.status, 200);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), samples.png);
  const { headers } = answer;
  assert.equal(headers.get('content-type'), 'image/png');
  assert.equal(headers.get('content-length'), String(samples.png.length));
  assert.equal(
    headers.get('content-disposition'),
    `inline; filename="__.png"; filename*=UTF-8''%E7%85%A7%E7%89%87.png`,
  );
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'");
  assert.match(headers.get('cache-control') ?? '', /immutable/);
  assert.equal(headers.get('etag'), `"${id}"`);
});

test('a sound that is opened by its link can be played, and nothing else in it can run', async () => {
  await using served = await serve();
  const { url } = await served.upload(samples.ogg, 'song.ogg');
  const { headers } = await fetch(served.base + served.store.resolve(url));
  assert.equal(headers.get('content-type'), 'audio/ogg');
  assert.equal(headers.get('content-security-policy'), "default-src 'none'; media-src 'self'");
});

test('what could run in a browser is saved, under a type that says nothing, whatever it was uploaded as', async () => {
  await using served = await serve();
  for (const [content, name, type] of [
    ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'a.svg', 'image/svg+xml'],
    ['<!doctype html><script>alert(1)</script>', 'cat.png', 'image/png'],
    ['<?xml version="1.0"?><x/>', 'a.xml', 'application/xml'],
    ['alert(1)', 'a.js', 'text/javascript'],
    ['%PDF-1.7\n', 'a.pdf', 'application/pdf'],
    ['', 'empty.png', 'image/png'],
  ] as const) {
    const { url } = await served.upload(content, name, type);
    const { status, headers } = await fetch(served.base + served.store.resolve(url));
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'application/octet-stream', name);
    assert.match(headers.get('content-disposition') ?? '', new RegExp(`^attachment; filename="${name}"`));
  }
});

test('a name in a link is shown as text and cannot forge a header', async () => {
  await using served = await serve();
  const { id } = await served.upload('x');
  const name = encodeURIComponent('a"\r\nset-cookie: x=1\u202e.txt');
  const { status, headers } = await fetch(`${served.base}/media/${id}/${name}`);
  assert.equal(status, 200);
  assert.equal(headers.get('set-cookie'), null);
  assert.match(headers.get('content-disposition') ?? '', /^attachment; filename="a_set-cookie_ x=1\.txt"/);
});

test('parts of a file are given, and what was not changed is not sent again', async () => {
  await using served = await serve();
  const { url, id } = await served.upload('0123456789');
  const link = served.base + served.store.resolve(url);
  const part = await fetch(link, { headers: { range: 'bytes=2-4' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), 'bytes 2-4/10');
  assert.equal(await part.text(), '234');
  const behind = await fetch(link, { headers: { range: 'bytes=10-' } });
  assert.equal(behind.status, 416);
  assert.equal(behind.headers.get('content-range'), 'bytes */10');
  assert.equal((await fetch(link, { headers: { 'if-none-match': `"x", W/"${id}"` } })).status, 304);
  const other = await fetch(link, { headers: { range: 'bytes=2-4', 'if-range': '"x"' } });
  assert.equal(other.status, 200);
  assert.equal(await other.text(), '0123456789');
  const head = await fetch(link, { method: 'HEAD', headers: { range: 'bytes=0-0' } });
  assert.equal(head.status, 206);
  assert.equal(head.headers.get('content-length'), '1');
});

/** A request whose path goes out as it is written here. */
async function ask(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`);
  return Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString();
}

test('a link to no file is a 404, in every way that one may be written to leave the folder', async () => {
  await using served = await serve();
  await served.upload('x');
  for (const path of [
    `/media/${'0'.repeat(40)}/x`,
    '/media/key',
    '/media/../key',
    '/media/%2e%2e/key',
    '/media/..%2fkey/x',
    '/media/incoming/x',
    '/media/%00/x',
    `/media/${'0'.repeat(39)}%2f/x`,
  ]) {
    assert.match(await ask(served.port, path), /^HTTP\/1\.1 40[04] /, path);
  }
});

test('an upload that is too large is refused, at once where it says so, and leaves nothing', async () => {
  await using served = await serve();
  const told = httpRequest(`${served.base}/upload`, {
    method: 'POST',
    headers: { 'content-length': 2_000_000 },
  });
  told.on('error', () => {
    // The connection is closed under it.
  });
  told.flushHeaders();
  const [answer] = (await once(told, 'response')) as [{ statusCode: number }];
  assert.equal(answer.statusCode, 413);
  told.destroy();

  const chunked = httpRequest(`${served.base}/upload`, { method: 'POST' });
  chunked.on('error', () => {
    // The connection is closed under it.
  });
  chunked.write(Buffer.alloc(1_000_001));
  const [later] = (await once(chunked, 'response')) as [{ statusCode: number }];
  assert.equal(later.statusCode, 413);
  chunked.destroy();
  assert.deepEqual(await readdir(join(served.folder, 'incoming')), []);
});

test('an upload that breaks off leaves nothing', async () => {
  await using served = await serve();
  const ended = Promise.withResolvers<void>();
  const store = served.store;
  const gate = createServer((request, response) => {
    void saveUpload(store, request).then(
      () => ended.reject(new Error('it was kept')),
      () => ended.resolve(),
    );
    request.on('data', () => {}).once('data', () => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const { port } = gate.address() as AddressInfo;
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { 'content-length': 1000 },
  });
  request.on('error', () => {
    // That is what is tried here.
  });
  request.write('half');
  await ended.promise;
  gate.close();
  assert.deepEqual(await readdir(join(served.folder, 'incoming')), []);
});
