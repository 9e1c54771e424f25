import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualTime } from '../../test/simulation/virtual-clock.ts';
import { RateLimit } from './rate-limit.ts';

test('a bucket of sixty a minute gives sixty at once, and then one a second', async () => {
  const time = new VirtualTime(1);
  const limit = new RateLimit(60, time.createClock().clock);
  const pass = async (delayMs: number) => {
    let over = false;
    time.after(delayMs, () => (over = true));
    await time.run(() => over);
  };
  const taken = () => limit.take('bot').taken;
  for (let number = 0; number < 60; number += 1) assert.equal(taken(), true);
  assert.deepEqual(limit.take('bot'), { taken: false, remaining: 0, resetSeconds: 1 });
  await pass(999);
  assert.equal(taken(), false);
  await pass(1);
  assert.equal(taken(), true);
  assert.equal(taken(), false);
  assert.equal(limit.take('another').taken, true);
  await pass(3_600_000);
  assert.equal(limit.take('bot').remaining, 59, 'it does not fill beyond its size');
});
