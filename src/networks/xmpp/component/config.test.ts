import assert from 'node:assert/strict';
import test from 'node:test';
import { xmppConfig } from '../config.ts';

const least = { component: 'qq.example.org', secret: 'secret' };

function problems(settings: object): string[] {
  const { error } = xmppConfig.safeParse(settings);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

const first = (settings: object) => problems(settings)[0] ?? '';

test('a domain and a secret are enough', () => {
  assert.deepEqual(xmppConfig.parse(least), {
    ...least,
    server: { host: '127.0.0.1', port: 5347, security: 'none', trusted: false },
    nick: 'hutong',
    selfPingMs: 300_000,
    keepaliveMs: 60_000,
    puppetNick: '{nick}',
    puppetsPerRoom: 100,
    puppetIdleMs: 3_600_000,
    admins: [],
    registration: ['example.org'],
  });
});

test('who may link and who may register is told by addresses and domains', () => {
  const config = xmppConfig.parse({
    ...least,
    admins: ['Boss@example.org'],
    registration: ['Other.example'],
  });
  assert.deepEqual('admins' in config && [config.admins, config.registration], [
    ['boss@example.org'],
    ['other.example'],
  ]);
  assert.match(problems({ ...least, admins: ['example.org'] })[0] ?? '', /^admins\.0: is no XMPP address/);
  assert.match(problems({ ...least, registration: ['a@b'] })[0] ?? '', /^registration\.0: is no server/);
});

test('what goes in the clear goes to this machine, unless the way is said to be safe', () => {
  const [problem] = problems({ ...least, server: 'xmpp://chat.example.org' });
  assert.match(
    problem ?? '',
    /^server: a component’s port is not encrypted, and chat\.example\.org is not this/,
  );
  const server = (settings: object) => {
    const config = xmppConfig.parse({ ...least, ...settings });
    return 'server' in config ? config.server : undefined;
  };
  assert.deepEqual(server({ server: 'xmpp://10.0.0.2:5555', plaintext: true }), {
    host: '10.0.0.2',
    port: 5555,
    security: 'none',
    trusted: true,
  });
  assert.equal(server({ server: 'xmpps://chat.example.org:5349' })?.security, 'tls');
  assert.match(
    problems({ ...least, server: 'xmpps://chat.example.org', tls: false })[0] ?? '',
    /^tls: is false, but server says xmpps/,
  );
});

test('what is missing, no domain, or of another sort of account is told', () => {
  assert.match(first({ component: 'qq.example.org' }), /^secret: is missing/);
  assert.match(first({ ...least, component: 'a@example.org' }), /^component: is no domain/);
  assert.match(first({ ...least, jid: 'a@example.org' }), /^jid: belongs to an account used as a client/);
  assert.match(
    first({ secret: 'x', jid: 'a@example.org', password: 'x' }),
    /^secret: belongs to a component/,
  );
  assert.match(first({ ...least, puppetNick: 'x' }), /^puppetNick: holds no \{nick\}/);
  assert.match(first({ ...least, puppetNick: '🎉{nick}' }), /^puppetNick: holds what not every server/);
  assert.match(first({}), /^jid: is missing: expected user@server, or component/);
  assert.match(first({ jid: 'a@example.org' }), /^password: is missing/);
});
