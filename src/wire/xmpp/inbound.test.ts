import assert from 'node:assert/strict';
import test from 'node:test';
import { InboundQueue } from './inbound.ts';

function createQueue() {
  const failures: unknown[] = [];
  const queue = new InboundQueue({ failed: (error) => failures.push(error), drained() {} });
  return { queue, failures };
}

test('a stanza counts only when whoever received it has it safe, and in order', async () => {
  const { queue } = createQueue();
  const first = Promise.withResolvers<void>();
  const order: string[] = [];
  queue.add(() => first.promise.then(() => void order.push('first')), 1);
  queue.add(() => void order.push('second'), 10);
  queue.add(undefined, 10);
  assert.deepEqual([queue.handled, queue.length, queue.queuedBytes], [0, 3, 20]);
  first.resolve();
  await queue.whenIdle();
  assert.deepEqual(order, ['first', 'second']);
  assert.deepEqual([queue.handled, queue.length, queue.queuedBytes], [3, 0, 0]);
});

test('what is dealt with at once counts at once', () => {
  const { queue } = createQueue();
  queue.add(undefined, 1);
  queue.add(() => {}, 1);
  assert.equal(queue.handled, 2);
});

test('a failure drops itself and all behind it uncounted', async () => {
  const { queue, failures } = createQueue();
  queue.add(() => {}, 1);
  queue.add(() => Promise.reject(new Error('disk full')), 1);
  let reached = false;
  queue.add(() => void (reached = true), 1);
  await queue.whenIdle();
  assert.equal(queue.handled, 1);
  assert.equal(reached, false);
  assert.match(String(failures), /disk full/);
  queue.add(() => {
    throw new Error('at once');
  }, 1);
  assert.equal(failures.length, 2);
});
