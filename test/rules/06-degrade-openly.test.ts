/**
 * Rule 6, degrade openly: what the target cannot do is shown in another way, and can be seen to be. What each way
 * looks like is tested beside `render.ts`; here, that the hub chooses it by what the connection can do.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Traits } from './fake-server.ts';
import { linkedPair } from './world.ts';

const plain: Traits = { carries: [], can: [] };

test('rule 6, degrade openly: without authors and replies there are a name and a quote', async () => {
  const { world, a, b } = await linkedPair({ b: plain });
  const hello = a.server.say('r', 'ann', 'hello');
  a.server.say('r', 'bob', 'indeed', { replyTo: hello.native });
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['<ann> hello', '<bob> > ann: hello\nindeed']);
  assert.ok(b.server.in('r').every(({ author, replyTo }) => !author && !replyTo));
});

test('rule 6, degrade openly: with authors and replies nothing is written into the text', async () => {
  const { world, a, b } = await linkedPair();
  const hello = a.server.say('r', 'ann', 'hello');
  a.server.say('r', 'bob', 'indeed', { replyTo: hello.native });
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['hello', 'indeed']);
  assert.deepEqual(b.server.find('r', 'indeed').author, { name: 'bob', account: 'a', user: 'bob' });
});

test('rule 6, degrade openly: without edits, recalls and reactions there are marked new messages', async () => {
  const { world, a, b } = await linkedPair({ b: plain });
  const hello = a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  await world.finish(a.edit(hello, 'ann', 'hello!'));
  await world.finish(a.react(hello, 'bob', '👍'));
  await world.finish(a.recall(hello, 'ann'));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), [
    '<ann> hello',
    '<ann> ✎ hello!',
    '<bob> 👍 → ann: hello',
    '<ann> ✗ recalled: hello',
  ]);
});

test('rule 6, degrade openly: out of its window an edit is a marked new text, a recall is told in words', async () => {
  const limits = { editWindowMs: 60_000, recallWindowMs: 120_000 };
  const { world, a, b } = await linkedPair({ b: { limits } });
  const hello = a.server.say('r', 'ann', 'hello');
  await world.pass(50_000);
  await world.finish(a.edit(hello, 'ann', 'hello!', { native: 'e1' }));
  await world.pass(20_000);
  assert.deepEqual(b.server.texts('r'), ['hello!']);
  await world.finish(a.edit(hello, 'ann', 'hello!!', { native: 'e2' }));
  await world.pass(60_000);
  await world.finish(a.recall(hello, 'ann'));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['hello!', '✎ hello!!', '✗ recalled: hello']);
});

test('rule 6, degrade openly: a recall takes back the marked new texts too, each by a call of its own name', async () => {
  const { world, a, b } = await linkedPair({ b: { limits: { editWindowMs: 60_000 } } });
  const hello = a.server.say('r', 'ann', 'hello');
  await world.pass(70_000);
  await world.finish(a.edit(hello, 'ann', 'hello!', { native: 'e1' }));
  await world.finish(a.edit(hello, 'ann', 'hello!!', { native: 'e2' }));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['hello', '✎ hello!', '✎ hello!!']);
  await world.finish(a.recall(hello, 'ann'));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), []);
  const tokens = b.calls.map(({ token }) => token);
  assert.equal(new Set(tokens).size, tokens.length);
});

function words(count: number): string {
  return Array.from({ length: count }, (_, number) => `word${number}`).join(' ');
}

test('rule 6, degrade openly: a text that is too long goes in parts, edits and recalls of it too', async () => {
  const { world, a, b } = await linkedPair({ b: { limits: { textBytes: 30 } } });
  const said = a.server.say('r', 'ann', words(12));
  await world.pass(100);
  assert.equal(b.server.texts('r').join(''), words(12));
  const parts = b.server.texts('r').length;
  assert.ok(parts > 2);
  await world.finish(a.edit(said, 'ann', words(20), { native: 'e1' }));
  await world.pass(100);
  assert.equal(b.server.texts('r').join(''), words(20), 'it became longer');
  await world.finish(a.edit(said, 'ann', words(3), { native: 'e2' }));
  await world.pass(100);
  // Not recalled: a later, longer edit needs the parts again.
  assert.equal(b.server.texts('r').join('').replaceAll('—', ''), words(3), 'it became shorter');
  await world.finish(a.recall(said, 'ann'));
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), []);
});

test('rule 6, degrade openly: a text in parts can become shorter and longer again', async () => {
  const { world, a, b } = await linkedPair({ b: { limits: { textBytes: 30 } } });
  const said = a.server.say('r', 'ann', words(12));
  await world.pass(100);
  for (const [number, count] of [3, 12].entries()) {
    await world.finish(a.edit(said, 'ann', words(count), { native: `e${number}` }));
    await world.pass(100);
    // What a shorter text leaves over of the longer one is emptied.
    assert.equal(b.server.texts('r').join('').replaceAll('—', ''), words(count));
  }
});

test('rule 6, degrade openly: an account’s capabilities are what its connection can do', async () => {
  const { world } = await linkedPair({ b: { can: ['edit', 'find'] } });
  assert.deepEqual(
    world.hub.accounts().map(({ capabilities }) => capabilities),
    [
      ['send', 'edit', 'recall', 'react'],
      ['send', 'edit', 'find'],
    ],
  );
});
