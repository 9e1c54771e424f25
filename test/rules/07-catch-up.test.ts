/**
 * Rule 7, catch up: what a network tells late is as good as what it tells at once, and order holds. That each
 * network asks for what was missed is shown by the contract suite of networks.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { never } from './fake-server.ts';
import { linkedPair } from './world.ts';

test('rule 7, catch up: a backlog of many messages is kept in its order and delivered in it', async () => {
  const { world, a, b } = await linkedPair();
  const texts = Array.from({ length: 300 }, (_, number) => `#${number}`);
  const backlog = texts.map((text, number) =>
    a.message('r', 'ann', text, { native: text, at: number + 1, delayed: true }),
  );
  const live = a.message('r', 'ann', 'live', { native: 'live' });
  await world.finish(Promise.all([...backlog, live]));
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), [...texts, 'live']);
});

test('rule 7, catch up: a report that has to wait holds its place in its room', async () => {
  const { world, a, b } = await linkedPair();
  const hello = a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  const kept = [
    a.message('r', 'bob', 'an answer, looked up', { native: '1', replyTo: { native: hello.native } }),
    a.message('r', 'cat', 'plain', { native: '2' }),
    a.edit(hello, 'ann', 'hello!', { native: '3' }),
    a.message('r', 'cat', 'plain again', { native: '4' }),
    a.message('r', 'cat', 'no id'),
    a.message('r', 'cat', 'the last', { native: '5' }),
  ];
  await world.finish(Promise.all(kept));
  const { events } = await world.finish(world.hub.read(1, {}, 100));
  assert.deepEqual(
    events.map((event) => event.native),
    ['1', '2', '3', '4', undefined, '5'],
  );
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r').slice(1), [
    'an answer, looked up',
    'plain',
    'plain again',
    'no id',
    'the last',
  ]);
});

test('rule 7, catch up: an answer and an edit find what was reported just before them', async () => {
  const { world, a, b } = await linkedPair();
  const said = { ...a.server.say('elsewhere', 'x', 'x'), room: 'r', native: 'm1' };
  const kept = [
    a.message('r', 'ann', 'first', { native: 'm1', delayed: true }),
    a.message('r', 'bob', 'second', { native: 'm2', delayed: true, replyTo: { native: 'm1' } }),
    a.edit(said, 'ann', 'first!', { native: 'm3', delayed: true }),
  ];
  await world.finish(Promise.all(kept));
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), ['first!', 'second']);
  assert.equal(b.server.find('r', 'second').replyTo, b.server.find('r', 'first!').native);
});

test('rule 7, catch up: while a room stalls, what comes in is acknowledged all the same', async () => {
  const { world, a, b } = await linkedPair();
  b.before = never;
  for (let number = 0; number < 50; number += 1) {
    const kept = a.message('r', 'ann', `#${number}`, { native: `#${number}` });
    assert.equal(await world.settlesWithin(kept, 3), true);
  }
});
