// The certificate that the hub makes for itself, as clients check it.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect, createServer } from 'node:tls';
import { createCertificate, findOwnCertificate } from './own-certificate.ts';

test('a client that was given the certificate trusts it for its names, and for no other', async () => {
  const pair = createCertificate(['insecure', 'localhost'], Date.now());
  const server = createServer(pair, (socket) => socket.end());
  server.on('tlsClientError', () => {
    // One of the clients does not want it.
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const call = (servername: string) => connect({ port, servername, ca: pair.cert });
  const trusted = call('insecure');
  await once(trusted, 'secureConnect');
  assert.equal(trusted.authorized, true);
  trusted.destroy();
  const refused = call('bots.example.org');
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  server.close();
});

test('it is an authority of its own, valid from before now on, with a serial number that is not negative', () => {
  for (let count = 0; count < 20; count += 1) {
    const certificate = new X509Certificate(createCertificate(['insecure'], Date.now()).cert);
    assert.ok(certificate.ca && certificate.verify(certificate.publicKey));
    assert.equal(certificate.subjectAltName, 'DNS:insecure');
    assert.ok(Date.parse(certificate.validFrom) < Date.now() && certificate.serialNumber.length <= 32);
  }
});

test('it stays the same through restarts', async () => {
  const kept = new Map<string, string | undefined>();
  const journal = {
    get: async (key: string) => kept.get(key),
    async set(entries: readonly (readonly [string, string | undefined])[]) {
      for (const [key, value] of entries) kept.set(key, value);
    },
  };
  const first = await findOwnCertificate(journal, Date.now());
  assert.deepEqual(await findOwnCertificate(journal, Date.now()), first);
});
