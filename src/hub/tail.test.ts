// The newest events in memory: who keeps up reads there, who does not reads the journal, and nobody sees a difference.
import assert from 'node:assert/strict';
import test from 'node:test';
import { textBody } from './message.ts';
import { linkedPair } from '../../test/rules/world.ts';
import { Tail } from './tail.ts';

async function setup() {
  const { world, a } = await linkedPair();
  const reads: number[] = [];
  const { hub } = world;
  const counting = {
    follow: hub.follow,
    read: (...args: Parameters<typeof hub.read>) => {
      reads.push(args[0]);
      return hub.read(...args);
    },
  };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const tail = new Tail({ hub: counting, clock: world.time.createClock().clock, log, head: 0 });
  const post = (text: string) =>
    world.finish(hub.post({ room: 'a/elsewhere', body: textBody(text), by: 'bot' }));
  return { world, a, tail, reads, post };
}

test('a page out of memory is the page of the journal, whatever the filter and the limit', async () => {
  const { world, a, tail, reads } = await setup();
  for (let number = 0; number < 40; number += 1) {
    a.server.say(number % 3 === 0 ? 'other' : 'r', 'ann', `m${number}`);
  }
  await world.pass(1000);
  const filters = [{}, { rooms: ['a/other'] as const }, { accounts: ['b'] }, { kinds: ['message'] as const }];
  for (const filter of filters) {
    for (const limit of [1, 7, 500]) {
      for (const after of [0, 5, 39, 40]) {
        const page = await world.finish(tail.read(after, filter, limit));
        const { events } = await world.finish(world.hub.read(after, filter, limit));
        assert.deepEqual(page.events, events);
      }
    }
  }
  assert.deepEqual(reads, []);
});

test('what is no longer in memory is read from the journal; large events push out more than small ones', async () => {
  const { world, tail, reads, post } = await setup();
  for (let number = 0; number < 60; number += 1) await post('x'.repeat(100_000));
  await world.pass(1000);
  const page = await world.finish(tail.read(0, { kinds: ['message'] }, 100));
  assert.equal(page.events.length, 60);
  assert.deepEqual(reads, [0]);
  const newest = await world.finish(tail.read(tail.head - 1, {}, 100));
  assert.deepEqual([newest.events.length, reads.length], [1, 1]);
});

test('who waits is woken by what comes, by their own signal, and by the end', async () => {
  const { world, a, tail } = await setup();
  const never = new AbortController().signal;
  const coming = tail.changed(tail.head, never);
  assert.equal(await world.settlesWithin(coming, 1000), false);
  a.server.say('r', 'ann', 'hello');
  await world.finish(coming);
  await world.pass(1000);
  const own = new AbortController();
  const waiting = tail.changed(tail.head, own.signal);
  own.abort();
  await world.finish(waiting);
  const last = tail.changed(tail.head, never);
  tail.stop();
  await world.finish(last);
});
