/**
 * Rule 4, the id graph is symmetric: any copy leads to the message and to all its other copies, through restarts;
 * only the author edits, a moderator removes; what was not tried yet is changed before it goes out.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLink } from '../../src/hub/links.ts';
import { DeliveryError } from '../../src/hub/errors.ts';
import { textBody, toPlainText } from '../../src/hub/message.ts';
import { never, type FakeAccount, type Shown } from './fake-server.ts';
import { linkedPair, World } from './world.ts';

interface Trio {
  world: World;
  accounts: [FakeAccount, FakeAccount, FakeAccount];
  /** The message that ann said in the first room, and its copies in the other two. */
  copies: () => [Shown, Shown, Shown];
}

/** Three linked rooms in which everybody has read what ann said in the first. */
async function trio({ restarted = false, moderation = true } = {}): Promise<Trio> {
  const world = new World();
  const accounts: Trio['accounts'] = [world.account('a'), world.account('b'), world.account('c')];
  world.links.push(createLink({ name: 'all', rooms: ['a/r', 'b/r', 'c/r'], moderation }));
  await world.start();
  accounts[0].server.say('r', 'ann', 'hello');
  await world.pass(100);
  if (restarted) {
    world.crash();
    await world.start();
  }
  const copies: Trio['copies'] = () => {
    const [a, b, c] = accounts.map(({ server }) => server.in('r')[0]!);
    return [a!, b!, c!];
  };
  return { world, accounts, copies };
}

for (const restarted of [false, true]) {
  const when = restarted ? 'after a restart' : 'while the hub runs';

  test(`rule 4, the id graph is symmetric: an answer to any copy answers each other copy, ${when}`, async () => {
    for (const from of [0, 1, 2]) {
      const { world, accounts, copies } = await trio({ restarted });
      accounts[from]!.server.say('r', 'bob', 'indeed', { replyTo: copies()[from]!.native });
      await world.pass(100);
      accounts.forEach(({ server }, index) => {
        assert.equal(server.find('r', 'indeed').replyTo, copies()[index]!.native, `${from} to ${index}`);
      });
    }
  });

  test(`rule 4, the id graph is symmetric: a reaction to any copy shows at each other copy, ${when}`, async () => {
    for (const from of [0, 1, 2]) {
      const { world, accounts, copies } = await trio({ restarted });
      await world.finish(accounts[from]!.react(copies()[from]!, 'bob', '🎉'));
      await world.pass(100);
      const others = copies().filter((_, index) => index !== from);
      for (const copy of others) assert.deepEqual(copy.reactions, ['🎉']);
      await world.finish(accounts[from]!.react(copies()[from]!, 'bob', '🎉', false));
      await world.pass(100);
      for (const copy of others) assert.deepEqual(copy.reactions, []);
    }
  });

  test(`rule 4, the id graph is symmetric: an edit by the author changes every copy, ${when}`, async () => {
    const { world, accounts, copies } = await trio({ restarted });
    await world.finish(accounts[0].edit(copies()[0], 'ann', 'hello, world', { native: 'e1' }));
    await world.finish(accounts[0].edit(copies()[0], 'ann', 'hello, all', { native: 'e2' }));
    await world.pass(100);
    for (const { server } of accounts.slice(1)) assert.deepEqual(server.texts('r'), ['hello, all']);
  });

  test(`rule 4, the id graph is symmetric: a recall by the author takes back every copy, ${when}`, async () => {
    const { world, accounts, copies } = await trio({ restarted });
    await world.finish(accounts[0].recall(copies()[0], 'ann'));
    await world.pass(100);
    for (const { server } of accounts.slice(1)) assert.deepEqual(server.texts('r'), []);
  });
}

test('rule 4, only the author edits: anybody else is refused, at the original and at every copy', async () => {
  const { world, accounts, copies } = await trio();
  for (const [index, account] of accounts.entries()) {
    const target = copies()[index]!;
    await world.finish(account.edit(target, 'mallory', 'I am a fool', { native: `e${index}` }));
    await world.finish(account.recall(target, 'mallory'));
    // Somebody of the same name, in another room, is somebody else.
    if (index > 0) await world.finish(account.edit(target, 'ann', 'I am a fool', { native: `f${index}` }));
  }
  await world.pass(1000);
  for (const { server } of accounts.slice(1)) assert.deepEqual(server.texts('r'), ['hello']);
  assert.equal(world.hub.counters.refused, 8);
  assert.equal(world.logged.filter(({ message }) => message.startsWith('refused')).length, 8);
});

