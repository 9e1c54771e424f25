import assert from 'node:assert/strict';
import test from 'node:test';
import type { HubEvent } from '../../hub/event.ts';
import { Cursors } from './cursor.ts';

/** Ten events, one a second, of which the fifth was trimmed and the eighth was told late. */
const at = (second: number) => Date.UTC(2026, 0, 1, 0, 0, second);
const events = [1, 2, 3, 4, 6, 7, 8, 9, 10].map((position) => ({
  position,
  at: at(position === 8 ? 2 : position),
}));
const hub = {
  read: async (after: number, _filter: object, limit: number) => ({
    events: events.filter(({ position }) => position > after).slice(0, limit) as HubEvent[],
    next: 10,
    gap: false,
  }),
};
const cursors = new Cursors('abc123xyz', { head: async () => 10 }, hub);

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

test('a time is the place behind which nothing is older', async () => {
  const placeAt = (second: number) => cursors.parsePlace(new Date(at(second)).toISOString());
  assert.deepEqual(
    await Promise.all([placeAt(0), placeAt(1), placeAt(2), placeAt(4), placeAt(10), placeAt(11)]),
    [0, 0, 1, 3, 9, 10],
  );
  assert.equal(await cursors.parsePlace('2026-01-01T01:00:03+01:00'), 2);
  // The event that is missing belongs to neither side.
  assert.ok([4, 5].includes(await placeAt(5)));
});
