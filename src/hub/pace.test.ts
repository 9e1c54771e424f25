import assert from 'node:assert/strict';
import test from 'node:test';
import { createSystemClock, type Clock } from './clock.ts';
import { Pace } from './pace.ts';

function stopped(): Clock & { nowMs: number } {
  return {
    ...createSystemClock(),
    nowMs: 0,
    monotonicMs() {
      return this.nowMs;
    },
  };
}

test('there is a burst of a second’s worth, then one by one', () => {
  const clock = stopped();
  const pace = new Pace(clock, 3);
  assert.deepEqual([pace.take(), pace.take(), pace.take(), pace.take()], [0, 0, 0, 334]);
  clock.nowMs = 333;
  assert.equal(pace.take(), 1);
  clock.nowMs = 334;
  assert.equal(pace.take(), 0);
  clock.nowMs = 100_000;
  assert.deepEqual(
    [pace.take(), pace.take(), pace.take(), pace.take()],
    [0, 0, 0, 334],
    'it does not pile up',
  );
});

test('less than one a second is possible', () => {
  const clock = stopped();
  const pace = new Pace(clock, 0.1);
  assert.deepEqual([pace.take(), pace.take()], [0, 10_000]);
  clock.nowMs = 10_000;
  assert.equal(pace.take(), 0);
});

test('waiting as long as it says is always long enough', () => {
  for (const perSecond of [0.3, 1, 3, 5, 7, 9.9, 50, 333]) {
    const clock = stopped();
    const pace = new Pace(clock, perSecond);
    for (let sent = 0; sent < 1000; sent += 1) {
      for (let waitMs = pace.take(), waits = 0; waitMs > 0; waitMs = pace.take(), waits += 1) {
        assert.ok(waitMs >= 1 && waits < 3, `${perSecond} a second: ${waitMs} ms`);
        clock.nowMs += waitMs + 0.1 * waits;
      }
    }
  }
});