test('rule 4, a moderator removes: from any room, and it is gone from all', async () => {
  for (const from of [0, 1, 2]) {
    const { world, accounts, copies } = await trio();
    await world.finish(accounts[from]!.recall(copies()[from]!, 'mod', { moderator: true }));
    await world.pass(100);
    const others = copies().filter((_, index) => index !== from);
    assert.deepEqual(
      others.map(({ recalled }) => recalled),
      [true, true],
    );
  }
});

test('rule 4, a moderator removes: but from no other room where the link says moderation: false', async () => {
  const { world, accounts, copies } = await trio({ moderation: false });
  await world.finish(accounts[0].recall(copies()[0], 'mod', { moderator: true }));
  await world.pass(100);
  assert.deepEqual(
    copies().map(({ recalled }) => recalled),
    [false, false, false],
  );
  const journal = await world.finish(world.hub.read(0, { kinds: ['recall'] }, 10));
  assert.equal(journal.events.length, 1, 'that it happened is kept');
  await world.finish(accounts[0].recall(copies()[0], 'ann'));
  await world.pass(100);
  assert.deepEqual(copies()[1].recalled, true, 'the author’s own recall goes everywhere all the same');
});

test('rule 4, the id graph is symmetric: what a program posted has its copies too', async () => {
  const { world, accounts } = await trio();
  await world.finish(world.hub.post({ room: 'b/r', body: textBody('from a bot'), by: 'bot' }));
  await world.pass(100);
  const [, b, c] = accounts;
  c.server.say('r', 'cat', 'good bot', { replyTo: c.server.find('r', 'bot').native });
  await world.pass(100);
  assert.equal(b.server.find('r', 'good bot').replyTo, b.server.find('r', 'from a bot').native);
});

test('rule 4, not tried yet: an edit is folded into the message, the latest wins, and nothing else is sent', async () => {
  const { world, a, b } = await linkedPair();
  b.trouble = new Error('away');
  b.cut();
  const said = a.server.say('r', 'ann', 'frist');
  await world.pass(10);
  await world.finish(a.edit(said, 'ann', 'firts', { native: 'e1' }));
  await world.finish(a.edit(said, 'ann', 'first', { native: 'e2' }));
  a.server.say('r', 'bob', 'second');
  b.trouble = undefined;
  await world.pass(120_000);
  assert.deepEqual(b.server.texts('r'), ['first', 'second']);
  assert.deepEqual(
    b.calls.map(({ act }) => act),
    ['send', 'send'],
  );
});

test('rule 4, not tried yet: a recall cancels the message, so that it is never seen', async () => {
  const { world, a, b } = await linkedPair();
  b.trouble = new Error('away');
  b.cut();
  const said = a.server.say('r', 'ann', 'oops');
  await world.pass(10);
  await world.finish(a.edit(said, 'ann', 'ooops', { native: 'e1' }));
  await world.finish(a.recall(said, 'ann'));
  a.server.say('r', 'bob', 'second');
  b.trouble = undefined;
  await world.pass(120_000);
  assert.deepEqual(
    b.server.in('r').map(({ text }) => text),
    ['second'],
  );
  assert.deepEqual(await world.deliveries('pending', 'sending', 'parked'), []);
});

test('rule 4, under way: an edit or recall waits for the outcome and then finds the copy', async () => {
  for (const act of ['edit', 'recall'] as const) {
    const { world, a, b } = await linkedPair({ b: { latencyMs: 2000, limits: { sendsUnderWay: 4 } } });
    const said = a.server.say('r', 'ann', 'hello');
    await world.pass(100);
    assert.equal(b.calls.length, 1);
    await world.finish(act === 'edit' ? a.edit(said, 'ann', 'hello!') : a.recall(said, 'ann'));
    await world.pass(1000);
    assert.equal(b.calls.length, 1, `the ${act} waits`);
    await world.pass(10_000);
    assert.deepEqual(b.server.texts('r'), act === 'edit' ? ['hello!'] : []);
  }
});

test('rule 4, under way: an act on a send that failed for now is not lost', async () => {
  const { world, a, b } = await linkedPair();
  let tries = 0;
  b.before = () => {
    tries += 1;
    return tries < 3 ? Promise.reject(new DeliveryError('failed', 'busy')) : undefined;
  };
  const said = a.server.say('r', 'ann', 'hello');
  await world.pass(10);
  await world.finish(a.edit(said, 'ann', 'hello!', { native: 'e1' }));
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ['hello!']);
});

test('rule 4, through restarts: an edit made while the hub was down reaches the copies', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['edit', 'find'] } });
  b.after = ({ act }) => (act === 'send' ? never() : undefined);
  const said = a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  world.crash();
  b.after = () => {};
  await world.start();
  await world.finish(a.edit(said, 'ann', 'hello!', { native: 'e1' }));
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ['hello!'], 'its receipt was lost with the hub, and found again');
});

