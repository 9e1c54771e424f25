import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualTime } from '../../test/simulation/virtual-clock.ts';
import { backoffMs, createSystemClock, formatId, sleep, toError, type Clock } from './clock.ts';

const backoff = { baseMs: 500, capMs: 60_000 };

function drawing(random: number): Clock {
  return { ...createSystemClock(), random: () => random };
}

function waits(random: number): number[] {
  return [1, 2, 3, 7, 8, 9, 100, 100_000].map((attempt) => backoffMs(drawing(random), backoff, attempt));
}

test('each wait is about twice the one before, of which the upper half is random, up to the cap', () => {
  assert.deepEqual(waits(0), [250, 500, 1000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  assert.deepEqual(waits(0.5), [375, 750, 1500, 24_000, 45_000, 45_000, 45_000, 45_000]);
  assert.ok(waits(0.999_999).every((wait) => wait < backoff.capMs));
});

test('ids are 22 small letters and figures, all different, in the order in which they were made', () => {
  const clock = createSystemClock();
  const ids = Array.from({ length: 10_000 }, () => clock.id());
  for (const id of ids) assert.match(id, /^[0-9a-z]{22}$/);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(ids, ids.toSorted());
  assert.notEqual(createSystemClock().id().slice(-9), clock.id().slice(-9), 'every start has its own seed');
});

test('ids sort by their time', () => {
  const seed = '000000000';
  const early = formatId(Date.UTC(2001, 0), 36 ** 4 - 1, seed);
  const late = formatId(Date.UTC(2500, 0), 0, seed);
  assert.ok(early < late);
  assert.equal(late.length, 22);
});

test('the monotonic time never goes back, a timer fires later and can be cancelled', async () => {
  const clock = createSystemClock();
  const before = clock.monotonicMs();
  const order: string[] = [];
  const cancel = clock.after(0, () => order.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => {
    clock.after(-5, () => {
      order.push('fired');
      resolve();
    });
    order.push('called');
  });
  assert.deepEqual(order, ['called', 'fired']);
  assert.ok(clock.monotonicMs() >= before);
});

test('sleep waits, and ends at once when it is aborted', async () => {
  const time = new VirtualTime(1);
  const { clock } = time.createClock();
  const waited: string[] = [];
  void sleep(clock, 1000).then(() => waited.push('slept'));
  const abort = new AbortController();
  sleep(clock, 1000, abort.signal).catch((error: unknown) => waited.push(String(error)));
  await time.run(() => time.nowMs >= 500 || time.steps > 0);
  assert.equal(time.nowMs, 1000);
  assert.ok(waited.includes('slept'));

  const later = new AbortController();
  const sleeping = sleep(clock, 1000, later.signal);
  later.abort('enough');
  await assert.rejects(sleeping, { message: 'enough' });
  await assert.rejects(sleep(clock, 1000, later.signal), { message: 'enough' });
});

test('whatever is thrown is an error', () => {
  const error = new TypeError('x');
  assert.equal(toError(error), error);
  assert.equal(toError('words').message, 'words');
  assert.equal(toError(undefined).message, 'undefined');
});
