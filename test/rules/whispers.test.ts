/**
 * Private mail between people of two networks: it reaches the one it is for and nobody else, durably and in order, and
 * the answer finds its way back. In these tests people of `a` have a room with each person they write to, as an XMPP
 * user has with a puppet; an account of `b` has one room with each person, whoever writes to them.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import type { MessageReport } from '../../src/hub/event.ts';
import type { FakeAccount, Traits } from './fake-server.ts';
import { World } from './world.ts';

const bob = { account: 'b', user: 'bob' };
/** Where bob, on the network of `b`, talks with our account there. */
const bobsRoom = 'dm:bob';

interface Scene {
  world: World;
  a: FakeAccount;
  b: FakeAccount;
}

async function scene(traits: { a?: Traits; b?: Traits } = {}): Promise<Scene> {
  const world = new World();
  const a = world.account('a', { direct: 'a room for each', ...traits.a });
  const b = world.account('b', { direct: 'one room', carries: ['reply'], ...traits.b });
  await world.start();
  return { world, a, b };
}

/** Where somebody of `a` talks with bob. */
function roomOf(a: FakeAccount, who: string): string {
  return a.direct(who, { ...bob, name: 'bob' });
}

/** Somebody of `a` writes to bob. */
function write(a: FakeAccount, who: string, text: string, more: Partial<MessageReport> = {}): Promise<void> {
  return a.message(roomOf(a, who), who, text, { to: bob, ...more });
}

test('a private message names who writes, and the answer comes back into the same conversation', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'are you there?'));
  await world.pass(100);
  assert.deepEqual(b.server.texts(bobsRoom), ['[private from ann] are you there?']);
  b.server.say(bobsRoom, 'bob', 'yes');
  await world.pass(100);
  assert.deepEqual(
    a.server.in(roomOf(a, 'ann')).map(({ text, author }) => [text, author]),
    [['yes', { name: 'bob', account: 'b', user: 'bob' }]],
  );
  assert.equal(b.server.shown.length, 2, 'nothing comes back to where it was said');
  const page = await world.finish(world.hub.read(0, { kinds: ['message'] }, 10));
  assert.deepEqual(
    page.events.map((event) => 'to' in event && event.to),
    [bob, { account: 'a', user: 'ann' }],
    'the journal tells that it is private, and for whom',
  );
});

test('what the network can show itself needs no name before the text', async () => {
  const { world, a, b } = await scene({ b: { carries: ['author', 'reply'] } });
  await world.finish(write(a, 'ann', 'hello'));
  await world.pass(100);
  const [shown] = b.server.in(bobsRoom);
  assert.equal(shown?.text, 'hello');
  assert.deepEqual(shown?.author, { name: 'ann', account: 'a', user: 'ann' });
});

test('two who write to one person are told apart by replies, by name, or not at all', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'one', { native: '1' }));
  await world.finish(write(a, 'Eve Lee', 'two'));
  await world.pass(100);
  const said = [
    () => b.server.say(bobsRoom, 'bob', 'for ann', { replyTo: b.server.find(bobsRoom, 'one').native }),
    () => b.server.say(bobsRoom, 'bob', '@eve lee: for eve'),
    () => b.server.say(bobsRoom, 'bob', '@ann for ann again'),
    () => b.server.say(bobsRoom, 'bob', 'for whom?'),
    () => b.server.say(bobsRoom, 'bob', '@annabel who is that?'),
  ];
  for (const say of said) {
    say();
    await world.pass(100);
  }
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), ['for ann', 'for ann again']);
  assert.deepEqual(a.server.texts(roomOf(a, 'Eve Lee')), ['for eve']);
  const notices = b.server.texts(bobsRoom).filter((text) => text.startsWith('[hutong] '));
  assert.equal(notices.length, 2);
  assert.match(notices[0] ?? '', /does not say whom it is for.*"@ann", "@Eve Lee"/);
  const journaled = await world.journaled(`b/${bobsRoom}`);
  assert.ok(journaled.includes('for whom?'), 'it is kept, though it reached nobody');
});

test('a reply goes where what it answers came from, or went, even to an own message', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'one'));
  await world.finish(write(a, 'eve', 'two'));
  await world.pass(100);
  const own = b.server.say(bobsRoom, 'bob', '@eve hello');
  await world.pass(100);
  b.server.say(bobsRoom, 'bob', 'and', { replyTo: own.native });
  await world.pass(100);
  assert.deepEqual(a.server.texts(roomOf(a, 'eve')), ['hello', 'and']);
  b.server.say(bobsRoom, 'bob', 'what?', { replyTo: 'nobody knows' });
  await world.pass(100);
  assert.match(b.server.texts(bobsRoom).at(-1) ?? '', /^\[hutong\] Nobody got this/);
});