test('rule 4, the id graph is symmetric: all of it can be looked at', async () => {
  const { world, accounts, copies } = await trio();
  await world.finish(accounts[0].edit(copies()[0], 'ann', 'hello!', { native: 'e1' }));
  await world.pass(100);
  const [event] = (await world.finish(world.hub.read(0, {}, 1))).events;
  const journey = await world.finish(world.hub.journey(event!.id));
  assert.deepEqual(journey?.copies.map(({ room }) => room).toSorted(), ['a/r', 'b/r', 'c/r']);
  assert.deepEqual(
    journey?.acts.map(({ kind }) => kind),
    ['edit'],
  );
  assert.deepEqual(journey?.deliveries.map(({ lane, state }) => `${lane} ${state}`).toSorted(), [
    'b/r sent',
    'c/r sent',
  ]);
});

test('rule 4: an act on a message that nobody here knows is nothing, and is no error', async () => {
  const { world, a } = await linkedPair();
  const unknown = { ...a.server.say('elsewhere', 'ann', 'x'), room: 'r', native: 'long ago' };
  await world.finish(a.edit(unknown, 'ann', 'y'));
  await world.finish(a.recall(unknown, 'ann'));
  await world.finish(a.react(unknown, 'ann', '👍'));
  assert.deepEqual(await world.journaled('a/r'), []);
});

test('rule 4, the id graph is symmetric: what refers to a copy before its receipt is written finds it', async () => {
  const { world, a, b } = await linkedPair({ b: { latencyMs: 20 } }, { commitDelayMs: 10 });
  const told: Promise<void>[] = [];
  b.after = ({ act }) => {
    if (act !== 'send' || told.length > 0) return;
    const copy = b.server.find('r', 'hello');
    told.push(b.react(copy, 'bob', '👍'));
    told.push(b.message('r', 'bob', 'indeed', { native: 'answer', replyTo: { native: copy.native } }));
  };
  const hello = a.server.say('r', 'ann', 'hello');
  await world.pass(200);
  assert.equal(told.length, 2);
  await world.finish(Promise.all(told));
  await world.pass(200);
  assert.deepEqual(hello.reactions, ['👍']);
  assert.equal(a.server.find('r', 'indeed').replyTo, hello.native);
});

test('rule 4, the id graph is symmetric: a room is told what stands in it, under its own ids', async () => {
  const { world, accounts, copies } = await trio();
  const [a, b] = accounts;
  const [first] = copies();
  b.server.say('r', 'bob', 'yes', { replyTo: copies()[1].native });
  a.server.say('r', 'ann', 'oops');
  await world.pass(100);
  await world.finish(a.edit(first, 'ann', 'hello!', { native: 'e1' }));
  await world.finish(b.react(copies()[1], 'bob', '👍'));
  await world.finish(a.recall(a.server.find('r', 'oops'), 'ann'));
  await world.pass(100);
  const read = (limit: number, before?: string) => world.finish(b.port!.transcript('r', limit, before));
  const entries = await read(10);
  assert.deepEqual(
    entries.map(({ event, native, edited, reactions, replyTo }) => [
      toPlainText(event.body),
      native,
      edited,
      reactions.map(({ emoji }) => emoji).join(''),
      replyTo?.native,
    ]),
    [
      ['hello!', copies()[1].native, true, '👍', undefined],
      ['yes', b.server.find('r', 'yes').native, false, '', copies()[1].native],
    ],
  );
  const last = entries[1]!.native;
  assert.deepEqual(await read(10, last), entries.slice(0, 1));
  assert.deepEqual(await read(1), entries.slice(1));
  assert.deepEqual(await read(10, 'nothing'), []);
  const inC = await world.finish(accounts[2].port!.transcript('r', 10));
  assert.deepEqual(
    inC.map(({ replyTo }) => replyTo?.native),
    [undefined, copies()[2].native],
  );
});

test('rule 4: an edit that is tried again does not undo a newer one', async () => {
  const { world, a, b } = await linkedPair({ b: { limits: { sendsUnderWay: 4 } } });
  const said = a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  // The first edit is made, but its answer is lost.
  b.after = ({ text }) => (text.includes('first') ? never() : undefined);
  await world.finish(a.edit(said, 'ann', 'the first edit', { native: 'e1' }));
  await world.finish(a.edit(said, 'ann', 'the second edit', { native: 'e2' }));
  await world.pass(100);
  b.after = () => {};
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ['the second edit']);
  const [dropped] = await world.deliveries('dropped');
  assert.equal(dropped?.reason, 'a newer one has taken its place');
});
