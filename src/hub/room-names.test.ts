import assert from 'node:assert/strict';
import test from 'node:test';
import type { HubAccess } from './face.ts';
import { RoomNames } from './room-names.ts';

/** Names asked every 5 s at most, of a hub that answers with what is given, and a clock that stands. */
function createNames(answers: (() => ReturnType<HubAccess['rooms']>)[]) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const hub: Pick<HubAccess, 'rooms'> = {
    rooms: () => (answers.shift() ?? assert.fail('asked too often'))(),
  };
  return { names: new RoomNames({ hub, clock, askEveryMs: 5_000 }), clock };
}

test('an account is asked now and then for the rooms that several people share', async () => {
  const alley = { room: 'qq/group:1' as const, name: 'Alley', direct: false };
  const { names, clock } = createNames([
    async () => [alley, { room: 'qq/private:2', name: 'Ann', direct: true }],
    async () => [{ ...alley, name: 'Old alley' }],
  ]);
  assert.deepEqual([...(await names.of('qq'))], [['qq/group:1', 'Alley']]);
  clock.nowMs = 4_999;
  await names.of('qq');
  clock.nowMs = 5_000;
  assert.equal((await names.of('qq')).get('qq/group:1'), 'Old alley');
});

test('an account that cannot tell has no rooms, until it is asked again', async () => {
  const { names, clock } = createNames([
    async () => Promise.reject(new Error('it is gone')),
    async () => [{ room: 'qq/group:1', name: 'Alley', direct: false }],
  ]);
  assert.equal((await names.of('qq')).size, 0);
  clock.nowMs = 5_000;
  assert.equal((await names.of('qq')).size, 1);
});
