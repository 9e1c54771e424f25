import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import test from 'node:test';
import { Wakeup } from './wakeup.ts';

test('all who wait are woken together, and who waits then waits for the next time', async () => {
  const wakeup = new Wakeup();
  const { signal } = new AbortController();
  wakeup.wake();
  const woken: string[] = [];
  const first = wakeup.next(signal).then(() => woken.push('first'));
  const second = wakeup.next(signal).then(() => woken.push('second'));
  wakeup.wake();
  const third = wakeup.next(signal).then(() => woken.push('third'));
  await Promise.all([first, second]);
  assert.deepEqual(woken, ['first', 'second']);
  wakeup.wake();
  await third;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('nobody waits for a signal that is aborted, before or meanwhile', async () => {
  const wakeup = new Wakeup();
  const controller = new AbortController();
  const waiting = wakeup.next(controller.signal);
  controller.abort();
  await waiting;
  await wakeup.next(controller.signal);
});
