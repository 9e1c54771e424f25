/**
 * Rule 5, nothing echoes: the hub knows what it said itself, passes on what it did not, sends a post to each room
 * once, and two hubs in the same rooms do not ring.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { textBody } from '../../src/hub/message.ts';
import { VirtualTime } from '../simulation/virtual-clock.ts';
import { FakeServer, never } from './fake-server.ts';
import { linkedPair, World } from './world.ts';

test('rule 5, nothing echoes: an own event that comes before its receipt is recognised by it', async () => {
  for (const sendsUnderWay of [1, 8]) {
    const { world, a, b } = await linkedPair({
      b: { echoes: true, latencyMs: 500, limits: { sendsUnderWay } },
    });
    for (const text of ['one', 'two', 'three']) a.server.say('r', 'ann', text);
    await world.pass(10_000);
    assert.deepEqual(b.server.texts('r'), ['one', 'two', 'three']);
    assert.deepEqual(a.server.texts('r'), ['one', 'two', 'three'], 'nothing came back');
    assert.deepEqual(await world.journaled(), ['one', 'two', 'three']);
  }
});

test('rule 5, nothing echoes: the echo of a send whose receipt was lost in a crash is recognised', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['find'] } });
  b.after = ({ act }) => (act === 'send' ? never() : undefined);
  a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  world.crash();
  b.after = () => {};
  await world.start();
  const { native } = b.server.find('r', 'hello');
  await world.finish(b.message('r', 'b', 'hello', { native, own: true, sender: b.self }));
  await world.pass(60_000);
  assert.deepEqual(a.server.texts('r'), ['hello']);
  assert.deepEqual(b.server.texts('r'), ['hello']);
});

test('rule 5, nothing echoes: what the account really said, from another device, is passed on', async () => {
  const { world, a, b } = await linkedPair();
  await world.finish(b.message('r', 'b', 'by hand', { native: 'h1', own: true, sender: b.self }));
  await world.pass(100);
  assert.deepEqual(a.server.texts('r'), ['by hand']);

  b.before = never;
  a.server.say('r', 'ann', 'under way');
  await world.pass(100);
  const own = b.message('r', 'b', 'again by hand', { native: 'h2', own: true, sender: b.self });
  assert.equal(await world.settlesWithin(own, 5_000), false, 'it waits for the outcome of what is under way');
  b.before = () => {};
  await world.finish(own);
  await world.pass(60_000);
  assert.deepEqual(a.server.texts('r').slice(1), ['under way', 'again by hand']);
});

test('rule 5, nothing echoes: it is never recognised by nick or text alone', async () => {
  const { world, a, b } = await linkedPair({ b: { carries: [] } });
  a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  b.server.say('r', 'b', '<ann> hello');
  await world.pass(100);
  assert.deepEqual(a.server.texts('r'), ['hello', '<ann> hello'], 'somebody with the hub’s own nick said so');
});

test('rule 5, nothing echoes: a post goes to its room and to the linked rooms, once each', async () => {
  const world = new World();
  const accounts = ['a', 'b', 'c'].map((id) => world.account(id, { echoes: true }));
  world.link('a/r', 'b/r', 'c/r');
  world.link('b/r', 'a/r');
  await world.start();
  await world.finish(world.hub.post({ room: 'a/r', body: textBody('news'), by: 'bot' }));
  await world.pass(1000);
  for (const { server } of accounts) assert.deepEqual(server.texts('r'), ['news']);
  assert.deepEqual(await world.journaled(), ['news']);
});

test('rule 5, nothing echoes: links are not transitive, and rooms in a ring of links get a message once', async () => {
  const world = new World();
  const accounts = ['a', 'b', 'c', 'd'].map((id) => world.account(id, { echoes: true }));
  world.link('a/r', 'b/r');
  world.link('b/r', 'c/r');
  world.link('c/r', 'a/r');
  world.link('c/r', 'd/r');
  await world.start();
  accounts[0]!.server.say('r', 'ann', 'round');
  await world.pass(1000);
  assert.deepEqual(
    accounts.map(({ server }) => server.texts('r').length),
    [1, 1, 1, 0],
  );
});

test('rule 5, nothing echoes: a hub that finds its own mark in a message passes it on no more', async () => {
  const { world, a, b } = await linkedPair();
  a.server.say('r', 'ann', 'marked');
  await world.pass(100);
  const [mark] = b.server.find('r', 'marked').hops;
  assert.ok(mark);
  await world.finish(a.message('r', 'someone', 'it came back', { native: 'x', hops: ['other', mark] }));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['marked']);
  await world.finish(a.message('r', 'someone', 'it is new', { native: 'y', hops: ['other'] }));
  await world.pass(100);
  assert.deepEqual(b.server.find('r', 'it is new').hops, ['other', mark], 'the way so far, and this hub');
});

test('rule 5, nothing echoes: a hub keeps its mark through restarts', async () => {
  const { world, a, b } = await linkedPair();
  a.server.say('r', 'ann', 'one');
  await world.pass(100);
  world.crash();
  await world.start();
  a.server.say('r', 'ann', 'two');
  await world.pass(100);
  assert.deepEqual(b.server.find('r', 'one').hops, b.server.find('r', 'two').hops);
});

test('rule 5, nothing echoes: two hubs that join the same two rooms do not ring', async () => {
  const time = new VirtualTime(1);
  const [left, right] = [new FakeServer(time), new FakeServer(time)];
  const worlds = [new World({ time }), new World({ time })];
  for (const world of worlds) {
    world.account('a', {}, left);
    world.account('b', {}, right);
    world.link('a/r', 'b/r');
    await world.start();
  }
  left.say('r', 'ann', 'hello');
  await worlds[0]!.pass(3_600_000);
  assert.deepEqual(left.texts('r'), ['hello']);
  assert.deepEqual(right.texts('r'), ['hello', 'hello'], 'each of the two bridges it, and that is all');
});

test('rule 5, nothing echoes: three hubs in a ring of rooms do not ring', async () => {
  const time = new VirtualTime(1);
  const servers = [0, 1, 2].map(() => new FakeServer(time));
  const worlds = servers.map((server, index) => {
    const world = new World({ time });
    world.account('a', {}, server);
    world.account('b', {}, servers[(index + 1) % 3]);
    world.link('a/r', 'b/r');
    return world;
  });
  for (const world of worlds) await world.start();
  servers[0]!.say('r', 'ann', 'hello');
  await worlds[0]!.pass(3_600_000);
  assert.ok(servers.flatMap((server) => server.texts('r')).length <= 1 + 6);
});

test('rule 5, nothing echoes: a message that has passed through too many hubs stays where it is', async () => {
  const { world, a, b } = await linkedPair();
  const hops = Array.from({ length: 8 }, (_, number) => `hub${number}`);
  await world.finish(a.message('r', 'ann', 'far', { native: '1', hops: hops.slice(1) }));
  await world.finish(a.message('r', 'ann', 'too far', { native: '2', hops }));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['far']);
  assert.deepEqual(await world.journaled('a/r'), ['far', 'too far'], 'it is kept all the same');
});
