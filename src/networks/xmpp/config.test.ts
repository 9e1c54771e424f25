import assert from 'node:assert/strict';
import test from 'node:test';
import { xmppConfig } from './config.ts';

const least = { jid: 'bridge@example.org', password: 'secret' };

function problems(settings: object): string[] {
  const { error } = xmppConfig.safeParse({ ...least, ...settings });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

test('address and password are enough', () => {
  assert.deepEqual(xmppConfig.parse(least), {
    ...least,
    nick: 'bridge',
    selfPingMs: 300_000,
    keepaliveMs: 60_000,
  });
});

function server(text: string) {
  return xmppConfig.parse({ ...least, server: text }).server;
}

test('a server is written as xmpp:// or xmpps://, with a port or without', () => {
  assert.deepEqual(server('xmpp://chat.example.org'), {
    host: 'chat.example.org',
    port: 5222,
    security: 'starttls',
  });
  assert.deepEqual(server('xmpps://chat.example.org'), {
    host: 'chat.example.org',
    port: 5223,
    security: 'tls',
  });
  assert.deepEqual(server('xmpp://[::1]:5'), { host: '::1', port: 5, security: 'starttls' });
  for (const wrong of [
    'chat.example.org',
    'https://example.org',
    'xmpp://',
    'xmpp://a/b',
    'xmpp://u@a',
    'xmpp://a:99999',
  ]) {
    assert.match(
      problems({ server: wrong }).join(),
      /^server: is no server address: expected xmpp:\/\/host:port/,
      wrong,
    );
  }
});

test('without TLS only this machine is spoken to', () => {
  assert.deepEqual(xmppConfig.parse({ ...least, server: 'xmpp://127.0.0.1:5222', tls: false }).server, {
    host: '127.0.0.1',
    port: 5222,
    security: 'none',
  });
  assert.equal(xmppConfig.parse({ jid: 'a@localhost', password: 'x', tls: false }).server?.security, 'none');
  assert.match(problems({ tls: false }).join(), /^tls: .*not example\.org$/);
  assert.match(problems({ tls: false, server: 'xmpp://10.0.0.1' }).join(), /^tls: .*not 10\.0\.0\.1$/);
  assert.match(problems({ tls: false, server: 'xmpps://localhost' }).join(), /^tls: is false, but/);
});

test('a key that is not known, and an address that is none, are refused', () => {
  assert.match(problems({ pasword: 'x' }).join(), /pasword/);
  assert.match(problems({ jid: 'example.org' }).join(), /^jid: is no XMPP address: expected user@server/);
  assert.match(problems({ jid: '@' }).join(), /^jid: /);
  assert.match(problems({ tls: true }).join(), /^tls: expected \{ ca: FILE \} or false/);
});
