/**
 * Rule 9, change while running: a new plan touches what it names and nothing else. (That a bad file changes nothing,
 * and that files are watched, is shown where the configuration is.)
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { JournalError } from '../../src/hub/errors.ts';
import { createLink } from '../../src/hub/links.ts';
import { never } from './fake-server.ts';
import { linkedPair, World } from './world.ts';

async function street(): Promise<{ world: World; say: (text: string) => Promise<void> }> {
  const world = new World();
  for (const id of ['a', 'b', 'c']) world.account(id);
  world.link('a/r', 'b/r');
  await world.start();
  const say = async (text: string) => {
    world.accounts[0]!.server.say('r', 'ann', text);
    await world.pass(100);
  };
  return { world, say };
}

test('rule 9, change while running: an added link works at once, and no connection is touched', async () => {
  const { world, say } = await street();
  const [a, b, c] = world.accounts;
  await say('before');
  world.link('a/r', 'c/s');
  await world.apply();
  assert.deepEqual(c!.rooms, ['s'], 'the account is told of its new room');
  await say('after');
  assert.deepEqual(c!.server.texts('s'), ['after']);
  assert.deepEqual(b!.server.texts('r'), ['before', 'after']);
  assert.deepEqual([a!.runs, b!.runs, c!.runs], [1, 1, 1]);
  assert.deepEqual([a!.opened, b!.opened, c!.opened], [1, 1, 1]);
});

test('rule 9, change while running: what waits for a removed link still goes, nothing new does', async () => {
  const { world, say } = await street();
  const [a, b] = world.accounts;
  b!.before = never;
  await say('one');
  await say('two');
  world.links = [];
  await world.apply();
  assert.deepEqual([a!.rooms, b!.rooms], [[], []]);
  await say('three');
  b!.before = () => {};
  await world.pass(60_000);
  assert.deepEqual(b!.server.texts('r'), ['one', 'two']);
});

test('rule 9, change while running: an edit still follows its message when the link is gone', async () => {
  const { world } = await street();
  const [a, b] = world.accounts;
  const said = a!.server.say('r', 'ann', 'hello');
  await world.pass(100);
  world.links = [];
  await world.apply();
  await world.finish(a!.edit(said, 'ann', 'hello!'));
  await world.pass(100);
  assert.deepEqual(b!.server.texts('r'), ['hello!']);
});

test('rule 9, change while running: the deliveries of a removed account are parked, and can go when it is back', async () => {
  const { world, say } = await street();
  const [, b] = world.accounts;
  b!.before = never;
  for (const text of ['one', 'two', 'three']) await say(text);
  const all = world.accounts;
  world.accounts = all.filter((account) => account !== b);
  world.links = [];
  await world.apply();
  const parked = await world.deliveries('parked');
  assert.deepEqual(
    parked.map(({ reason }) => reason),
    Array.from({ length: 3 }, () => 'account b was removed'),
  );
  assert.deepEqual(await world.deliveries('pending', 'sending'), []);
  assert.deepEqual(
    world.hub.accounts().map(({ id }) => id),
    ['a', 'c'],
  );
  world.accounts = all;
  b!.before = () => {};
  await world.apply();
  await world.pass(10_000);
  assert.deepEqual(b!.server.texts('r'), [], 'they stay parked until a person says so');
  assert.equal(await world.finish(world.hub.retry(parked.map(({ id }) => id))), 3);
  await world.pass(10_000);
  assert.deepEqual(b!.server.texts('r'), ['one', 'two', 'three']);
});

test('rule 9, change while running: an account that was removed while the hub was down is parked at the start', async () => {
  const { world, say } = await street();
  const [, b] = world.accounts;
  b!.before = never;
  await say('one');
  world.crash();
  world.accounts = world.accounts.filter((account) => account !== b);
  world.links = [];
  await world.start();
  assert.equal((await world.deliveries('parked')).length, 1);
});

test('rule 9, change while running: nothing is left waiting for an account that is not there any more', async () => {
  const { world } = await street();
  const [a, b, c] = world.accounts;
  world.links = [createLink({ name: 'all', rooms: ['a/r', 'b/r', 'c/r'] })];
  await world.apply();
  const said = a!.server.say('r', 'ann', 'hello');
  await world.pass(100);
  world.accounts = world.accounts.filter((account) => account !== b);
  world.links = [createLink({ name: 'all', rooms: ['a/r', 'c/r'] })];
  await world.apply();
  await world.finish(a!.edit(said, 'ann', 'hello!', { native: 'e1' }));
  await world.finish(a!.react(said, 'cat', '👍'));
  await world.finish(a!.recall(said, 'ann'));
  await world.pass(1000);
  assert.deepEqual(c!.server.texts('r'), []);
  assert.deepEqual(await world.deliveries('pending', 'sending', 'parked'), []);
});

test('rule 9, change while running: a changed account is opened anew, and what waits for it still goes, in order', async () => {
  const { world, say } = await street();
  const [a, b, c] = world.accounts;
  b!.before = never;
  for (const text of ['one', 'two']) await say(text);
  await world.finish(world.hub.apply(world.plan({ b: 'other password' })));
  assert.deepEqual([a!.opened, b!.opened, c!.opened], [1, 2, 1]);
  b!.before = () => {};
  await say('three');
  await world.pass(60_000);
  assert.deepEqual(b!.server.texts('r'), ['one', 'two', 'three']);
});

test('rule 9, change while running: plans are applied one after the other, and one that fails stops none', async () => {
  const { world, a } = await linkedPair();
  a.server.say('r', 'ann', 'so that there is a lane');
  await world.pass(100);
  a.linger = never;
  a.cut();
  await world.pass(1000);
  const first = world.hub.apply(world.plan({ a: 'one' }));
  // Deliveries of accounts that leave are parked: here the journal fails at it, once.
  const deliveries = world.journal.deliveries.bind(world.journal);
  world.journal.deliveries = () => {
    world.journal.deliveries = deliveries;
    return Promise.reject(new JournalError('journal-full', 'the disk is full'));
  };
  const failing = world.hub.apply({ accounts: [], links: [] });
  const last = world.hub.apply(world.plan({ a: 'two' }));
  await assert.rejects(world.finish(failing), /the disk is full/);
  await world.finish(Promise.all([first, last]));
  assert.deepEqual(
    world.hub.accounts().map(({ id }) => id),
    ['a', 'b'],
  );
});

test('rule 9, change while running: while messages flow, none is lost or doubled by changes', async () => {
  const { world, say } = await street();
  const [a, b] = world.accounts;
  const texts = Array.from({ length: 40 }, (_, number) => `#${number}`);
  for (const [number, text] of texts.entries()) {
    a!.server.say('r', 'ann', text);
    if (number % 4 === 0) {
      world.links = [
        createLink({
          name: 'link',
          rooms: ['a/r', 'b/r'],
          format: number % 8 ? '{nick}: {text}' : '<{nick}> {text}',
        }),
        ...(number % 8 ? [createLink({ name: 'other', rooms: ['a/r', 'c/r'] })] : []),
      ];
      void world.hub.apply(world.plan());
    }
    await world.pass(3);
  }
  await say('end');
  await world.pass(1000);
  assert.deepEqual(b!.server.texts('r'), [...texts, 'end']);
});

test('rule 9, change while running: an account that can take its change in stays connected', async () => {
  const { world, say } = await street();
  const [a, b] = world.accounts;
  const changed = (update: () => boolean) => ({
    accounts: world.plan({ b: 'new' }).accounts.map((plan) => (plan.id === 'b' ? { ...plan, update } : plan)),
  });
  await world.apply(changed(() => true));
  await say('one');
  assert.deepEqual([a!.runs, b!.runs, b!.opened], [1, 1, 1]);
  // The plan it took is the one that counts from now on: the same again changes nothing.
  await world.apply(changed(() => assert.fail('nothing has changed')));
  assert.deepEqual([a!.runs, b!.runs], [1, 1]);
  await world.apply({ accounts: world.plan({ b: 'newer' }).accounts });
  await world.pass(1000);
  assert.deepEqual([a!.runs, b!.runs, b!.opened], [1, 2, 2]);
});
