// Whoever is refused waits longer each time, by a clock that is moved by hand.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Cancel, Clock } from '../../hub/clock.ts';
import { SlowRefusals } from './slow-refusals.ts';

/** Timers that are over as soon as somebody asks how long they were. */
function createClock() {
  const waits: number[] = [];
  let now = 0;
  const clock = {
    now: () => now,
    monotonicMs: () => now,
    after(delayMs: number, call: () => void): Cancel {
      waits.push(delayMs);
      queueMicrotask(call);
      return () => {};
    },
  } as Clock;
  return { clock, waits, pass: (ms: number) => (now += ms) };
}

test('each refusal of an address takes longer, up to ten seconds, and is forgotten after ten minutes', async () => {
  const { clock, waits, pass } = createClock();
  const refusals = new SlowRefusals(clock, new AbortController().signal);
  for (let attempt = 0; attempt < 9; attempt += 1) await refusals.wait('192.0.2.1');
  assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  await refusals.wait('192.0.2.2');
  assert.equal(waits.at(-1), 100, 'another address is not punished for it');
  pass(11 * 60_000);
  await refusals.wait('192.0.2.1');
  assert.equal(waits.at(-1), 100);
});

test('a thousand refusals at once are not held all', async () => {
  const held: (() => void)[] = [];
  const clock = {
    monotonicMs: () => 0,
    after(_: number, call: () => void): Cancel {
      held.push(call);
      return () => {};
    },
  } as Clock;
  const refusals = new SlowRefusals(clock, new AbortController().signal);
  const waiting = Array.from({ length: 1000 }, (_, address) => refusals.wait(`192.0.2.${address}`));
  await Promise.all(waiting.slice(256));
  assert.equal(held.length, 256);
  for (const call of held) call();
  await Promise.all(waiting);
});
