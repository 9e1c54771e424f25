// The web server by real bytes on real sockets: what is malformed, what is too much, who is too slow, certificates that
// change while people are connected, and an orderly end. Then the hub as a process: its first administrator.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdtempDisposable, open, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { connect as connectTls } from 'node:tls';
import { WebSocket, WebSocketServer } from 'ws';
import type { Routes } from '../../src/http/server.ts';
import { exchange, openSocket, requestRaw, startWeb, toStatus } from '../fakes/web.ts';
import { createCertificates } from '../servers/certificates.ts';

const get = 'GET /echo HTTP/1.1\r\nHost: localhost\r\n';
const post = 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

/** Echoes bodies, and says so while it waits for one. */
const echo: Routes = (server) => {
  server.all('/echo', (request) => ({ method: request.method, body: request.body ?? null }));
};

/** All that comes until the server closes. Who still sends then may have the answer swept away by the reset. */
function textOrReset(socket: Socket): Promise<string> {
  return text(socket).catch(() => 'reset');
}

test('what is no HTTP gets a status, a reason and a closed connection; the server lives', async () => {
  await using web = await startWeb({ routes: [echo] });
  const malformed: [bytes: string | Buffer, status: number][] = [
    ['\r\n\r\nhello\r\n\r\n', 400],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['GET\r\n\r\n', 400],
    ['GET /echo\r\n\r\n', 400],
    ['GET /echo HTTP/1.1\r\n\r\n', 400],
    ['GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['GET /echo HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n', 400],
    ['GET /echo HTTP/1.1\r\nHost: a\r\n : x\r\n\r\n', 400],
    ['GET /echo HTTP/1.1\r\nHost: a\r\nx: \x00\r\n\r\n', 400],
    ['GET /echo HTTP/1.1\r\nHost: a\nx: y\r\r\n\r\n', 400],
    ['GET echo HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET /echo HTTP/1.1\nHost: a\n\n', 400],
    ['POST /echo HTTP/1.1\r\nHost: a\r\nExpect: the-best\r\nContent-Length: 1\r\n\r\nx', 417],
    ['GET /echo HTTP/9.9\r\nHost: a\r\n\r\n', 505],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n', 501],
    ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400],
    ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\nx', 400],
    ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 400],
    ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello', 400],
    ['POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nhello', 400],
    [`${post}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello`, 400],
  ];
  for (const [bytes, status] of malformed) {
    const answer = await exchange(web.port, bytes);
    assert.equal(toStatus(answer), status, `${JSON.stringify(bytes)}: ${answer}`);
    assert.match(answer, /^connection: close\r$/im);
    assert.match(answer, /^server: hutong\r$/im);
    assert.match(answer, /^date: \w{3}, /im);
    assert.match(answer, new RegExp(`"code":${status},"message":".+","explanation":".+"`));
  }
  assert.equal((await fetch(`${web.url}/echo`)).status, 200);
});

