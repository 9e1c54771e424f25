import assert from 'node:assert/strict';
import test from 'node:test';
import type { MessageEvent } from './event.ts';
import type { Delivery, Journal } from './journal.ts';
import { LaneQueue } from './lane-queue.ts';
import { textBody } from './message.ts';

const event = (id: string): MessageEvent => ({
  kind: 'message',
  id,
  position: 0,
  room: 'a/r',
  at: 0,
  sender: { id: 'ann', name: 'ann' },
  body: textBody(id),
});

/** A journal that holds these deliveries and nothing else. */
function holding(ids: number[]): Journal {
  const waiting: Journal['waiting'] = async (lane, after, limit) =>
    ids
      .filter((id) => id > after)
      .slice(0, limit)
      .map((id): Delivery => {
        const state = 'pending';
        return { id, lane, event: event(String(id)), state, attempts: 0, dueAt: 0, changedAt: 0 };
      });
  return { waiting } as Partial<Journal> as Journal;
}

function drain(queue: LaneQueue): number[] {
  const ids: number[] = [];
  for (let item = queue.head; item; item = queue.head) {
    ids.push(item.id);
    queue.take(item);
  }
  return ids;
}

test('a delivery that was read back before it was told of is there once', async () => {
  const queue = new LaneQueue('b/r', holding([1, 2]), 8);
  queue.spill();
  await queue.refill();
  queue.add(2, event('2'), false);
  assert.deepEqual(drain(queue), [1, 2]);
  queue.add(2, event('2'), false);
  queue.add(3, event('3'), false);
  assert.deepEqual(drain(queue), [3]);
});

test('what does not fit is read back in order, and what is told of meanwhile is behind it', async () => {
  const queue = new LaneQueue('b/r', holding([1, 2, 3, 4, 5]), 2);
  for (const id of [1, 2, 3, 4, 5]) queue.add(id, event(String(id)), false);
  assert.equal(queue.length, 2);
  const seen = drain(queue);
  while (!queue.isEmpty) {
    await queue.refill();
    seen.push(...drain(queue));
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
});
