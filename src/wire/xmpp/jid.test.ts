import assert from 'node:assert/strict';
import test from 'node:test';
import { createJid, parseJid, toJid } from './jid.ts';

test('an address is taken apart and put together', () => {
  const jid = parseJid('Ann@Example.ORG/My Phone@home/2');
  assert.deepEqual([jid.local, jid.domain, jid.resource], ['ann', 'example.org', 'My Phone@home/2']);
  assert.equal(jid.toString(), 'ann@example.org/My Phone@home/2');
  assert.equal(jid.bare.toString(), 'ann@example.org');
  assert.equal(parseJid('example.org').toString(), 'example.org');
  assert.equal(parseJid('example.org/a').resource, 'a');
});

test('two spellings of one address are equal', () => {
  assert.ok(parseJid('ＡＮＮ@Example.org.').equals(parseJid('ann@example.org')));
  assert.ok(!parseJid('ann@example.org/A').equals(parseJid('ann@example.org/a')));
});

test('what is no address is refused', () => {
  for (const text of [
    '',
    '@a',
    'a@',
    'a@b/',
    'a b@c',
    'a"@c',
    'a@b@c',
    'a@b c',
    '/a',
    'a@b/\u0000',
    `${'a'.repeat(1024)}@b`,
  ]) {
    assert.throws(() => parseJid(text), { code: 'xmpp-jid-malformed' }, text);
    assert.equal(toJid(text), undefined);
  }
});

test('a part cannot smuggle in another', () => {
  assert.throws(() => createJid('a@evil.example/', 'b'), { code: 'xmpp-jid-malformed' });
  assert.throws(() => createJid('a', 'b/c'), { code: 'xmpp-jid-malformed' });
});
