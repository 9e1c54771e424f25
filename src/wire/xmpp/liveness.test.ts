import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { Liveness } from './liveness.ts';

function createWatch(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const seen: string[] = [];
  const ears = { deaf: false };
  const watch = new Liveness({
    idleMs: 100,
    aliveMs: 30,
    isDeaf: () => ears.deaf,
    ask: () => seen.push('asked'),
    giveUp: (silenceMs) => seen.push(`gave up after ${silenceMs}`),
  });
  const pass = (forMs: number): void => {
    for (let i = 0; i < forMs; i++) {
      nowMs++;
      t.mock.timers.tick(1);
    }
  };
  return { watch, seen, ears, pass };
}

test('a silence is questioned, and without an answer the connection is given up', (t) => {
  const { seen, pass } = createWatch(t);
  pass(99);
  assert.deepEqual(seen, []);
  pass(1);
  assert.deepEqual(seen, ['asked']);
  pass(30);
  assert.deepEqual(seen, ['asked', 'gave up after 130']);
});

test('whatever is heard puts the question off, and answers it', (t) => {
  const { watch, seen, pass } = createWatch(t);
  pass(60);
  watch.heard();
  pass(90);
  assert.deepEqual(seen, []);
  pass(20);
  watch.heard();
  pass(60);
  assert.deepEqual(seen, ['asked']);
  watch.stop();
  pass(1000);
  assert.deepEqual(seen, ['asked']);
});

test('while we do not listen, silence says nothing', (t) => {
  const { seen, ears, pass } = createWatch(t);
  ears.deaf = true;
  pass(1000);
  assert.deepEqual(seen, []);
  ears.deaf = false;
  pass(200);
  assert.equal(seen[0], 'asked');
});
