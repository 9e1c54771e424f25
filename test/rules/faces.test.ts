/** What the hub promises to programs: everything, in order, from where they stopped, each at its own pace. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { textBody } from '../../src/hub/message.ts';
import type { HubEvent } from '../../src/hub/event.ts';
import { linkedPair, type World } from './world.ts';

/** Follows until `count` events have come, letting time pass for it. */
async function follow(world: World, after: number, count: number): Promise<HubEvent[]> {
  const controller = new AbortController();
  const read = async () => {
    const events: HubEvent[] = [];
    for await (const page of world.hub.follow(after, { kinds: ['message'] }, controller.signal)) {
      events.push(...page.events);
      if (events.length >= count) break;
    }
    return events;
  };
  return world.finish(read());
}

function native(events: readonly HubEvent[]): (string | undefined)[] {
  return events.map((event) => event.native);
}

test('follow gives what was and what comes, in order, and resumes from any position', async () => {
  const { world, a } = await linkedPair();
  const all = Array.from({ length: 1200 }, (_, number) => `#${number}`);
  for (const id of all.slice(0, 1100)) void a.message('r', 'ann', id, { native: id });
  await world.pass(1000);
  const following = follow(world, 0, all.length);
  for (const id of all.slice(1100)) void a.message('r', 'ann', id, { native: id });
  const events = await following;
  assert.deepEqual(native(events), all);
  const stoppedAt = events[700]!.position;
  world.crash();
  await world.start();
  assert.deepEqual(native(await follow(world, stoppedAt, 499)), all.slice(701));
});

test('follow waits for what is not there yet, and ends when it is told to', async () => {
  const { world, a } = await linkedPair();
  const controller = new AbortController();
  const events: (string | undefined)[] = [];
  const following = (async () => {
    for await (const page of world.hub.follow(0, {}, controller.signal)) events.push(...native(page.events));
  })();
  assert.equal(await world.settlesWithin(following, 60_000), false);
  await world.finish(a.message('r', 'ann', 'one', { native: '1' }));
  await world.pass(10);
  assert.deepEqual(events, ['1']);
  controller.abort();
  await world.finish(following);
  await world.finish(a.message('r', 'ann', 'two', { native: '2' }));
  assert.deepEqual(events, ['1']);
});

test('a follower that does not read delays nobody', async () => {
  const { world, a, b } = await linkedPair();
  const slow = world.hub.follow(0, {}, new AbortController().signal)[Symbol.asyncIterator]();
  await world.finish(a.message('r', 'ann', 'first', { native: '0' }));
  await world.finish(slow.next());
  for (let number = 1; number <= 50; number += 1) {
    const kept = a.message('r', 'ann', 'more', { native: String(number) });
    assert.equal(await world.settlesWithin(kept, 3), true);
  }
  await world.pass(1000);
  assert.equal(b.server.texts('r').length, 51);
  const next = await world.finish(slow.next());
  assert.equal(next.done ? '' : next.value.events[0]?.native, '1', 'it goes on where it was');
});

test('a reader whose place was deleted is told of the gap, once', async () => {
  const day = 24 * 3600_000;
  const { world, a } = await linkedPair({}, { settings: { retentionMs: day, trimEveryMs: 60_000 } });
  for (let number = 0; number < 10; number += 1) a.server.say('r', 'ann', `old ${number}`);
  await world.pass(day * 2);
  a.server.say('r', 'ann', 'new');
  await world.pass(1000);
  const page = await world.finish(world.hub.read(3, {}, 100));
  assert.equal(page.gap, true);
  assert.equal(page.events.length, 1);
  const next = await world.finish(world.hub.read(page.next, {}, 100));
  assert.deepEqual([next.gap, next.events], [false, []]);
  const followed = world.hub.follow(3, {}, new AbortController().signal)[Symbol.asyncIterator]();
  const first = await world.finish(followed.next());
  assert.deepEqual(first.done ? undefined : [first.value.gap, first.value.events.length], [true, 1]);
});

test('what a program posts is its own message: named, answered, edited by nobody else', async () => {
  const { world, a, b } = await linkedPair();
  const hello = a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  const [event] = (await world.finish(world.hub.read(0, {}, 1))).events;
  await world.finish(world.hub.post({ room: 'b/r', body: textBody('hi'), by: 'bot', replyTo: event!.id }));
  await world.pass(100);
  assert.equal(a.server.find('r', 'hi').replyTo, hello.native);
  const posted = (await world.finish(world.hub.read(event!.position, {}, 1))).events[0];
  assert.equal(posted?.postedBy, 'bot');
  await world.finish(b.edit(b.server.find('r', 'hi'), 'mallory', 'bye'));
  await world.pass(100);
  assert.deepEqual(a.server.texts('r'), ['hello', 'hi']);
});

test('a room’s history is what was said there and what was delivered there', async () => {
  const { world, a, b } = await linkedPair();
  a.server.say('r', 'ann', 'from a');
  await world.pass(100);
  b.server.say('r', 'bob', 'from b');
  b.server.say('s', 'bob', 'elsewhere');
  await world.pass(100);
  for (const room of ['a/r', 'b/r'] as const) {
    const history = await world.finish(world.hub.history(room, undefined, 10));
    assert.deepEqual(
      history.map((event) => ('body' in event ? event.body : [])),
      [textBody('from a'), textBody('from b')],
    );
  }
});
