import assert from 'node:assert/strict';
import test from 'node:test';
import type { AccountStore } from '../../hub/network.ts';
import { OwnIds } from './own-ids.ts';

function createStore(): AccountStore & { fails: boolean } {
  const values = new Map<string, string>();
  return {
    fails: false,
    get: async (key) => values.get(key),
    async set(key, value) {
      if (this.fails) throw new Error('the disk is full');
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    },
    list: async () => [],
  };
}

test('an id that we had once is still ours after the room gave us another, and after a restart', async () => {
  const store = createStore();
  const first = new OwnIds('room@chat');
  await first.open(store);
  first.add('old');
  first.add('new');
  await first.stored;
  assert.deepEqual([first.has('old'), first.has('new'), first.has('theirs')], [true, true, false]);
  const second = new OwnIds('room@chat');
  await second.open(store);
  assert.deepEqual([second.has('old'), second.has('new'), second.has('theirs')], [true, true, false]);
  const elsewhere = new OwnIds('other@chat');
  await elsewhere.open(store);
  assert.equal(elsewhere.has('old'), false);
});

test('an id that could not be kept is told to who waits, and kept by the next run', async () => {
  const store = createStore();
  const ids = new OwnIds('room@chat');
  await ids.open(store);
  store.fails = true;
  ids.add('id');
  await assert.rejects(ids.stored, /full/);
  store.fails = false;
  await ids.open(store);
  await ids.stored;
  const again = new OwnIds('room@chat');
  await again.open(store);
  assert.equal(again.has('id'), true);
});
