import assert from 'node:assert/strict';
import test from 'node:test';
import { PuppetNick } from './puppet-nick.ts';

const nick = (name: string, user = 'u1', format = '{nick}') =>
  new PuppetNick({ name, account: 'qq', user }, format);

test('a taken nick is followed by where it is from, then by numbers, up to an end', () => {
  const choice = nick('ann');
  const tried = [choice.current];
  while (choice.refuse('conflict')) tried.push(choice.current);
  assert.deepEqual(tried.slice(0, 4), ['ann', 'ann@qq', 'ann@qq_2', 'ann@qq_3']);
  assert.equal(tried.length, 21);
});

test('a name of which nothing may be shown gives way to the id, and that to a word', () => {
  assert.equal(nick('🎉 \u0000王\u200b小明').current, '王小明');
  assert.equal(nick('🎉').current, 'u1');
  assert.equal(nick('🎉', '👋').current, 'someone');
  const choice = nick('ann');
  assert.ok(choice.refuse('jid-malformed'));
  assert.equal(choice.current, 'u1');
});

test('a refusal that another nick would not change is final', () => {
  assert.equal(nick('ann').refuse('forbidden'), false);
  assert.equal(nick('ann').refuse('registration-required'), false);
});

test('a format that tells the account needs no other mark of it', () => {
  const choice = nick('{account} ann', 'u1', '{nick} ({account})');
  assert.equal(choice.current, '{account} ann (qq)');
  choice.refuse('conflict');
  assert.equal(choice.current, '{account} ann (qq)_2');
});

test('what somebody may be called is known again, and nobody else', () => {
  for (const each of ['ann', 'ann@qq', 'ann@qq_7']) assert.ok(nick('ann').mayBe(each), each);
  for (const each of ['anna', 'ann_2', 'ann@qqq', 'bea']) assert.ok(!nick('ann').mayBe(each), each);
  assert.ok(nick('ann', 'u1', '{nick} ({account})').mayBe('ann (qq)_2'));
});

test('a long name is cut', () => {
  assert.equal(nick('字'.repeat(500)).current, '字'.repeat(64));
});
