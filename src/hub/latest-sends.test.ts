import assert from 'node:assert/strict';
import test from 'node:test';
import { LatestSends } from './latest-sends.ts';

test('a room is settled when its latest send has ended, be it that it failed', async () => {
  const sends = new LatestSends();
  const sending = Promise.withResolvers<string>();
  const tracked = sends.track('lobby', sending.promise);
  const order: string[] = [];
  const settled = sends.settled('lobby').then(() => order.push('settled'));
  await sends.settled('elsewhere');
  order.push('elsewhere');
  sending.reject(new Error('refused'));
  await assert.rejects(tracked, { message: 'refused' });
  await settled;
  assert.deepEqual(order, ['elsewhere', 'settled']);
});

test('a send that was given up holds nothing behind the next one', async () => {
  const sends = new LatestSends();
  void sends.track('lobby', new Promise(() => {}));
  await sends.track('lobby', Promise.resolve());
  await sends.settled('lobby');
});
