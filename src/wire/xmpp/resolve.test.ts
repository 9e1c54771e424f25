import assert from 'node:assert/strict';
import test from 'node:test';
import { resolveServers, type SrvRecord } from './resolve.ts';

const record = (name: string, priority: number, weight = 1): SrvRecord => ({
  name,
  port: 1,
  priority,
  weight,
});

function lookup(starttls: readonly SrvRecord[], direct: readonly SrvRecord[]) {
  return async (name: string) => {
    const found = name.startsWith('_xmpps-') ? direct : starttls;
    if (found.length === 0) throw new Error('ENODATA');
    return found;
  };
}

test('both kinds of records are tried by priority, then by weighted chance', async () => {
  const servers = await resolveServers(
    'example.org',
    lookup([record('c', 20), record('a', 10, 1)], [record('b', 10, 9), record('d', 5, 0)]),
    () => 0.5,
  );
  assert.deepEqual(
    servers.map((server) => `${server.host} ${server.security}`),
    ['d tls', 'b tls', 'a starttls', 'c starttls'],
  );
});

test('without records it is the domain itself', async () => {
  const fallback = [{ host: 'xn--fiq228c.example', port: 5222, security: 'starttls' }];
  assert.deepEqual(await resolveServers('中文.example', lookup([], [])), fallback);
});

test('a domain that says it has no service is believed', async () => {
  await assert.rejects(resolveServers('example.org', lookup([record('', 0)], [])), {
    code: 'xmpp-host-not-found',
  });
});
