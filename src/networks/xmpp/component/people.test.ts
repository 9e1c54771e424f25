import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../../test/fakes/port.ts';
import { createSystemClock } from '../../../hub/clock.ts';
import { People } from './people.ts';

const clock = createSystemClock();
const tom = { name: 'Tom', account: 'qq', user: '王小明/8' };
const local = String.raw`qq.王小明\2f8`;

test('whom a puppet stands for is known after a restart, whatever the address makes of the id', async () => {
  const { store } = new FakePort();
  const people = new People(clock);
  await people.open(store);
  assert.equal(people.find(local), undefined);
  await people.note(tom);
  assert.equal(people.note(tom), undefined, 'once is enough');
  const later = new People(clock);
  await later.open(store);
  const { at: _, ...found } = { at: 0, ...later.find(local) };
  assert.deepEqual(found, tom);
});

test('who is noted twice at once is waited for once, in order', async () => {
  const { store } = new FakePort();
  const people = new People(clock);
  await people.open(store);
  assert.equal(people.note(tom), people.note(tom));
  await people.note({ ...tom, name: 'Thomas' });
  assert.equal(people.find(local)?.name, 'Tom', 'a new name waits until the old one is written');
  await people.note({ ...tom, name: 'Thomas' });
  assert.equal(people.find(local)?.name, 'Thomas');
});

test('what could not be stored is not known, and is stored with the next word', async () => {
  const { store } = new FakePort();
  const people = new People(clock);
  let full = true;
  await people.open({
    ...store,
    set: (key, value) => (full ? Promise.reject(new Error('the disk is full')) : store.set(key, value)),
  });
  await assert.rejects(async () => people.note(tom), /full/);
  assert.equal(people.find(local), undefined);
  full = false;
  await people.note(tom);
  assert.equal(people.find(local)?.name, 'Tom');
});
