import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseNick } from './nick-choice.ts';

const free = () => false;

test('the first wish that can be had is taken', () => {
  assert.equal(chooseNick(['ann', 'other'], 'Club', free), 'ann');
  assert.equal(chooseNick([undefined, '张三'], 'Club', free), '张三');
});

test('what no name may hold is left out', () => {
  assert.equal(chooseNick(['[Ann] van Dyk'], 'Club', free), 'Ann_van_Dyk');
  assert.equal(chooseNick(['ann@house'], 'Club', free), 'ann_house');
  assert.equal(chooseNick(['\u202eann\u0000'], 'Club', free), 'ann');
});

test('names of the system and of the club go to nobody', () => {
  assert.equal(chooseNick(['admin', 'Club', 'ann'], 'Club', free), 'ann');
  assert.equal(chooseNick(['***', 'system'], 'Club', free), 'member');
});

test('a name that is taken gets a number', () => {
  const taken = new Set(['ann', 'ann2']);
  assert.equal(
    chooseNick(['ann'], 'Club', (nick) => taken.has(nick)),
    'ann3',
  );
  assert.equal(
    chooseNick(['x'.repeat(100)], 'Club', (nick) => nick === 'x'.repeat(24)),
    `${'x'.repeat(24)}2`,
  );
});
