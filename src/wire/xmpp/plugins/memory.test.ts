import assert from 'node:assert/strict';
import test from 'node:test';
import { BoundedMap } from './bounded-map.ts';
import { Listeners } from './listeners.ts';

test('a bounded memory forgets what is oldest, and what is written again is new', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  assert.deepEqual([map.get('a'), map.has('b'), map.get('c'), map.size], [3, false, 4, 2]);
  assert.equal(map.delete('a'), true);
  map.clear();
  assert.equal(map.size, 0);
});

test('a listener that fails is logged and keeps none of the others from hearing', async () => {
  const logged: string[] = [];
  const listeners = new Listeners<number>((_level, event) => void logged.push(event));
  const heard: number[] = [];
  const listener = (event: number) => void heard.push(event);
  listeners.add(() => {
    throw new Error('at once');
  });
  listeners.add(() => Promise.reject(new Error('later')));
  const end = listeners.add(listener);
  listeners.add(listener);
  await listeners.tell(1);
  end();
  await listeners.tell(2);
  assert.deepEqual(heard, [1, 1, 2], 'the same function may listen twice');
  assert.equal(logged.length, 4);
});
