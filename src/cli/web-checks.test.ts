// What is wrong with the web server's settings, told before somebody else finds out.
import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { createCertificates } from '../../test/servers/certificates.ts';
import { checkCertificate, explainPlaintext } from './web-checks.ts';

test('a certificate is good, ends soon, has ended, or does not fit its key', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-check-'));
  const {
    certificatePath: cert,
    keyPath: key,
    caPath,
  } = await createCertificates(folder.path, ['chat.example.org']);
  const now = Date.now();
  const dayMs = 86_400_000;
  const good = await checkCertificate({ cert, key }, now);
  assert.equal(good.verdict, 'good');
  assert.match(good.text, /^http\.tls \S+server\.pem, for DNS:chat\.example\.org: valid until /);
  assert.equal((await checkCertificate({ cert, key }, now + 25 * dayMs)).verdict, 'doubtful');
  assert.match((await checkCertificate({ cert, key }, now + 31 * dayMs)).text, /has expired/);
  assert.match((await checkCertificate({ cert, key }, now - 2 * dayMs)).text, /is not valid before/);
  assert.match((await checkCertificate({ cert: caPath, key }, now)).text, /are no certificate with its key/);
  await writeFile(cert, 'nonsense');
  assert.equal((await checkCertificate({ cert, key }, now)).verdict, 'bad');
  assert.match(
    (await checkCertificate({ cert: `${cert}x`, key }, now)).text,
    /server\.pemx \(http\.tls\.cert\) cannot be read/,
  );
});

test('passwords in plain text over a network are told of', () => {
  const common = { proxy: [] };
  const open = { host: '0.0.0.0', port: 3010 };
  assert.match(explainPlaintext({ ...common, listen: open })!, /http\.listen 0\.0\.0\.0:3010 .* without TLS/);
  assert.equal(explainPlaintext({ ...common, listen: { host: '::1', port: 3010 } }), undefined);
  assert.equal(explainPlaintext({ ...common, listen: open, tls: { cert: 'a', key: 'b' } }), undefined);
  assert.equal(explainPlaintext({ ...common, listen: open, proxy: ['10.0.0.1'] }), undefined);
});
