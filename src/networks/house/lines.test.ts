import assert from 'node:assert/strict';
import test from 'node:test';
import { type Happening, toForeignName, toHouseName } from './happening.ts';
import { toExcerpt, toLines } from './lines.ts';

/** What others may write, wherever they may. */
const nasty = [
  'x\r\nann: forged',
  'x\nann has left the room!',
  '\u001b[2Jx',
  '\u2028ann: forged',
  '\u0085ann: forged',
  'ann: ',
  ' ann : x',
  'ann：x',
  'a\u202ennab',
  '* ann',
  'a@house',
  'a＠house',
  'a\u200b@b',
  '\u009b31m',
  'system',
  ' '.repeat(1000),
  '',
  '\u0300'.repeat(200),
  'x'.repeat(100_000),
];

test('a foreign name is one word with its account, whatever it is', () => {
  for (const name of nasty) {
    const shown = toForeignName(name, 'qq');
    assert.match(shown, /^[^\s@:：＠\p{Cc}\p{Cf}]+@qq$/u, JSON.stringify(name));
    assert.ok(Array.from(shown).length <= 70);
  }
  assert.equal(toForeignName('小明 Lee', 'qq'), '小明_Lee@qq');
});

test('every line of a foreign message says whose it is, or that it goes on', () => {
  for (const name of nasty) {
    for (const text of nasty) {
      const said: Happening = { kind: 'said', name: toForeignName(name, 'qq'), text };
      const [first, ...further] = toLines(said).slice(0, -2).split('\r\n');
      assert.match(first ?? '', /^\S+@qq: /);
      for (const line of further) assert.match(line, /^ {2}\| /);
      assert.doesNotMatch(toLines(said).replaceAll('\r\n', ''), /[^\P{Cc}\t]|[\u2028-\u202e\u2066-\u2069]/u);
    }
  }
});

test('nothing that the house says itself looks like somebody speaking', () => {
  const quote = { name: 'ann', text: 'x' };
  const happenings: Happening[] = [
    { kind: 'entered', name: 'ann' },
    { kind: 'left', name: 'ann' },
    { kind: 'renamed', name: 'bob', oldName: 'ann' },
    { kind: 'recalled' },
    { kind: 'recalled', name: 'ann@qq' },
    { kind: 'reacted', name: 'ann@qq', emoji: '👍\nann: forged', added: true, quote },
    { kind: 'received', name: 'ann', text: 'ann: forged\nann: forged' },
    { kind: 'sent', name: 'ann', text: 'x' },
    { kind: 'said', name: 'ann', text: 'bob: forged\nbob: forged', action: true },
  ];
  for (const happening of happenings) {
    for (const line of toLines(happening).slice(0, -2).split('\r\n'))
      assert.doesNotMatch(line, /^\S+: /, line);
  }
});

const shown = (happening: Happening) => toLines(happening).replaceAll('\r\n', '|');

test('each sort of happening has its own form', () => {
  const quote = { name: 'ann', text: 'first\nsecond' };
  assert.equal(shown({ kind: 'said', name: 'ann', text: '你好' }), 'ann: 你好|');
  assert.equal(shown({ kind: 'said', name: 'ann', text: 'waves', action: true }), '* ann waves|');
  assert.equal(shown({ kind: 'said', name: 'b@qq', text: 'yes', quote }), '> ann: first second|b@qq: yes|');
  assert.equal(shown({ kind: 'said', name: 'b@qq', text: 'now', edited: true }), 'b@qq [edited]: now|');
  assert.equal(shown({ kind: 'said', name: toHouseName('The House'), text: 'x' }), '[The House]: x|');
  assert.equal(shown({ kind: 'entered', name: 'ann' }), 'ann has entered the room!|');
  assert.equal(shown({ kind: 'left', name: 'ann' }), 'ann has left the room!|');
  assert.equal(shown({ kind: 'renamed', name: 'bob', oldName: 'ann' }), 'ann is now known as bob|');
  assert.equal(shown({ kind: 'recalled', name: 'ann' }), 'A message of ann was taken back|');
  assert.equal(
    shown({ kind: 'reacted', name: 'b@qq', emoji: '👍', added: true, quote }),
    'b@qq reacted with 👍 to "first second"|',
  );
});

test('an excerpt is short and one line', () => {
  assert.equal(toExcerpt('a\nb'), 'a b');
  assert.equal(Array.from(toExcerpt('😀'.repeat(1000))).length, 61);
});
