import assert from 'node:assert/strict';
import test from 'node:test';
import { TokenBucket } from './token-bucket.ts';

function createTimers() {
  const timers = { nowMs: 0, monotonicMs: () => timers.nowMs, after: () => () => {} };
  return timers;
}

test('a burst goes at once, then tokens come at their rate', () => {
  const timers = createTimers();
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, timers);
  for (let count = 0; count < 3; count++) {
    assert.equal(bucket.waitMs(), 0);
    bucket.take(1);
  }
  assert.equal(bucket.waitMs(), 100);
  timers.nowMs = 100;
  assert.equal(bucket.waitMs(), 0);
});

test('a pause fills it up to the burst and no further', () => {
  const timers = createTimers();
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, timers);
  timers.nowMs = 3_600_000;
  bucket.waitMs();
  bucket.take(3);
  assert.equal(bucket.waitMs(), 100);
});

test('more than there is can be taken, and is waited for', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, createTimers());
  bucket.take(12);
  assert.equal(bucket.waitMs(), 1000);
});
