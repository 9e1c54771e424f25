import assert from 'node:assert/strict';
import test from 'node:test';
import { createSystemClock, type Clock } from './clock.ts';
import { SilenceWatch } from './silence-watch.ts';

const minuteMs = 60_000;

/** A watch over time that passes when it is told to. */
function createWatch() {
  let nowMs = 0;
  let timer: { dueMs: number; fire: () => void } | undefined;
  const clock: Clock = {
    ...createSystemClock(),
    monotonicMs: () => nowMs,
    after(delayMs, fire) {
      const set = (timer = { dueMs: nowMs + delayMs, fire });
      return () => {
        if (timer === set) timer = undefined;
      };
    },
  };
  const silences: number[] = [];
  const watch = new SilenceWatch(clock, (silentMs) => void silences.push(silentMs));
  const pass = (ms: number) => {
    const endMs = nowMs + ms;
    while (timer && timer.dueMs <= endMs) {
      const { dueMs, fire } = timer;
      timer = undefined;
      nowMs = dueMs;
      fire();
    }
    nowMs = endMs;
  };
  watch.start();
  return { watch, silences, pass };
}

test('a run that says nothing for two minutes before it is online hangs', () => {
  const { watch, silences, pass } = createWatch();
  pass(minuteMs);
  watch.heard();
  pass(2 * minuteMs - 1);
  assert.deepEqual(silences, []);
  pass(1);
  assert.deepEqual(silences, [2 * minuteMs]);
});

test('once it is online the session says how long silence may last', () => {
  const { watch, silences, pass } = createWatch();
  watch.online(10 * minuteMs);
  // What is only said on the way does not count any more.
  watch.waiting(true);
  pass(10 * minuteMs);
  assert.deepEqual(silences, [10 * minuteMs]);
  const quiet = createWatch();
  quiet.watch.online(Number.POSITIVE_INFINITY);
  quiet.pass(10_000 * minuteMs);
  assert.deepEqual(quiet.silences, []);
});

test('who waits for the other side, or for a person, may be silent until that is over', () => {
  for (const waits of ['waiting', 'asking'] as const) {
    const { watch, silences, pass } = createWatch();
    watch[waits](true);
    pass(1000 * minuteMs);
    assert.deepEqual(silences, []);
    watch.heard();
    watch[waits](false);
    pass(2 * minuteMs);
    assert.deepEqual(silences, [2 * minuteMs], waits);
  }
});

test('nothing is told after the watch has ended', () => {
  const { watch, silences, pass } = createWatch();
  watch.stop();
  pass(1000 * minuteMs);
  assert.deepEqual(silences, []);
});
