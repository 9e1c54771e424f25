import assert from 'node:assert/strict';
import test from 'node:test';
import { findCommand, readCommand, toUsage } from './commands.ts';

test('a dash or a dollar and a letter make a command', () => {
  assert.deepEqual(readCommand('-nick ann'), { word: 'nick', rest: 'ann' });
  assert.deepEqual(readCommand(' $me  waves\nand more'), { word: 'me', rest: 'waves\nand more' });
  assert.deepEqual(readCommand('-?'), { word: '?', rest: '' });
  for (const text of ['hello', '- a', '-5', '$5', '--', '->', '', 'a -b', '—nick']) {
    assert.equal(readCommand(text), undefined);
  }
});

test('commands of administrators are theirs alone', () => {
  assert.equal(findCommand('kick', 'x', false), 'admins-only');
  assert.equal(findCommand('fly', '', false), 'unknown');
  assert.equal(findCommand('fly', '', true), 'unknown');
  assert.equal(typeof findCommand('KICK', 'x', true), 'object');
  assert.ok(!toUsage(false).some((line) => line.includes('-kick')));
  assert.ok(toUsage(true).some((line) => line.startsWith('  -kick NICK [REASON]')));
});
