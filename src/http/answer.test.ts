// The headers that every answer has, by whichever way its head is written.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { createAnswerClass } from './answer.ts';
import { createServer } from './node-http.ts';

async function ask(answer: (response: ServerResponse) => void, secure = false): Promise<Response> {
  const server = createServer({ ServerResponse: createAnswerClass(() => secure) }, (_, response) =>
    answer(response),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  await response.bytes();
  server.close();
  return response;
}

const policy = "default-src 'none'; frame-ancestors 'none'";

test('an answer has the standard headers, however its head is written', async () => {
  const ways: ((response: ServerResponse) => void)[] = [
    (response) => response.end('implied'),
    (response) => response.writeHead(200).end(),
    (response) => response.writeHead(200, 'Fine').end(),
    (response) => response.writeHead(200, { 'x-own': 'a' }).end(),
    (response) => response.writeHead(200, 'Fine', { 'x-own': 'a' }).end(),
    (response) => response.writeHead(200, ['x-own', 'a']).end(),
    (response) => response.setHeader('x-own', 'a').end(),
    (response) => response.setHeader('x-own', 'b').writeHead(200, { 'x-own': 'a' }).end(),
  ];
  for (const way of ways) {
    const { status, headers } = await ask(way);
    assert.deepEqual(
      [status, headers.get('server'), headers.get('x-content-type-options')],
      [200, 'hutong', 'nosniff'],
    );
    assert.equal(headers.get('content-security-policy'), policy);
    assert.equal(headers.get('strict-transport-security'), null);
    assert.ok([null, 'a'].includes(headers.get('x-own')));
  }
});

test('a policy of its own takes the place of the standard one', async () => {
  const own = "default-src 'self'";
  const ways: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(200, { 'content-security-policy': own }).end(),
    (response) => response.writeHead(200, ['content-security-policy', own]).end(),
    (response) => response.setHeader('Content-Security-Policy', own).end(),
    (response) => response.setHeader('content-security-policy', own).writeHead(200, { 'x-own': 'a' }).end(),
  ];
  for (const way of ways) assert.equal((await ask(way)).headers.get('content-security-policy'), own);
});

test('a standard header is there once, also where a route sets it', async () => {
  const ways: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(200, { 'x-content-type-options': 'nosniff' }).end(),
    (response) => response.setHeader('x-content-type-options', 'nosniff').end(),
  ];
  for (const way of ways) assert.equal((await ask(way)).headers.get('x-content-type-options'), 'nosniff');
});

test('cookies stay one header each, and encrypted connections stay encrypted', async () => {
  const { headers } = await ask(
    (response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end(),
    true,
  );
  assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2']);
  assert.match(headers.get('strict-transport-security')!, /^max-age=\d+$/);
});

test('JSON has no policy: no browser makes a document of it', async () => {
  const { headers } = await ask((response) =>
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{}'),
  );
  assert.equal(headers.get('content-security-policy'), null);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});
