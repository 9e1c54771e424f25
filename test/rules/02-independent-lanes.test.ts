/** Rule 2, lanes are independent: a room that stalls never delays another, nor an account another. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import { never, type FakeAccount } from './fake-server.ts';
import { World } from './world.ts';

interface Street {
  world: World;
  /** Where people talk. */
  a: FakeAccount;
  /** The account that has a room that will stall, `bad`, and a healthy one, `good`. */
  b: FakeAccount;
  /** Another account. */
  c: FakeAccount;
}

async function street(): Promise<Street> {
  const world = new World();
  const [a, b, c] = [world.account('a'), world.account('b'), world.account('c')];
  world.link('a/bad', 'b/bad');
  world.link('a/good', 'b/good');
  world.link('a/other', 'c/other');
  await world.start();
  return { world, a, b, c };
}

/** How many whole milliseconds each of a hundred messages takes to the healthy rooms, one each 10 ms; all of them speak at once. */
async function latencies({ world, a, b, c }: Street): Promise<number[]> {
  const sentAt = new Map<string, number>();
  for (let number = 0; number < 100; number += 1) {
    const text = `#${number}.`;
    sentAt.set(text, world.time.nowMs);
    for (const room of ['bad', 'good', 'other']) a.server.say(room, 'ann', text);
    await world.pass(10);
  }
  await world.pass(100);
  return [...b.server.in('good'), ...c.server.in('other')].map((shown) =>
    Math.ceil(shown.atMs - (sentAt.get(shown.text) ?? Number.NaN)),
  );
}

const undisturbed = await latencies(await street());

test('rule 2, lanes are independent: undisturbed, every message is there within two commits and a send', () => {
  assert.equal(undisturbed.length, 200);
  assert.ok(Math.max(...undisturbed) <= 10, `${Math.max(...undisturbed)} ms`);
});

const troubles: [name: string, before: FakeAccount['before']][] = [
  ['never answers', never],
  ['answers that it cannot for now', () => Promise.reject(new DeliveryError('failed', 'busy'))],
  [
    'refuses everything for good',
    () => Promise.reject(new DeliveryError('failed', 'banned', { permanent: true })),
  ],
  ['fails in a way nobody expected', () => Promise.reject(new TypeError('undefined is not a function'))],
  [
    'throws before it promises anything',
    () => {
      throw new TypeError('null is not an object');
    },
  ],
];
for (const [name, trouble] of troubles) {
  test(`rule 2, lanes are independent: a room that ${name} delays no other room`, async () => {
    const place = await street();
    place.b.before = (call) => (call.room === 'bad' ? trouble(call) : undefined);
    assert.deepEqual(await latencies(place), undisturbed);
    assert.deepEqual(place.b.server.in('bad'), []);
  });
}

test('rule 2, lanes are independent: an account that is away delays no other account', async () => {
  const place = await street();
  place.b.trouble = new Error('unreachable');
  place.b.cut();
  const disturbed = await latencies(place);
  const others = undisturbed.slice(100);
  assert.deepEqual(disturbed, others);
});

test('rule 2, lanes are independent: a room whose backlog is being sent delays no other room', async () => {
  const place = await street();
  place.b.before = (call) => (call.room === 'bad' ? never() : undefined);
  for (let number = 0; number < 1000; number += 1) place.a.server.say('bad', 'ann', `old ${number}`);
  await place.world.pass(1000);
  place.b.before = () => {};
  assert.deepEqual(await latencies(place), undisturbed);
});

test('rule 2, lanes are independent: what waits for an echo in one room holds up no report of another', async () => {
  const { world, a, b } = await street();
  b.before = (call) => (call.room === 'bad' ? never() : undefined);
  a.server.say('bad', 'ann', 'stuck');
  await world.pass(100);
  const own = b.message('bad', 'b', 'was that me?', { native: 'x', own: true, sender: b.self });
  assert.equal(await world.settlesWithin(own, 100), false, 'it may be the echo of what is under way');
  assert.equal(await world.settlesWithin(b.message('good', 'bob', 'hi', { native: 'y' }), 5), true);
});
