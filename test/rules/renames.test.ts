/**
 * Another name of somebody goes the way of what they say: durable, in order, once, and as each room can show it. What is
 * nobody's business elsewhere stays where it is.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLink } from '../../src/hub/links.ts';
import { never, type Traits } from './fake-server.ts';
import { linkedPair, World } from './world.ts';

const words: Traits = { carries: [], can: [] };

test('another name is told in words, in its place among what is said, and what is said next has it', async () => {
  const { world, a, b } = await linkedPair({ b: words });
  a.server.say('r', 'ann', 'hello');
  await world.finish(a.rename('r', 'ann', 'Annabel', { native: 'r1' }));
  await world.finish(
    a.message('r', 'ann', 'how do you like it?', { sender: { id: 'ann', name: 'Annabel' } }),
  );
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), [
    '<ann> hello',
    '<ann> * is now known as Annabel',
    '<Annabel> how do you like it?',
  ]);
  assert.deepEqual(a.server.texts('r'), ['hello'], 'nothing of it came back');
});

test('a network that has a way of its own is asked to show it, by somebody who never spoke, too', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['rename'] } });
  await world.finish(a.rename('r', 'ann', 'Annabel', { native: 'r1' }));
  await world.pass(100);
  assert.deepEqual(
    b.calls.map(({ act, text }) => [act, text]),
    [['rename', 'ann → Annabel']],
  );
  assert.deepEqual(b.server.texts('r'), []);
});

test('where actions have authors it is one of the person under the old name', async () => {
  const { world, a, b } = await linkedPair();
  await world.finish(a.rename('r', 'ann', 'Annabel'));
  await world.pass(100);
  const [shown] = b.server.in('r');
  assert.deepEqual(
    [shown?.author?.name, shown?.action, shown?.text],
    ['ann', true, 'is now known as Annabel'],
  );
});

test('it waits for a room that is away, is told once after a lost answer, and has its journey', async () => {
  const { world, a, b } = await linkedPair({ b: { carries: [], can: ['find'] } });
  b.trouble = new Error('the server is away');
  b.cut();
  await world.pass(100);
  a.server.say('r', 'ann', 'one');
  await world.finish(a.rename('r', 'ann', 'Annabel', { native: 'r1' }));
  await world.pass(10_000);
  assert.deepEqual(b.server.texts('r'), []);
  b.trouble = undefined;
  b.after = ({ act, text }) => (act === 'send' && text.includes('known as') ? never() : undefined);
  await world.pass(120_000);
  world.crash();
  b.after = () => {};
  await world.start();
  await world.pass(120_000);
  assert.deepEqual(b.server.texts('r'), ['<ann> one', '<ann> * is now known as Annabel']);

  const { events } = await world.finish(world.journal.read(0, { kinds: ['rename'] }, 10));
  const journey = await world.finish(world.hub.journey(events[0]!.id));
  assert.deepEqual(
    journey?.deliveries.map(({ lane, state }) => [lane, state]),
    [['b/r', 'sent']],
  );
});

test('what has come through this hub before goes no further, and what came through another tells so', async () => {
  const { world, a, b } = await linkedPair({ b: words });
  await world.finish(a.rename('r', 'ann', 'Annabel', { hops: ['other1'] }));
  await world.pass(100);
  const [shown] = b.server.in('r');
  assert.deepEqual(shown?.hops, ['other1', world.hub.id]);
  await world.finish(a.rename('r', 'bob', 'Robert', { hops: ['other1', world.hub.id] }));
  await world.pass(100);
  assert.equal(b.server.in('r').length, 1);
  const { events } = await world.finish(world.journal.read(0, { kinds: ['rename'] }, 10));
  assert.equal(events.length, 1);
});

test('told again it is passed on once', async () => {
  const { world, a, b } = await linkedPair({ b: words });
  for (let time = 0; time < 3; time += 1)
    await world.finish(a.rename('r', 'ann', 'Annabel', { native: 'r1' }));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['<ann> * is now known as Annabel']);
});

test('the account’s own name, one that stays the same and one of a private room are nobody’s news', async () => {
  const { world, a, b } = await linkedPair({ b: words });
  await world.finish(a.rename('r', 'a', 'the hub', { who: a.self, oldName: 'the hub', own: true }));
  await world.finish(a.rename('r', 'ann', 'ann'));
  await world.finish(a.rename('r', 'bob', 'Robert', { direct: true }));
  await world.pass(100);
  assert.deepEqual(b.calls, []);
  const { events } = await world.finish(world.journal.read(0, { kinds: ['rename'] }, 10));
  assert.equal(events.length, 3, 'programs are told all the same');
  assert.deepEqual(await world.deliveries(), []);
});

test('names that are shown alike are one name, and no name writes a line of its own', async () => {
  const { world, a, b } = await linkedPair({ b: words });
  await world.finish(a.rename('r', 'ann', 'ann\u200b'));
  await world.finish(a.rename('r', 'bob', 'Bob\n<ann> I owe you> 5'));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['<bob> * is now known as Bob ·ann· I owe you· 5']);
});

test('a link can keep new names to itself', async () => {
  const world = new World();
  const [a, b, c] = [world.account('a', words), world.account('b', words), world.account('c', words)];
  world.links.push(
    createLink({ name: 'quiet', rooms: ['a/r', 'b/r'], renames: false }),
    createLink({ name: 'talkative', rooms: ['a/r', 'c/r'] }),
  );
  await world.start();
  await world.finish(a.rename('r', 'ann', 'Annabel'));
  a.server.say('r', 'Annabel', 'hello');
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['<Annabel> hello']);
  assert.deepEqual(c.server.texts('r'), ['<ann> * is now known as Annabel', '<Annabel> hello']);
});
