import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { listCursors, RoomCursor, toCursorKey, type Cursor } from './cursor.ts';

const room = 'room@conference.example.org';

async function open(
  port = new FakePort(),
): Promise<{ cursor: RoomCursor; stored: () => Promise<Cursor | undefined> }> {
  const cursor = new RoomCursor(room, createSystemClock());
  await cursor.open(port.store, port.log);
  return {
    cursor,
    async stored() {
      const value = await port.store.get(toCursorKey(room));
      return value === undefined ? undefined : (JSON.parse(value) as Cursor);
    },
  };
}

test('the cursor passes a message only when all before it are durable', async () => {
  const { cursor, stored } = await open();
  await cursor.set({ id: 'a', at: 1, first: 'a' });
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  cursor.follow({ id: 'b', at: 2 }, one.promise);
  cursor.follow({ id: 'c', at: 3 }, two.promise);
  two.resolve();
  await two.promise;
  assert.equal(cursor.current?.id, 'a');
  one.resolve();
  await one.promise;
  await cursor.close();
  assert.deepEqual(await stored(), { id: 'c', at: 3, first: 'a' });
});

test('one that could not be kept holds the cursor, until it is opened again', async () => {
  const port = new FakePort();
  const { cursor } = await open(port);
  await cursor.set({ id: 'a', at: 1 });
  const failing = Promise.reject(new Error('full'));
  cursor.follow({ id: 'b', at: 2 }, failing);
  await assert.rejects(failing);
  const done = Promise.resolve();
  cursor.follow({ id: 'c', at: 3 }, done);
  await done;
  await cursor.flush();
  assert.equal(cursor.current?.id, 'a');
  await cursor.open(port.store, port.log);
  cursor.follow({ id: 'b', at: 2 }, done);
  await done;
  assert.equal(cursor.current?.id, 'b');
  await cursor.close();
});

test('a room in which nothing had been said begins with its first message', async () => {
  const { cursor } = await open();
  await cursor.set({ at: 0 });
  const done = Promise.resolve();
  cursor.follow({ id: 'a', at: 1 }, done);
  cursor.follow({ id: 'b', at: 2 }, done);
  await done;
  await cursor.close();
  assert.deepEqual(cursor.current, { id: 'b', at: 2, first: 'a' });
});

test('a new process goes on from what was stored', async () => {
  const port = new FakePort();
  const first = await open(port);
  await first.cursor.set({ id: 'a', at: 1 });
  const second = await open(port);
  assert.deepEqual(second.cursor.current, { id: 'a', at: 1 });
  assert.deepEqual(await listCursors(port.store), [room]);
});
