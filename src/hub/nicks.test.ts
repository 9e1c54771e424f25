import assert from 'node:assert/strict';
import test from 'node:test';
import { parseNick, toNickKey } from './nicks.ts';

const house = 'Hutong House';

test('names of all scripts are names', () => {
  for (const nick of [
    'ann',
    '张三',
    'Łukasz',
    'Анна',
    '花子',
    'مريم',
    'ann_2',
    "o'brien",
    'J.R.',
    '🐼',
    'a|away',
  ]) {
    assert.equal(parseNick(nick, house), nick);
  }
});

test('nobody is called system, however it is spelled', () => {
  const spellings = [
    'system',
    'SYSTEM',
    'SyStEm',
    'ｓｙｓｔｅｍ',
    '𝐬𝐲𝐬𝐭𝐞𝐦',
    'ѕуѕтем',
    'sуstem',
    'sýstem',
    '5ystem',
    'syst3m',
  ];
  for (const nick of spellings) {
    assert.throws(() => parseNick(nick, house), {
      message: `The name ${nick} is reserved; please try another`,
    });
  }
  assert.throws(() => parseNick('sys\u200btem', house), { name: 'CommandError' });
});

test('the name of the house itself is reserved', () => {
  assert.throws(() => parseNick('hutong', 'Hutong'), /reserved/);
});

test('what could be taken for a foreigner, a line or two words is no name', () => {
  const names = [
    'ann@qq',
    'ann lee',
    'ann:',
    '[hutong]',
    '*',
    '<ann>',
    '> x',
    'a\u001b[1m',
    'a\u202eb',
    'a\u00a0b',
    'a\u3000b',
  ];
  for (const nick of [...names, '', '\u3164', '\u2800', 'x\u0300\u0300\u0300\u0300', '-ann', 'a"b', 'a，b']) {
    assert.throws(() => parseNick(nick, house), { name: 'CommandError' }, JSON.stringify(nick));
  }
});

test('a name is at most 32 characters long', () => {
  assert.equal(parseNick('名'.repeat(32), house), '名'.repeat(32));
  assert.throws(() => parseNick('名'.repeat(33), house), /at most 32/);
});

test('names that people cannot tell apart are the same', () => {
  const same = [
    ['Ann', 'ann'],
    ['ａｎｎ', 'ann'],
    ['аnn', 'ann'],
    ['straße', 'STRASSE'],
    ['e\u0301va', 'éva'],
    ['ﬁn', 'fin'],
  ] as const;
  for (const [one, other] of same) assert.equal(toNickKey(one), toNickKey(other), `${one} ${other}`);
  assert.notEqual(toNickKey('ann'), toNickKey('anne'));
  assert.notEqual(toNickKey('éva'), toNickKey('eva'));
});
