// Message ids are of 32 bits and lead back to the one place in the journal that they were made of.
import assert from 'node:assert/strict';
import test from 'node:test';
import { toMessageId, toPosition } from './message-id.ts';

test('an id is an integer of 32 bits, and leads back to its message, however many there have been', () => {
  for (const head of [10, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, 5 * 2 ** 32 + 77]) {
    for (const position of [head, head - 1, head - 7]) {
      const id = toMessageId(position);
      assert.ok(Number.isInteger(id) && id >= -(2 ** 31) && id < 2 ** 31, String(id));
      assert.equal(toPosition(id, head), position);
    }
  }
});

test('an id that no message has had yet leads nowhere', () => {
  assert.equal(toPosition(toMessageId(11), 10), 0);
  assert.equal(toPosition(-1, 10), 0);
});
