import assert from 'node:assert/strict';
import test from 'node:test';
import { InboundQueue } from './inbound.ts';

function createQueue() {
  const failures: unknown[] = [];
  const queue = new InboundQueue({ failed: (error) => failures.push(error), drained() {}, counted() {} });
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

test('what is in good hands lets the next go on, and counts when it is safe and all before it are', async () => {
  const { queue } = createQueue();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const order: string[] = [];
  queue.add(() => (order.push('first'), { kept: first.promise }), 1);
  queue.add(() => (order.push('second'), { kept: second.promise }), 1);
  queue.add(() => void order.push('third'), 1);
  queue.add(undefined, 1);
  assert.deepEqual(order, ['first', 'second', 'third']);
  second.resolve();
  await second.promise;
  assert.deepEqual([queue.handled, queue.pending], [0, 4]);
  first.resolve();
  await first.promise;
  assert.deepEqual([queue.handled, queue.pending], [4, 0]);
});

test('a resumed stream brings again what was not counted: only what failed is handled again', async () => {
  const { queue, failures } = createQueue();
  const slow = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  const taken: string[] = [];
  const keep = (name: string, kept: Promise<void>) => () => (taken.push(name), { kept });
  queue.add(keep('slow', slow.promise), 1);
  queue.add(() => (taken.push('full'), taken.length < 4 ? { kept: full.promise } : undefined), 1);
  queue.add(keep('safe', Promise.resolve()), 1);
  full.reject(new Error('disk full'));
  await assert.rejects(full.promise);
  assert.equal(failures.length, 1);
  assert.equal(queue.handled, 0);
  const returning = queue.prepareReturn();
  slow.resolve();
  await slow.promise;
  assert.equal(queue.handled, 1, 'counted after the server was told, so that it comes again');
  returning();
  queue.add(keep('slow again', Promise.resolve()), 1);
  queue.add(keep('full again', Promise.resolve()), 1);
  queue.add(keep('safe again', Promise.resolve()), 1);
  queue.add(() => void taken.push('new'), 1);
  assert.deepEqual(taken, ['slow', 'full', 'safe', 'full', 'new']);
  assert.deepEqual([queue.handled, queue.pending], [4, 0]);
});

test('what a session that is over left open neither counts in the next nor breaks it', async () => {
  const { queue, failures } = createQueue();
  const lost = Promise.withResolvers<void>();
  queue.add(() => ({ kept: lost.promise }), 1);
  queue.restartCount();
  queue.add(() => {}, 1);
  lost.reject(new Error('too late'));
  await assert.rejects(lost.promise);
  assert.deepEqual([queue.handled, failures], [1, []]);
});