test('people of one name are numbered, so that an answer can name either', async () => {
  const { world, a, b } = await scene();
  for (const id of ['u1', 'u2']) {
    await world.finish(write(a, id, `from ${id}`, { sender: { id, name: 'Ann' } }));
  }
  await world.pass(100);
  assert.deepEqual(b.server.texts(bobsRoom), ['[private from Ann] from u1', '[private from Ann~2] from u2']);
  b.server.say(bobsRoom, 'bob', '@Ann~2 to the second');
  b.server.say(bobsRoom, 'bob', '@ann to the first');
  await world.pass(200);
  assert.deepEqual(a.server.texts(roomOf(a, 'u2')), ['to the second']);
  assert.deepEqual(a.server.texts(roomOf(a, 'u1')), ['to the first']);
});

test('two of one name who write at the same moment are numbered, too', async () => {
  const { world, a, b } = await scene();
  const both = ['u1', 'u2'].map((id) => write(a, id, `from ${id}`, { sender: { id, name: 'Ann' } }));
  await world.finish(Promise.all(both).then(() => {}));
  await world.pass(100);
  assert.deepEqual(b.server.texts(bobsRoom).toSorted(), [
    '[private from Ann] from u1',
    '[private from Ann~2] from u2',
  ]);
});

test('who answers is known by the room, whatever id the network has for them there', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'hello'));
  await world.pass(100);
  await world.finish(b.message(bobsRoom, 'room/bob', 'hi', { native: 'x' }));
  await world.pass(100);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), ['hi']);
});

test('an answer under another name is still theirs; who takes the old name answers nobody', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'hello'));
  await world.pass(100);
  b.nicks.set('bob', 'rob');
  const who = { id: 'bob', name: 'rob' };
  await world.finish(b.report({ kind: 'rename', room: 'r', native: 'x', who, oldName: 'bob' }));
  await world.finish(b.message('dm:rob', 'room/rob', 'it is still me', { native: '1' }));
  await world.finish(b.message(bobsRoom, 'room/bob', 'who are you?', { native: '2' }));
  await world.pass(100);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), ['it is still me']);
  assert.deepEqual(b.server.texts(bobsRoom).slice(1), [], 'nor is told who writes to the other one');
});

test('who has taken the name of somebody who left is not taken for them', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'hello'));
  await world.pass(100);
  b.away.add('bob');
  await world.finish(b.message(bobsRoom, 'room/bob', 'mallory here', { native: '2' }));
  await world.pass(100);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), []);
});

test('what somebody says with another client of our account is no answer', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'hello'));
  await world.pass(100);
  await world.finish(b.message(bobsRoom, b.self.id, 'mine', { native: 'x', own: true, sender: b.self }));
  await world.pass(100);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), []);
});

test('an edit, a recall, a reaction and a reply go the same way, in both directions', async () => {
  const { world, a, b } = await scene();
  const room = roomOf(a, 'ann');
  await world.finish(write(a, 'ann', 'a qestion', { native: 'm1' }));
  await world.finish(write(a, 'ann', 'a mistake', { native: 'm2' }));
  await world.pass(100);
  const ann = { id: 'ann', name: 'ann' };
  await world.finish(
    a.report({
      kind: 'edit',
      room,
      actor: ann,
      target: 'm1',
      body: [{ type: 'text', text: 'a question' }],
    }),
  );
  await world.finish(a.report({ kind: 'recall', room, actor: ann, target: 'm2' }));
  await world.pass(100);
  assert.deepEqual(b.server.texts(bobsRoom), ['[private from ann] a question']);
  const question = b.server.find(bobsRoom, 'question');
  await world.finish(b.react(question, 'bob', '👍'));
  const answer = b.server.say(bobsRoom, 'bob', 'an answer', { replyTo: question.native });
  await world.pass(100);
  await world.finish(b.edit(answer, 'bob', 'a better answer'));
  await world.pass(100);
  assert.equal(a.server.find(room, 'a better answer').replyTo, 'm1');
  assert.deepEqual(
    a.calls.map(({ act, text }) => [act, text]),
    [
      ['react', '👍'],
      ['send', 'an answer'],
      ['edit', 'a better answer'],
    ],
  );
});

test('it is durable before it is acknowledged, in order, and who wrote is known after a restart', async () => {
  const { world, a, b } = await scene();
  b.before = () => new Promise(() => {});
  const texts = Array.from({ length: 20 }, (_, number) => `#${number}`);
  await world.finish(
    Promise.all(texts.map((text) => write(a, 'ann', text, { native: text }))).then(() => {}),
  );
  world.crash();
  b.before = () => {};
  await world.start();
  await world.pass(60_000);
  assert.deepEqual(
    b.server.texts(bobsRoom),
    texts.map((text) => `[private from ann] ${text}`),
  );
  b.server.say(bobsRoom, 'bob', 'all of them');
  world.crash('kept');
  await world.start();
  await world.pass(60_000);
  b.server.say(bobsRoom, 'bob', 'really');
  await world.pass(100);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')).slice(-1), ['really']);
  await world.finish(write(a, 'ann', '#0', { native: '#0' }));
  await world.pass(100);
  assert.equal(b.server.in(bobsRoom).filter(({ by }) => by === 'b').length, texts.length, 'none came twice');
});

