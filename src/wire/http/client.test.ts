import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import test from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { AddressGuard } from './address-guard.ts';
import { HttpClient, type HttpClientOptions } from './client.ts';
import { Cookies } from './cookies.ts';

interface Server extends AsyncDisposable {
  port: number;
  url: string;
  connections: number;
}

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const served: Server = {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('connection', () => (served.connections += 1));
  return served;
}

async function readAll(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
}

/** A client that takes the DNS from a table. */
function client(names: Record<string, string> = {}, options: HttpClientOptions & { allow?: string[] } = {}) {
  const guard = new AddressGuard({
    allow: options.allow ?? [],
    lookup: (hostname, _, callback) => {
      const address = names[hostname];
      if (address === undefined)
        callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), []);
      else callback(null, [{ address, family: 4 }]);
    },
  });
  return new HttpClient({ guard, ...options });
}

test('requests to one server go over connections that are kept', async () => {
  await using server = await serve((_, response) => response.end('hi'));
  await using http = new HttpClient();
  for (let count = 0; count < 20; count += 1) {
    assert.equal(await (await http.request(server.url)).text(), 'hi');
  }
  // The next request may be out before the connection of the last one counts as free, so two, not one.
  assert.ok(server.connections <= 2, `${server.connections} connections`);
});

test('cookies come back with the next request, and after a restart', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/login')
      response.setHeader('set-cookie', ['sid=42; Path=/; HttpOnly', 'theme=dark']);
    response.end(request.headers.cookie ?? 'none');
  });
  const values = new Map<string, string>();
  const store = {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: string | undefined) => void values.set(key, value ?? ''),
  };
  await using http = new HttpClient({ cookies: new Cookies(store) });
  assert.equal(await (await http.request(`${server.url}/login`)).text(), 'none');
  await using later = new HttpClient({ cookies: new Cookies(store) });
  assert.equal(await (await later.request(`${server.url}/`)).text(), 'sid=42; theme=dark');
});

test('a redirect is followed; what belongs to one server is not told to another', async () => {
  await using other = await serve((request, response) => {
    const { authorization = 'none', 'x-mark': mark } = request.headers;
    response.end(`${request.method} ${authorization} ${String(mark)}`);
  });
  await using server = await serve((request, response) => {
    const location = request.url === '/far' ? `${other.url}/` : '/near-end';
    if (request.url === '/near-end') response.end(`${request.method} ${request.headers.authorization}`);
    else response.writeHead(302, { location }).end('moved');
  });
  await using http = new HttpClient();
  const request = { method: 'POST', body: 'x', headers: { Authorization: 'Bearer t', 'X-Mark': '1' } };
  assert.equal(await (await http.request(`${server.url}/near`, request)).text(), 'GET Bearer t');
  const far = await http.request(`${server.url}/far`, request);
  assert.equal(await far.text(), 'GET none 1');
  assert.equal(far.url.href, `${other.url}/`);
});

test('a body goes with a redirect that keeps the method, unless it was a stream', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/a') response.writeHead(307, { location: '/b' }).end();
    else void readAll(request).then((body) => response.end(`${request.method} ${body}`));
  });
  await using http = new HttpClient();
  const put = (body: string | Readable) => http.request(`${server.url}/a`, { method: 'PUT', body });
  assert.equal(await (await put('data')).text(), 'PUT data');
  await assert.rejects(put(Readable.from(['data'], { objectMode: false })), { code: 'http-redirects' });
});

test('a redirect for ever, to nowhere or out of the web ends', async () => {
  await using server = await serve((request, response) => {
    const to: Record<string, string> = {
      '/loop': '/loop',
      '/file': 'file:///etc/passwd',
      '/user': 'http://u:p@h/',
    };
    const location = to[request.url ?? ''];
    response.writeHead(302, location === undefined ? {} : { location }).end();
  });
  await using http = new HttpClient();
  await assert.rejects(http.request(`${server.url}/loop`), { code: 'http-redirects' });
  await assert.rejects(http.request(`${server.url}/none`), { code: 'http-redirects' });
  await assert.rejects(http.request(`${server.url}/file`), { code: 'http-url-invalid' });
  await assert.rejects(http.request(`${server.url}/user`), { code: 'http-url-invalid' });
});

test('an address that is none of the web, or holds a password, is not asked for', async () => {
  await using http = new HttpClient();
  for (const address of [
    'ftp://h/',
    'file:///etc/passwd',
    'data:,x',
    'gopher://h',
    'http://u:p@h/',
    'no address',
  ]) {
    await assert.rejects(http.request(address), { code: 'http-url-invalid' }, address);
  }
});

