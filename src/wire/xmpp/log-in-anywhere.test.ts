import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import test from 'node:test';
import type { XmppError } from './errors.ts';
import { logInAnywhere } from './log-in-anywhere.ts';
import type { ServerAddress } from './session-options.ts';

const OPENED =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const TLS_REQUIRED =
  "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";

/** A server that sends this and closes. */
async function createPeer(text: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address: ServerAddress = { host: '127.0.0.1', port, security: 'none' };
  return {
    address,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

async function attempt(addresses: readonly ServerAddress[]) {
  const tried: unknown[] = [];
  const loggingIn = logInAnywhere(addresses, {
    domain: 'localhost',
    ca: undefined,
    stepMs: 10_000,
    signal: AbortSignal.timeout(10_000),
    username: 'ann',
    password: 'pw',
    limits: {},
    log: (_level, event, { port }) => event === 'connecting' && tried.push(port),
  });
  const error = await loggingIn.then(
    () => assert.fail('logged in'),
    (reason: unknown) => reason as XmppError,
  );
  return { tried, error };
}

test('each server is tried in turn, and the failure of the first is told', async () => {
  await using first = await createPeer('');
  await using second = await createPeer('<nonsense/>');
  const { tried, error } = await attempt([first.address, second.address]);
  assert.deepEqual(tried, [first.address.port, second.address.port]);
  assert.equal(error.code, 'xmpp-connection-lost');
});

test('what every server would say again ends the attempt', async () => {
  await using strict = await createPeer(`${OPENED}${TLS_REQUIRED}`);
  await using other = await createPeer('');
  const { tried, error } = await attempt([strict.address, other.address]);
  assert.deepEqual(tried, [strict.address.port]);
  assert.deepEqual([error.code, error.terminal], ['xmpp-tls-required', true]);
});
