import assert from 'node:assert/strict';
import test from 'node:test';
import { NickChoice, toSafeNick } from './nick.ts';

test('a safe nick keeps letters of all scripts and loses what servers refuse', () => {
  assert.equal(toSafeNick('胡同 Ann-1'), '胡同 Ann-1');
  assert.equal(toSafeNick('🎉 Ａｎｎ\u200b 🎉'), 'Ann');
  assert.equal(toSafeNick('a\u0007\u202eb'), 'ab');
  assert.equal(toSafeNick('🎉'), '');
});

test('a taken nick gets suffixes, and in the end there is none left', () => {
  const choice = new NickChoice('ann', 'bridge');
  assert.equal(choice.current, 'ann');
  assert.ok(choice.refuse('conflict'));
  assert.equal(choice.current, 'ann_2');
  let tries = 0;
  while (choice.refuse('conflict')) tries += 1;
  assert.ok(tries < 100);
  choice.reset();
  assert.equal(choice.current, 'ann');
});

test('a forbidden nick is made fit, then replaced, and that is remembered', () => {
  const choice = new NickChoice('🎉', 'bridge');
  assert.ok(choice.refuse('jid-malformed'));
  assert.equal(choice.current, 'bridge');
  choice.reset();
  assert.equal(choice.current, 'bridge');
  assert.ok(choice.refuse('jid-malformed'));
  assert.equal(choice.current, 'hutong');
  assert.ok(!choice.refuse('jid-malformed'));
});

test('another nick does not help against a ban', () => {
  assert.ok(!new NickChoice('ann', 'bridge').refuse('forbidden'));
});