test('with the guard no private address is asked, by figures, by name or by redirect', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/lead')
      response.writeHead(302, { location: `http://127.0.0.1:${server.port}/secret` }).end();
    else if (request.url === '/name') response.writeHead(302, { location: 'http://rebound.example/' }).end();
    else response.end('secret');
  });
  await using http = client(
    { 'rebound.example': '127.0.0.1', 'front.example': '127.0.0.1' },
    { allow: [`front.example:${server.port}`] },
  );
  const front = `http://front.example:${server.port}`;
  for (const address of [
    `${server.url}/`,
    `http://rebound.example:${server.port}/`,
    `http://2130706433:${server.port}/`,
    `http://[::ffff:127.0.0.1]:${server.port}/`,
    `${front}/lead`,
    `${front}/name`,
  ]) {
    await assert.rejects(http.request(address), { code: 'http-address-refused' }, address);
  }
});

test('an exception by network lets a name through that leads there', async () => {
  await using server = await serve((_, response) => response.end('intranet'));
  await using http = client({ 'wiki.example': '127.0.0.1' }, { allow: ['127.0.0.0/8'] });
  assert.equal(await (await http.request(`http://wiki.example:${server.port}/`)).text(), 'intranet');
});

test('a packed body is unpacked, and its limit counts what comes out', async () => {
  const text = 'x'.repeat(100_000);
  await using server = await serve((request, response) => {
    const zstd = request.url === '/zstd';
    const packed = zstd ? zstdCompressSync(text) : gzipSync(text);
    const broken = request.url === '/broken' ? packed.subarray(0, 40).fill(7, 12) : packed;
    const encoding = request.url === '/odd' ? 'compress' : zstd ? 'zstd' : 'gzip';
    response.writeHead(200, { 'content-encoding': encoding }).end(broken);
  });
  await using http = new HttpClient();
  assert.equal(await (await http.request(`${server.url}/`)).text(), text);
  assert.equal(await (await http.request(`${server.url}/zstd`)).text(), text);
  const small = await http.request(`${server.url}/`, { limitBytes: 50_000 });
  await assert.rejects(small.text(), { code: 'http-too-large' });
  await assert.rejects(http.request(`${server.url}/odd`), { code: 'http-encoding' });
  const broken = await http.request(`${server.url}/broken`);
  await assert.rejects(broken.text(), { code: 'http-encoding' });
});

test('a body longer than its limit ends the connection, whether its length was told or not', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serve((request, response) => {
    if (request.url === '/told') {
      response.writeHead(200, { 'content-length': 1_000_000 }).write('x');
      return;
    }
    response.on('close', () => closed.resolve());
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  });
  await using http = new HttpClient();
  await assert.rejects(http.request(`${server.url}/told`, { limitBytes: 100 }), { code: 'http-too-large' });
  const endless = await http.request(server.url, { limitBytes: 300_000 });
  let taken = 0;
  await assert.rejects(
    async () => {
      for await (const piece of endless.body) taken += piece.byteLength;
    },
    { code: 'http-too-large' },
  );
  assert.ok(taken <= 300_000);
  await closed.promise;
});

test('a server that answers slower than the deadline is given up, before and in the middle of its answer', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/half') response.writeHead(200).write('half');
  });
  await using http = new HttpClient();
  await assert.rejects(http.request(server.url, { deadlineMs: 30 }), { code: 'http-timeout' });
  const half = await http.request(`${server.url}/half`, { deadlineMs: 200 });
  await assert.rejects(half.text(), { code: 'http-timeout' });
});

test('who aborts gets the own reason', async () => {
  await using server = await serve(() => {});
  await using http = new HttpClient();
  const controller = new AbortController();
  const asking = http.request(server.url, { signal: controller.signal });
  controller.abort(new Error('not needed any more'));
  await assert.rejects(asking, /not needed any more/);
});

test('a server that is away, breaks off or speaks no HTTP is told as that, by its name', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/half')
      response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy());
    else request.socket.end('hello\r\n');
  });
  await using http = client({}, { allow: ['127.0.0.1'] });
  await assert.rejects(http.request('http://nowhere.example/'), {
    code: 'http-unreachable',
    message: /nowhere\.example/,
  });
  await assert.rejects(http.request(server.url), { code: 'http-unreachable' });
  const half = await http.request(`${server.url}/half`);
  await assert.rejects(half.text(), { code: 'http-unreachable' });
});