test('a method of Node’s that is none of ours is not implemented, whatever it brings', async () => {
  await using web = await startWeb({ routes: [echo] });
  const answer = await exchange(web.port, 'QUERY /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.equal(toStatus(answer), 501);
});

test('who asks and asks without reading an answer is closed; as many as may wait are answered', async () => {
  let asked = 0;
  const work: Routes = (server) => {
    server.get('/work', async () => `answer ${(asked += 1)} ${'x'.repeat(4_096)}`);
  };
  await using web = await startWeb({ routes: [work] });
  const request = 'GET /work HTTP/1.1\r\nHost: a\r\n';
  const few = await exchange(web.port, `${request}\r\n`.repeat(99) + `${request}Connection: close\r\n\r\n`);
  assert.equal(few.match(/HTTP\/1\.1 200 OK/g)?.length, 100);
  asked = 0;
  const socket = await openSocket(web.port);
  socket.write(`${request}\r\n`.repeat(1_000));
  await textOrReset(socket);
  assert.ok(asked <= 100, `${asked} were worked on`);
});

test('whoever is refused and goes away at once harms nobody', async () => {
  await using web = await startWeb({ routes: [echo] });
  for (const bytes of [
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'nonsense\r\n\r\n',
    'GET /in/house/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    `${get}\r\n`,
  ]) {
    for (let at = 0; at < 20; at++) {
      const socket = await openSocket(web.port);
      socket.write(bytes);
      socket.resetAndDestroy();
    }
  }
  assert.equal(toStatus(await exchange(web.port, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')), 501);
  assert.equal((await fetch(`${web.url}/echo`)).status, 200);
});

test('what follows a malformed request on the same connection is not answered', async () => {
  await using web = await startWeb({ routes: [echo] });
  const smuggled =
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  const answer = await exchange(web.port, `${smuggled}${get}\r\n`);
  assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
});

test('a request line and headers have 64 KiB together, in one piece or in many', async () => {
  await using web = await startWeb({ routes: [echo] });
  const fits = await exchange(web.port, `${get}Connection: close\r\nx: ${'y'.repeat(65_000)}\r\n\r\n`);
  assert.equal(toStatus(fits), 200);
  const many = Array.from({ length: 5_000 }, (_, at) => `h${at}: 1\r\n`).join('');
  assert.equal(
    toStatus(await exchange(web.port, `${get}Connection: close\r\n${many}\r\n`)),
    200,
    many.length.toString(),
  );
  for (const head of [
    `${get}x: ${'y'.repeat(70_000)}\r\n\r\n`,
    `GET /${'y'.repeat(70_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `${get}${Array.from({ length: 10_000 }, (_, at) => `h${at}: 1\r\n`).join('')}\r\n`,
  ]) {
    const answer = await exchange(web.port, head);
    // A client that still writes when the server has closed may read a reset before the answer.
    if (!answer.startsWith('broken')) assert.equal(toStatus(answer), 431);
  }
  assert.equal((await fetch(`${web.url}/echo`)).status, 200);
});

test('headers that never end are waited for no longer than is said', async () => {
  await using web = await startWeb({ routes: [echo], limits: { headersTimeoutMs: 200 } });
  await using stopped = await openSocket(web.port);
  stopped.write(get);
  assert.equal(toStatus(await text(stopped)), 408);
  await using slow = await openSocket(web.port);
  slow.write(get);
  const drip = setInterval(() => slow.write('x: y\r\n'), 20);
  try {
    assert.match(await textOrReset(slow), /^(HTTP\/1\.1 408 [^]*|reset)$/);
  } finally {
    clearInterval(drip);
  }
  await using silent = await openSocket(web.port);
  assert.match(await text(silent), /^(HTTP\/1\.1 408 [^]*)?$/, 'who says nothing at all is closed, too');
});

test('a body may take its time as long as it comes at a fair pace', async () => {
  await using web = await startWeb({
    routes: [echo],
    limits: { bodyGraceMs: 150, bodyBytesPerSecond: 1_000 },
  });
  await using stopped = await openSocket(web.port);
  stopped.write(`${post}Content-Length: 1000\r\n\r\n `);
  assert.equal(toStatus(await text(stopped)), 408);
  await using slow = await openSocket(web.port);
  slow.write(`${post}Content-Length: 1000\r\n\r\n`);
  const drip = setInterval(() => slow.write(' '), 20);
  try {
    const told = await textOrReset(slow);
    assert.match(told, /^(HTTP\/1\.1 408 [^]*|reset)$/, 'a byte in 20 ms is too slow here');
  } finally {
    clearInterval(drip);
  }
  await using fair = await openSocket(web.port);
  const body = `${' '.repeat(1_997)}"x"`;
  fair.write(`${post}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n`);
  let sent = 0;
  const pieces = setInterval(() => fair.write(body.slice(sent, (sent += 100))), 25);
  try {
    assert.equal(toStatus(await text(fair)), 200, 'half a second, longer than the other was given');
  } finally {
    clearInterval(pieces);
  }
});

test('a body that nobody wants is not read for ever', async () => {
  await using web = await startWeb({ routes: [echo], limits: { lingerMs: 100 } });
  await using client = await openSocket(web.port);
  client.write('POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n');
  const flow = setInterval(() => client.write('x'.repeat(1_000)), 5);
  try {
    assert.equal(toStatus(await text(client).catch(() => 'HTTP/1.1 404 reset')), 404);
  } finally {
    clearInterval(flow);
  }
});

test('a client that takes nothing of its answer is let go, one that only waits is not', async () => {
  const wait = Promise.withResolvers<string>();
  await using web = await startWeb({
    limits: { stallMs: 200 },
    routes: [
      (server) => {
        server.get('/large', () => Buffer.alloc(64 * 1024 * 1024));
        server.get('/later', () => wait.promise);
      },
    ],
  });
  await using waiting = await openSocket(web.port);
  waiting.write('GET /later HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const answered = text(waiting);
  await using stuck = await openSocket(web.port);
  stuck.pause();
  stuck.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  // Nothing is read, so that the end is not seen as such: a write tells that the other side has gone.
  const probe = setInterval(() => stuck.write('\r\n'), 50);
  await new Promise((resolve) => void stuck.once('close', resolve));
  clearInterval(probe);
  wait.resolve('at last');
  assert.match(await answered, /at last$/);
});

test('many slow clients do not hold a fast one', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-web-'));
  const large = await open(join(folder.path, 'large.bin'), 'w');
  await large.truncate(32 * 1024 * 1024);
  await large.close();
  await using web = await startWeb({
    routes: [echo],
    files: { root: folder.path, policy: "default-src 'none'" },
  });
  await using closing = new AsyncDisposableStack();
  const slow = async (bytes: string) => {
    const socket = closing.use(await openSocket(web.port));
    socket.pause();
    socket.write(bytes);
  };
  for (let at = 0; at < 100; at++) {
    await slow('GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await slow(get);
    await slow(`${post}Content-Length: 1000\r\n\r\n `);
  }
  const times: number[] = [];
  for (let at = 0; at < 50; at++) {
    const begun = performance.now();
    assert.equal((await fetch(`${web.url}/echo`)).status, 200);
    times.push(performance.now() - begun);
  }
  const median = times.toSorted((a, b) => a - b)[25]!;
  assert.ok(median < 1_000, `the fast client waited ${median.toFixed(1)} ms`);
});

test('connections are bounded, and room is made when one ends', async () => {
  await using web = await startWeb({ routes: [echo], limits: { connections: 3 } });
  const held = await Promise.all([openSocket(web.port), openSocket(web.port), openSocket(web.port)]);
  for (const socket of held) {
    socket.write(`${get}\r\n`);
    await once(socket, 'data');
  }
  assert.equal(await exchange(web.port, `${get}\r\n`), '', 'one more is closed at once');
  held[0].end();
  await once(held[0], 'close');
  assert.equal(toStatus(await exchange(web.port, `${get}Connection: close\r\n\r\n`)), 200);
  for (const socket of held) socket.destroy();
});

test('several requests on one connection are answered in their order, also when they come at once', async () => {
  await using web = await startWeb({ routes: [echo] });
  const bodies = ['"one"', '"two"'].map((body) => `${post}Content-Length: 5\r\n\r\n${body}`).join('');
  const answer = await exchange(web.port, `${bodies}${get}Connection: close\r\n\r\n`);
  assert.deepEqual(
    [...answer.matchAll(/\{"method.*\}/g)].map(([found]) => found),
    ['{"method":"POST","body":"one"}', '{"method":"POST","body":"two"}', '{"method":"GET","body":null}'],
  );
  const old = await exchange(web.port, 'GET /echo HTTP/1.0\r\n\r\n');
  assert.equal(toStatus(old), 200, 'HTTP/1.0 names no host and closes by itself');
});

test('bodies that are too large, of the wrong type or no JSON are refused, each for what it is', async () => {
  await using web = await startWeb({ routes: [echo] });
  const send = async (body: string, type: string) =>
    (await fetch(`${web.url}/echo`, { method: 'POST', body, headers: { 'content-type': type } })).status;
  assert.equal(await send('{"a":1}', 'application/json'), 200);
  assert.equal(await send('{"a":', 'application/json'), 400);
  assert.equal(await send('{"__proto__":{"x":1}}', 'application/json'), 400);
  assert.equal(await send('a=1', 'application/x-www-form-urlencoded'), 415);
  assert.equal(await send('<a/>', 'text/xml'), 415);
  assert.equal(await send(' '.repeat(1024 * 1024 + 1), 'application/json'), 413);
});

const fails: Routes = (server) => {
  server.get<{ Params: { status: string } }>('/fails/:status', ({ params }) => {
    throw Object.assign(new Error(''), { statusCode: Number(params.status) });
  });
};

test('every standard status has words for people, and the same for programs', async () => {
  const statuses = [
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423,
    424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 507, 508, 511,
  ];
  await using web = await startWeb({ routes: [fails] });
  for (const status of statuses) {
    // Not by fetch, which gives some of them a meaning of their own.
    const json = await requestRaw(web.port, `/fails/${status}`);
    assert.equal(toStatus(json), status);
    const body = JSON.parse(json.split('\r\n\r\n')[1]!) as Record<string, string | number>;
    assert.equal(body['code'], status);
    assert.ok(body['message'] && body['explanation'], String(status));
    const page = await requestRaw(web.port, `/fails/${status}`, 'Accept: text/html\r\n');
    assert.match(page, new RegExp(`<h1>${status} [A-Z]`));
    assert.match(page, /<p>.{10,}<\/p>/);
    assert.match(page, /^content-security-policy: default-src 'none'; style-src 'sha256-/m);
  }
});

test('a closing server finishes what it began, ends streams and WebSockets, and takes nothing new', async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<string>();
  const sockets = new WebSocketServer({ noServer: true });
  const routes: Routes = (server, host) => {
    server.get('/work', () => {
      begun.resolve();
      return finish.promise;
    });
    server.get('/stream', (_, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      host.closing.addEventListener('abort', () => reply.raw.end('event: bye\n\n'));
    });
    host.onUpgrade('/socket', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (client) => {
        host.closing.addEventListener('abort', () => client.close(1001));
      }),
    );
    host.onUpgrade('/rude', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, () => {}),
    );
  };
  const web = await startWeb({ routes: [routes], limits: { goodbyeMs: 100 } });
  const work = fetch(`${web.url}/work`);
  await begun.promise;
  const stream = await fetch(`${web.url}/stream`);
  const polite = new WebSocket(`ws://${web.address}/socket`);
  const rude = new WebSocket(`ws://${web.address}/rude`);
  await Promise.all([once(polite, 'open'), once(rude, 'open')]);
  await using idle = await openSocket(web.port);
  await using deaf = await openSocket(web.port);
  deaf.write(
    'GET /rude HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await once(deaf, 'data');

  const goodbyes = Promise.all([once(polite, 'close'), once(rude, 'close'), once(deaf, 'close')]);
  const closed = web.close();
  assert.match(await stream.text(), /bye/);
  const [[politeCode], [rudeCode]] = await goodbyes;
  assert.deepEqual([politeCode, rudeCode], [1001, 1001]);
  assert.equal(await text(idle), '');
  await assert.rejects(fetch(`${web.url}/work`));
  finish.resolve('done');
  assert.equal(await (await work).text(), 'done');
  await closed;
});

test('a request that never ends holds the closing only for so long', async () => {
  const begun = Promise.withResolvers<void>();
  const routes: Routes = (server) => {
    server.get('/hangs', (_, reply) => {
      reply.hijack();
      begun.resolve();
    });
  };
  const web = await startWeb({ routes: [routes], limits: { goodbyeMs: 50, closeGraceMs: 100 } });
  const hanging = assert.rejects(fetch(`${web.url}/hangs`));
  await begun.promise;
  await web.close();
  await hanging;
});

test('over TLS: strict transport, and a new certificate is taken without dropping anybody', async () => {
  await using first = await mkdtempDisposable(join(tmpdir(), 'hutong-tls-'));
  await using second = await mkdtempDisposable(join(tmpdir(), 'hutong-tls-'));
  const [one, two] = await Promise.all([
    createCertificates(first.path, ['chat.example.org']),
    createCertificates(second.path, ['chat.example.org']),
  ]);
  await using web = await startWeb({
    routes: [echo],
    tls: { cert: one.certificatePath, key: one.keyPath },
    limits: { rereadMs: 20 },
  });
  const ask = async (ca: string) => {
    const request = requestTls({
      host: '127.0.0.1',
      port: web.port,
      path: '/echo',
      servername: 'chat.example.org',
      headers: { host: 'chat.example.org' },
      ca,
      agent: false,
    });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return response;
  };
  const { headers, statusCode } = await ask(one.ca);
  assert.equal(statusCode, 200);
  assert.equal(headers['strict-transport-security'], 'max-age=31536000');

  await using staying = connectTls({
    host: '127.0.0.1',
    port: web.port,
    servername: 'chat.example.org',
    ca: one.ca,
  });
  await once(staying, 'secureConnect');

  // Half of a renewal: the pair does not fit, and the one in use stays.
  await cp(two.certificatePath, one.certificatePath);
  while (!web.logged.some((line) => line.includes('the certificate in use stays'))) await ask(one.ca);
  await cp(two.keyPath, one.keyPath);
  while (!web.logged.some((line) => line.includes('is in use from now on')))
    await ask(one.ca).catch(() => {});
  await assert.rejects(ask(one.ca));
  assert.equal((await ask(two.ca)).statusCode, 200);
  staying.write(`${get}Connection: close\r\n\r\n`);
  assert.equal(toStatus(await text(staying)), 200);

  await writeFile(one.certificatePath, 'no certificate');
  assert.equal((await ask(two.ca)).statusCode, 200);
  assert.equal(await exchange(web.port, `${get}\r\n`), '', 'who speaks no TLS is closed');
});
