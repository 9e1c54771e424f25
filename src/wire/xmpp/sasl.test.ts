import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseMechanism } from './sasl.ts';
import { MAX_ITERATIONS, ScramClient, type ScramOptions } from './scram.ts';

const user = { username: 'user', password: 'pencil', binding: { kind: 'unsupported' } } as const;

test('SCRAM-SHA-1 as in RFC 5802 §5', async () => {
  const client = new ScramClient({ ...user, hash: 'sha1', nonce: 'fyko+d2lbbFgONRv9qkxdawL' });
  assert.equal(client.first(), 'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL');
  assert.equal(
    await client.final('r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096'),
    'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
  );
  client.verify('v=rmF9pqV8S7suAoZWja4dJRkFsKQ=');
});

test('SCRAM-SHA-256 as in RFC 7677 §3', async () => {
  const client = new ScramClient({ ...user, hash: 'sha256', nonce: 'rOprNGfwEbeRWgbNEkqO' });
  assert.equal(
    await client.final(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    ),
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  client.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

const start = (given: Partial<ScramOptions> = {}) =>
  new ScramClient({ ...user, hash: 'sha1', nonce: 'abc', ...given });

test('the channel that is bound stands in the header and is signed', async () => {
  const client = start({ binding: { kind: 'bound', type: 'tls-exporter', data: Buffer.from('data') } });
  assert.match(client.first(), /^p=tls-exporter,,/);
  const [, channel] = /^c=([^,]+)/.exec(await client.final('r=abcd,s=QSXCR+Q6sek8bf92,i=4096')) ?? [];
  assert.equal(Buffer.from(channel ?? '', 'base64').toString(), 'p=tls-exporter,,data');
  assert.match(start({ binding: { kind: 'not-offered' } }).first(), /^y,,/);
});

test('names and passwords are prepared and escaped', () => {
  assert.equal(start({ username: 'a=b,c' }).first(), 'n,,n=a=3Db=2Cc,r=abc');
  assert.equal(start({ username: '\u00aaI\u00adX\u2168' }).first(), 'n,,n=aIXIX,r=abc');
});

for (const [what, answer] of [
  ['another nonce', 'r=xyzabc,s=QSXCR+Q6sek8bf92,i=4096'],
  ['only our own nonce', 'r=abc,s=QSXCR+Q6sek8bf92,i=4096'],
  ['too few iterations', 'r=abcd,s=QSXCR+Q6sek8bf92,i=4095'],
  ['iterations that would burn the processor', `r=abcd,s=QSXCR+Q6sek8bf92,i=${MAX_ITERATIONS + 1}`],
  ['iterations that are no number', 'r=abcd,s=QSXCR+Q6sek8bf92,i=4096x'],
  ['no salt', 'r=abcd,i=4096'],
  ['an unknown extension', 'm=a,r=abcd,s=QSXCR+Q6sek8bf92,i=4096'],
] as const) {
  test(`a server that sends ${what} is not believed`, async () => {
    await assert.rejects(start().final(answer), { code: 'xmpp-server-unproven', terminal: true });
  });
}

test('a server that does not know the password is not believed', async () => {
  const client = start();
  assert.throws(() => client.verify('v=rmF9pqV8S7suAoZWja4dJRkFsKQ='), { code: 'xmpp-server-unproven' });
  await client.final('r=abcd,s=QSXCR+Q6sek8bf92,i=4096');
  for (const final of ['', 'v=', 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=', 'e=other-error']) {
    assert.throws(() => client.verify(final), { code: 'xmpp-server-unproven' });
  }
});

const all = ['PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS', 'X-OAUTH2'];
const choose = (mechanisms: readonly string[], encrypted: boolean, binds: boolean) =>
  chooseMechanism({
    mechanisms,
    username: 'a',
    password: 'b',
    encrypted,
    binding: binds ? { type: 'tls-exporter', data: Buffer.from('x') } : undefined,
  });

test('the strongest way to log in that both have is chosen', () => {
  assert.equal(choose(all, true, true).mechanism, 'SCRAM-SHA-256-PLUS');
  assert.equal(choose(all, true, false).mechanism, 'SCRAM-SHA-256');
  assert.equal(
    choose(['PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256'], true, true).mechanism,
    'SCRAM-SHA-1-PLUS',
  );
  assert.equal(choose(['PLAIN', 'SCRAM-SHA-1'], true, true).mechanism, 'SCRAM-SHA-1');
  assert.equal(choose(['PLAIN'], true, true).mechanism, 'PLAIN');
});

test('a server is told that it could have bound the channel only where it did not offer to', () => {
  assert.match(choose(['SCRAM-SHA-1'], true, true).first(), /^y,,/);
  assert.match(choose(['SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS'], true, false).first(), /^n,,/);
  assert.match(choose(['SCRAM-SHA-1'], false, false).first(), /^n,,/);
});

test('a password is never shown on a line in the clear', () => {
  assert.throws(() => choose(['PLAIN'], false, false), {
    code: 'xmpp-mechanism-unavailable',
    terminal: true,
  });
  assert.throws(() => choose(['X-OAUTH2'], true, true), /it offers: X-OAUTH2/);
});

test('a server that says success without a proof is not believed', () => {
  assert.throws(() => choose(['SCRAM-SHA-1'], true, false).succeed(''), { code: 'xmpp-server-unproven' });
});
