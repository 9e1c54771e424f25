// Values that are asked for with every request are read seldom, and never told after they were changed here.
import assert from 'node:assert/strict';
import test from 'node:test';
import { FreshValues } from './fresh-values.ts';

function setup() {
  const state = {
    nowMs: 0,
    asked: 0,
    values: new Map<string, string>(),
    held: undefined as Promise<void> | undefined,
  };
  const store = {
    async get(key: string) {
      state.asked += 1;
      const value = state.values.get(key);
      await state.held;
      return value;
    },
    async set(entries: readonly (readonly [string, string | undefined])[]) {
      for (const [key, value] of entries) {
        if (value === undefined) state.values.delete(key);
        else state.values.set(key, value);
      }
    },
    list: async () => [...state.values],
  };
  return { state, store, values: new FreshValues(store, { monotonicMs: () => state.nowMs }) };
}

test('a value is read once in half a second, one that is not there too, however many ask at once', async () => {
  const { state, values } = setup();
  state.values.set('k', '1');
  assert.deepEqual(await Promise.all([values.get('k'), values.get('k')]), ['1', '1']);
  state.nowMs = 499;
  assert.equal(await values.get('k'), '1');
  assert.equal(state.asked, 1);
  assert.deepEqual(
    [await values.get('none'), await values.get('none'), state.asked],
    [undefined, undefined, 2],
  );
});

test('what another process changes counts after half a second', async () => {
  const { state, values } = setup();
  state.values.set('k', '1');
  await values.get('k');
  state.values.delete('k');
  state.nowMs = 500;
  assert.equal(await values.get('k'), undefined);
});

test('what is changed here counts at once, also for who was reading meanwhile', async () => {
  const { state, values } = setup();
  state.values.set('k', '1');
  await values.get('k');
  await values.set([['k', '2']]);
  assert.equal(await values.get('k'), '2');
  state.nowMs = 500;
  const held = Promise.withResolvers<void>();
  state.held = held.promise;
  const reading = values.get('k');
  await values.set([['k', undefined]]);
  held.resolve();
  await reading;
  assert.equal(await values.get('k'), undefined);
});

test('a read that failed is tried again by the next who asks', async () => {
  const { state, store, values } = setup();
  state.values.set('k', '1');
  state.held = Promise.reject(new Error('the disk'));
  await assert.rejects(values.get('k'), /the disk/);
  state.held = undefined;
  assert.equal(await values.get('k'), '1');
  assert.deepEqual(await values.list('k'), await store.list());
});
