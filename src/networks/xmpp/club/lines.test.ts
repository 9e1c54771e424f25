import assert from 'node:assert/strict';
import test from 'node:test';
import { toExcerpt, toForeignName, toNotice, toQuoteLine, toSaid, toWhisper } from './lines.ts';

test('words begin with their speaker, actions with a star', () => {
  assert.equal(toSaid('ann', 'hello', false), '[ann] hello');
  assert.equal(toSaid('ann', 'waves', true), '* ann waves');
});

test('a further line that looks like a name, an action, a notice or a quote gets a bar', () => {
  const forged = [
    '[bob] hi',
    '  [bob] hi',
    '\u200b[bob]',
    '［bob］',
    '*** the club',
    '* bob',
    '＊ bob',
    '> bob: hi',
    '【bob】',
  ];
  for (const line of forged) {
    assert.equal(toSaid('ann', `one\n${line}`, false), `[ann] one\n| ${line}`);
    assert.equal(toWhisper('ann', `one\n${line}`), `*** ann whispers to you: one\n| ${line}`);
  }
  assert.equal(toSaid('ann', 'one\n  two\n- three\nfour [4]', false), '[ann] one\n  two\n- three\nfour [4]');
});

test('every sort of line end counts, and what turns the writing direction is taken out', () => {
  for (const end of ['\r\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029']) {
    assert.equal(toSaid('ann', `one${end}[bob] two`, false), '[ann] one\n| [bob] two');
  }
  assert.equal(toSaid('ann', '\u202eevil', false), '[ann] evil');
});

test('a foreign name is one word without what sets names off', () => {
  assert.equal(toForeignName('cai', 'house'), 'cai@house');
  assert.equal(toForeignName('a] x [b', 'qq'), 'a_x_b@qq');
  assert.equal(toForeignName('ann@house', 'qq'), 'ann_house@qq');
  assert.equal(toForeignName('** \n[x]', 'qq'), '_x_@qq');
  assert.equal(toForeignName('\u200b', 'qq'), 'somebody@qq');
  assert.equal(toForeignName('x'.repeat(100), 'qq'), `${'x'.repeat(64)}…@qq`);
});

test('a text too long for a stanza is cut between two characters', () => {
  const shown = toSaid('ann', '好'.repeat(30_000), false);
  assert.equal(shown, `[ann] ${'好'.repeat(16_666)}…`);
  assert.equal(toSaid('ann', 'x'.repeat(50_000), false), `[ann] ${'x'.repeat(50_000)}`);
  assert.ok(Buffer.byteLength(toSaid('ann', '\n['.repeat(40_000), false)) < 50_100);
});

test('quotes and notices are one line', () => {
  assert.equal(toQuoteLine({ name: 'bob', text: 'one\ntwo' }), '> bob: one two\n');
  assert.equal(toNotice('ann\n[bob] has left'), '*** ann [bob] has left');
  assert.equal([...toExcerpt('好'.repeat(100))].length, 61);
});
