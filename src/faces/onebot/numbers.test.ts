// Numbers: one for each, given once, also when many are asked for at the same moment, and after a failure.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Numbers } from './numbers.ts';

function createStore() {
  const values = new Map<string, string>();
  const store = {
    values,
    writes: 0,
    failure: undefined as Error | undefined,
    get: async (key: string) => values.get(key),
    async set(entries: readonly (readonly [string, string | undefined])[]) {
      if (store.failure) throw store.failure;
      store.writes += 1;
      for (const [key, value] of entries) if (value !== undefined) values.set(key, value);
    },
    list: async () => [],
  };
  return store;
}

test('everybody gets one number, however many are asked for at once, and it leads back', async () => {
  const store = createStore();
  const numbers = new Numbers(store);
  const people = Array.from({ length: 500 }, (_, number) => ({ id: `u${number}`, name: `U${number}` }));
  const first = await Promise.all(people.map((user) => numbers.user('a', user)));
  assert.equal(new Set(first).size, people.length);
  assert.ok(store.writes < 10, `${store.writes} writes`);
  const again = await Promise.all(people.map((user) => new Numbers(store).user('a', user)));
  assert.deepEqual(again, first);
  assert.notEqual(await numbers.user('b', people[0]!), first[0], 'of another account it is somebody else');
  assert.deepEqual(await numbers.find(first[7]!), { kind: 'user', account: 'a', id: 'u7', name: 'U7' });
  await numbers.user('a', { id: 'u7', name: 'Seven' });
  assert.deepEqual(await numbers.find(first[7]!), { kind: 'user', account: 'a', id: 'u7', name: 'Seven' });
  assert.equal(await numbers.find(1), undefined);
});

test('where the journal cannot write, nobody gets a number; later they do', async () => {
  const store = createStore();
  const numbers = new Numbers(store);
  store.failure = new Error('the disk is full');
  await assert.rejects(numbers.group('a/r'), /full/);
  store.failure = undefined;
  const group = await numbers.group('a/r');
  assert.deepEqual(await numbers.find(group), { kind: 'group', room: 'a/r' });
});
