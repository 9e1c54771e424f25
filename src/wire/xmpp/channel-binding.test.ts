import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { createCertificates } from '../../../test/servers/certificates.ts';
import { takeChannelBinding } from './channel-binding.ts';

/** Both ends of a TLS connection, and the server's certificate. */
async function createPair(version: SecureVersion) {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-binding-'));
  const { ca, certificatePath, keyPath } = await createCertificates(folder, ['localhost']);
  const certificate = await readFile(certificatePath, 'utf8');
  const server = createServer({ cert: certificate, key: await readFile(keyPath) }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const client = connect({
    port: (server.address() as AddressInfo).port,
    servername: 'localhost',
    ca,
    minVersion: version,
    maxVersion: version,
  });
  const [[serverSide]] = await Promise.all([accepted, once(client, 'secureConnect')]);
  return {
    client,
    serverSide,
    certificate: new X509Certificate(certificate),
    async [Symbol.asyncDispose]() {
      client.destroy();
      serverSide.destroy();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

test('in TLS 1.3 the exporter is bound where the server announces it, the same at both ends', async () => {
  await using pair = await createPair('TLSv1.3');
  const binding = takeChannelBinding(pair.client, ['tls-server-end-point', 'tls-exporter', 'tls-unique']);
  assert.equal(binding?.type, 'tls-exporter');
  const atServer = pair.serverSide.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  assert.deepEqual(binding?.data, atServer);
});

test('in TLS 1.3 nothing is bound where the server announces nothing, or only what is not defined there', async () => {
  await using pair = await createPair('TLSv1.3');
  assert.equal(takeChannelBinding(pair.client, undefined), undefined);
  assert.equal(takeChannelBinding(pair.client, ['tls-unique', 'tls-unknown']), undefined);
});

test('in TLS 1.2 it is the first Finished message', async () => {
  await using pair = await createPair('TLSv1.2');
  const binding = takeChannelBinding(pair.client, undefined);
  assert.equal(binding?.type, 'tls-unique');
  assert.deepEqual(binding?.data, pair.serverSide.getPeerFinished());
  assert.equal(takeChannelBinding(pair.client, ['tls-exporter']), undefined);
});

test('the end point is the hash of its certificate', async () => {
  await using pair = await createPair('TLSv1.3');
  const binding = takeChannelBinding(pair.client, ['tls-server-end-point']);
  assert.equal(binding?.type, 'tls-server-end-point');
  assert.deepEqual(binding?.data, createHash('sha256').update(pair.certificate.raw).digest());
});
