import assert from 'node:assert/strict';
import test from 'node:test';
import { parseJid } from '../jid.ts';
import { boolean, dateTime, decimal, integer, jid, oneOf, text, type Codec } from './codec.ts';

/** Each value is written as its text and read back from it. */
const roundTrips: readonly (readonly [string, Codec<never>, unknown, string])[] = [
  ['text', text as Codec<never>, ' a\n', ' a\n'],
  ['a whole number', integer as Codec<never>, -7, '-7'],
  ['the largest whole number', integer as Codec<never>, Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ['a number', decimal as Codec<never>, 0.1, '0.1'],
  ['true', boolean as Codec<never>, true, 'true'],
  ['false', boolean as Codec<never>, false, 'false'],
  ['an address', jid as Codec<never>, parseJid('a@b/c'), 'a@b/c'],
  ['a moment', dateTime as Codec<never>, new Date(1e12), '2001-09-09T01:46:40.000Z'],
  ['a word', oneOf('a', 'b') as Codec<never>, 'b', 'b'],
];

for (const [name, codec, value, written] of roundTrips) {
  test(`${name} is written and read`, () => {
    assert.equal(codec.write(value as never), written);
    assert.deepEqual(codec.read(written), value);
  });
}

test('foreign text that is no value reads as absent and never throws', () => {
  for (const [codec, texts] of [
    [integer, ['', ' ', 'x', '1e3', '0x10', '1.0', '--1', '12345678901234567890']],
    [decimal, ['', 'x', 'NaN', 'Infinity']],
    [boolean, ['', 'TRUE', 'yes', '2']],
    [jid, ['', '@', 'a@', 'a@b@c/', '\u0000']],
    [dateTime, ['', 'soon', '2001-13-01T00:00:00Z']],
    [oneOf('a'), ['', 'A', 'b', '__proto__']],
  ] as const) {
    for (const each of texts) assert.equal(codec.read(each), undefined, `${codec.what}: ${each}`);
  }
});

test('a value that cannot be written is named in the error, shortened', () => {
  assert.throws(
    () => oneOf('a').write('x'.repeat(500) as 'a'),
    (error: Error) => {
      assert.match(error.message, /^"x{80}" is not one of a$/);
      return true;
    },
  );
  assert.throws(() => integer.write(2 ** 60), { code: 'xmpp-value-invalid' });
  assert.throws(() => jid.write('@' as never), { code: 'xmpp-jid-malformed' });
});