test('where nobody can be written to, who writes is told at once, and nothing is kept', async () => {
  const { world, a, b } = await scene();
  b.away.add('bob');
  await assert.rejects(world.finish(write(a, 'ann', 'hello')), {
    code: 'person-away',
    message: 'bob has left',
  });
  await assert.rejects(
    world.finish(a.message('x', 'ann', 'hello', { to: { account: 'gone', user: 'bob' } })),
    { code: 'account-unknown' },
  );
  assert.deepEqual(await world.journaled(), []);
  b.away.clear();
  await world.finish(write(a, 'ann', 'hello'));
  await world.pass(100);
  assert.equal(b.server.in(bobsRoom).length, 1, 'and what comes after a refusal goes through');
});

test('an account that talks with nobody alone refuses; one that is away takes what is for known people', async () => {
  const { world, a, b } = await scene();
  const c = world.account('c');
  await world.apply();
  await world.pass(100);
  await assert.rejects(
    world.finish(a.message('x', 'ann', 'hello', { to: { account: c.id, user: 'carol' } })),
    { code: 'not-supported' },
  );
  await world.finish(write(a, 'ann', 'one'));
  await world.pass(100);
  b.trouble = new Error('the network is away');
  b.cut();
  await world.pass(1000);
  await world.finish(write(a, 'ann', 'two'));
  await assert.rejects(world.finish(a.message('y', 'ann', 'hi', { to: { account: 'b', user: 'new' } })), {
    code: 'person-away',
  });
  b.trouble = undefined;
  await world.pass(120_000);
  assert.deepEqual(b.server.texts(bobsRoom), ['[private from ann] one', '[private from ann] two']);
});

test('a setting switches it off, for those who write and those who are written to', async () => {
  const { world, a } = await scene();
  for (const id of ['a', 'b']) {
    const plan = world.plan();
    await world.apply({
      accounts: plan.accounts.map((account) => ({ ...account, direct: account.id !== id })),
    });
    await assert.rejects(world.finish(write(a, 'ann', 'hello')), { code: 'not-allowed' });
  }
});

test('a message that is given up after it was taken is told to who wrote it', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'one'));
  await world.pass(100);
  b.before = () => {
    throw new DeliveryError('failed', 'bob has blocked us', { permanent: true });
  };
  await world.finish(write(a, 'ann', 'two'));
  await world.pass(1000);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), [
    '[hutong] This did not reach anybody: "two" (bob has blocked us)',
  ]);
  assert.equal((await world.deliveries('parked')).length, 1);
});

test('who wrote to somebody whose account is removed is told that it will not arrive', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'one'));
  await world.pass(100);
  b.trouble = new Error('away');
  b.cut();
  await world.pass(100);
  await world.finish(write(a, 'ann', 'two'));
  world.accounts.splice(world.accounts.indexOf(b), 1);
  await world.apply();
  await world.pass(1000);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), [
    '[hutong] This did not reach anybody: "two" (account b was removed)',
  ]);
});

test('an answer that cannot go back is told to who answered', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'one'));
  await world.pass(100);
  a.away.add('ann');
  b.server.say(bobsRoom, 'bob', 'too late');
  await world.pass(100);
  assert.equal(
    b.server.texts(bobsRoom).at(-1),
    '[hutong] This did not reach anybody: "too late" (ann has left)',
  );
});

test('a private conversation never reaches a linked room, nor a linked room a private one', async () => {
  const world = new World();
  const a = world.account('a', { direct: 'a room for each' });
  const b = world.account('b', { direct: 'one room' });
  world.link('a/r', 'b/r');
  await world.start();
  await world.finish(write(a, 'ann', 'hello'));
  b.server.say('r', 'bob', 'in the open');
  b.server.say(bobsRoom, 'bob', 'in private');
  await world.pass(200);
  assert.deepEqual(a.server.texts('r'), ['in the open']);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), ['in private']);
  assert.deepEqual(b.server.texts('r'), ['in the open']);
  world.link(`b/${bobsRoom}`, 'a/r');
  await world.apply();
  await assert.rejects(world.finish(write(a, 'ann', 'again')), { code: 'not-allowed' });
});

test('somebody who does not write for a month is nobody’s only correspondent any more', async () => {
  const { world, a, b } = await scene();
  await world.finish(write(a, 'ann', 'one'));
  await world.pass(31 * 24 * 3_600_000);
  b.server.say(bobsRoom, 'bob', 'hello?');
  await world.pass(100);
  assert.deepEqual(a.server.texts(roomOf(a, 'ann')), []);
  assert.equal(b.server.texts(bobsRoom).length, 2, 'it is said to our account, as any direct message');
});
