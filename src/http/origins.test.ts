// Who asked, by which address, and from which page: believed only of those who may say so.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import test from 'node:test';
import { createAddressList } from '../hub/address.ts';
import { Origins } from './origins.ts';

interface Asked {
  from?: string;
  tls?: boolean;
  method?: string;
  headers?: Record<string, string>;
}

function request({ from = '127.0.0.1', tls = false, method = 'GET', headers = {} }: Asked): IncomingMessage {
  const socket = tls ? { remoteAddress: from, encrypted: true } : { remoteAddress: from };
  return { socket, method, headers: { host: 'localhost:3010', ...headers } } as unknown as IncomingMessage;
}

function origins(proxies: string[] = [], url?: string): Origins {
  return new Origins({ proxies: createAddressList(proxies), ...(url === undefined ? {} : { url }) });
}

test('what proxies say is believed only of trusted ones, from the nearest one outwards', () => {
  const headers = {
    'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.0.0.2',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'Chat.Example.org',
  };
  const trusted = origins(['10.0.0.0/8', '::1']);
  assert.deepEqual(trusted.seen(request({ from: '10.0.0.1', headers })), {
    address: '203.0.113.9',
    secure: true,
    host: 'chat.example.org',
  });
  assert.equal(trusted.seen(request({ from: '::ffff:10.0.0.1', headers })).address, '203.0.113.9');
  assert.deepEqual(trusted.seen(request({ from: '203.0.113.1', headers })), {
    address: '203.0.113.1',
    secure: false,
    host: 'localhost:3010',
  });
  const nonsense = { 'x-forwarded-for': 'unknown, , <script>', 'x-forwarded-proto': '' };
  assert.deepEqual(trusted.seen(request({ from: '::1', headers: nonsense })), {
    address: '::1',
    secure: false,
    host: 'localhost:3010',
  });
  const onlyProxies = { 'x-forwarded-for': '10.0.0.7' };
  assert.equal(trusted.seen(request({ from: '10.0.0.1', headers: onlyProxies })).address, '10.0.0.7');
});

function own(asked: Asked, url?: string): boolean {
  return origins(['10.0.0.1'], url).isOwn(request(asked));
}

test('a request is of our own page when its Origin is the address that it came by, or the configured one', () => {
  assert.ok(own({ headers: { origin: 'http://localhost:3010' } }));
  assert.ok(own({ tls: true, headers: { origin: 'https://localhost:3010' } }));
  assert.ok(own({ headers: { origin: 'https://chat.example.org' } }, 'https://chat.example.org'));
  const behind = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example.org' };
  assert.ok(own({ from: '10.0.0.1', headers: { origin: 'https://chat.example.org', ...behind } }));
  for (const origin of [
    'http://evil.example',
    'https://localhost:3010',
    'http://localhost',
    'http://localhost:3010.evil.example',
    'null',
    '',
  ]) {
    assert.ok(!own({ headers: { origin } }), origin);
  }
  assert.ok(!own({ headers: { origin: 'https://chat.example.org', ...behind } }), 'the proxy is not trusted');
});

test('a request without an Origin is not of a browser, or reads only', () => {
  assert.ok(own({ method: 'POST' }));
  assert.ok(own({ method: 'GET', headers: { 'sec-fetch-site': 'cross-site' } }), 'somebody followed a link');
  assert.ok(own({ method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }));
  assert.ok(!own({ method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }));
  assert.ok(!own({ method: 'DELETE', headers: { 'sec-fetch-site': 'same-site' } }));
});

test('a page whose name was bent to this machine is told by its Host', () => {
  const list = origins(['10.0.0.1'], 'https://chat.example.org');
  for (const host of ['localhost', 'localhost:3010', '127.0.0.1:3010', '[::1]:3010', 'chat.example.org']) {
    assert.ok(!list.isForeignHost(request({ headers: { host } })), host);
    assert.ok(list.isLocal(request({ headers: { host } })), host);
  }
  for (const host of [
    'evil.example',
    'evil.example:3010',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '',
  ]) {
    assert.ok(list.isForeignHost(request({ headers: { host } })), host);
    assert.ok(!list.isLocal(request({ headers: { host } })), host);
  }
  const elsewhere = { from: '203.0.113.1', headers: { host: 'whatever.example' } };
  assert.ok(!list.isForeignHost(request(elsewhere)), 'who comes from elsewhere gains nothing by being here');
  assert.ok(!list.isLocal(request({ from: '203.0.113.1' })));
});

function isLocal(headers: Record<string, string>, proxies: string[] = []): boolean {
  return origins(proxies).isLocal(request({ headers }));
}

test('what a proxy that is not trusted passes on is not local, wherever the proxy is', () => {
  assert.ok(isLocal({}));
  assert.ok(!isLocal({ 'x-forwarded-for': '127.0.0.1' }));
  assert.ok(!isLocal({ forwarded: 'for=127.0.0.1' }));
  assert.ok(!isLocal({ via: '1.1 proxy' }));
  assert.ok(!isLocal({ 'x-forwarded-for': '203.0.113.9' }, ['127.0.0.1']));
  assert.ok(isLocal({ 'x-forwarded-for': '127.0.0.1' }, ['127.0.0.1']));
  assert.ok(!isLocal({ origin: 'http://evil.example' }));
});
