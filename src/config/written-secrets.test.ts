// Secrets are hidden wherever in the file they are written, and put back exactly where they were.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'yaml';
import { findWrittenSecrets, maskText, unmaskText } from './written-secrets.ts';

const file = `accounts:
  a: &a
    network: x
    password: 'one # two'   # comment
  b: { <<: *a, token: "\\u0041bc", pin: "\${PIN}" }
  c:
    network: x
    password: |
      three
      lines
    tokens: { nested: [5] }
  d: { network: x, api-key: &k four, secret: *k, credentials: [five, { six: 6 }] }
`;
const secrets = findWrittenSecrets(parse(file, { merge: true }), []);

test('anchors, merges, blocks and lists under a secret’s name are all found', () => {
  assert.deepEqual(
    secrets.map(({ path, value }) => [path.join('.'), value]),
    [
      ['accounts.a.password', 'one # two'],
      ['accounts.b.password', 'one # two'],
      ['accounts.b.token', 'Abc'],
      ['accounts.c.password', 'three\nlines\n'],
      ['accounts.d.api-key', 'four'],
      ['accounts.d.secret', 'four'],
      ['accounts.d.credentials.0', 'five'],
      ['accounts.d.credentials.1.six', 6],
    ],
  );
});

test('none of them is in the text that is shown, and what comes back means what it meant', () => {
  const shown = maskText(file, secrets)!;
  for (const secret of ['one # two', '0041bc', 'three', 'four', 'five', '6']) {
    assert.ok(!shown.includes(secret), secret);
  }
  assert.ok(shown.includes('# comment') && shown.includes('${PIN}') && shown.includes('*k'));
  const { text, missing } = unmaskText(shown.replace('nested: [5]', 'nested: [7]'), file);
  assert.deepEqual(missing, []);
  assert.deepEqual(
    parse(text, { merge: true }),
    parse(file.replace('nested: [5]', 'nested: [7]'), { merge: true }),
  );
  assert.ok(text.includes(`password: 'one # two'   # comment`), 'written as it was');
});

test('a mask where nothing was hidden is told', () => {
  assert.deepEqual(unmaskText('accounts: { z: { password: (not shown) } }\n', file).missing, [
    ['accounts', 'z', 'password'],
  ]);
});
