import assert from 'node:assert/strict';
import test from 'node:test';
import { Cursors } from './cursor.ts';

const cursors = new Cursors('abc123xyz', { head: async () => 10 });

test('a cursor comes back as the position it was made of', async () => {
  assert.equal(cursors.format(7), 'abc123xyz-7');
  assert.equal(cursors.parse('abc123xyz-7'), 7);
  assert.equal(await cursors.parseReached(cursors.format(10)), 10);
});

test('what is no cursor, another hub’s, or ahead of this one is refused by name', async () => {
  for (const text of ['', '7', 'abc123xyz-', 'abc123xyz--7', 'abc123xyz-7.5', 'abc123xyz-9999999999999999']) {
    assert.throws(() => cursors.parse(text), { code: 'cursor-invalid' }, text);
  }
  assert.throws(() => cursors.parse('other-7'), { code: 'cursor-foreign' });
  await assert.rejects(cursors.parseReached('abc123xyz-11'), { code: 'cursor-ahead' });
});
