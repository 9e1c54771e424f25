/**
 * Rule 1, durable first: what the hub has acknowledged is in the journal, with its deliveries; what is seen again is
 * known again; what only looks the same is not taken for the same.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { JournalError } from '../../src/hub/errors.ts';
import { RequestError } from '../../src/hub/errors.ts';
import { textBody } from '../../src/hub/message.ts';
import { linkedPair } from './world.ts';

test('rule 1, durable first: receive resolves when the event is committed, and not before', async () => {
  const { world, a } = await linkedPair({}, { commitDelayMs: 100 });
  const received = a.message('r', 'ann', 'hello', { native: '1' });
  assert.equal(await world.settlesWithin(received, 99), false);
  assert.equal(await world.settlesWithin(received, 2), true);
  assert.deepEqual(await world.journaled(), ['hello']);
});

test('rule 1, durable first: what was not committed at a power cut is told again and kept then', async () => {
  const { world, a, b } = await linkedPair({}, { commitDelayMs: 100 });
  const received = a.message('r', 'ann', 'hello', { native: '1' });
  world.crash('lost');
  assert.equal(await world.settlesWithin(received, 10_000), false, 'nobody was told that it is durable');
  await world.start();
  assert.deepEqual(await world.journaled(), []);
  await world.finish(a.message('r', 'ann', 'hello', { native: '1' }));
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), ['hello']);
});

test('rule 1, durable first: an event and its deliveries are committed as one', async () => {
  const { world, a, b } = await linkedPair({}, { commitDelayMs: 100 });
  void a.message('r', 'ann', 'hello', { native: '1' });
  world.crash('kept');
  await world.start();
  await world.pass(10_000);
  assert.deepEqual(b.server.texts('r'), ['hello'], 'committed, though nobody was told: it is delivered');
  await world.finish(a.message('r', 'ann', 'hello', { native: '1' }));
  await world.pass(10_000);
  assert.deepEqual(b.server.texts('r'), ['hello'], 'the network told it again, not having been told');
});

test('rule 1, durable first: an event that the journal cannot take is refused, and the next one is taken', async () => {
  const { world, a, b } = await linkedPair();
  const append = world.journal.append.bind(world.journal);
  const set = world.journal.set.bind(world.journal);
  world.journal.append = () => Promise.reject(new Error('the disk is full'));
  world.journal.set = () => Promise.reject(new Error('the disk is full'));
  await assert.rejects(world.finish(a.message('r', 'ann', 'one', { native: '1' })), /disk is full/);
  assert.equal((await world.hub.appendFailure())?.message, 'the disk is full');
  Object.assign(world.journal, { append, set });
  await world.finish(a.message('r', 'ann', 'one', { native: '1' }));
  assert.equal(await world.hub.appendFailure(), undefined);
  await world.finish(a.message('r', 'ann', 'two', { native: '2' }));
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), ['one', 'two']);
});

test('rule 1, durable first: what waits behind an event that the journal cannot take is refused with it, or it would come before it', async () => {
  const { world, a, b } = await linkedPair();
  const append = world.journal.append.bind(world.journal);
  world.journal.append = () => {
    world.journal.append = append;
    return Promise.reject(new JournalError('journal-full', 'the disk is full'));
  };
  // One answers something, which is looked up first: the others wait behind it.
  const tell = (text: string, replyTo?: string) =>
    a.message('r', 'ann', text, {
      native: text,
      ...(replyTo !== undefined && { replyTo: { native: replyTo } }),
    });
  const told = [tell('one', 'long ago'), tell('two'), tell('three')];
  const outcomes = await world.finish(Promise.allSettled(told));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  for (const text of ['one', 'two', 'three']) await world.finish(tell(text));
  await world.pass(1000);
  assert.deepEqual(
    b.server.in('r').map(({ text }) => text),
    ['one', 'two', 'three'],
  );
});

test('rule 1, durable first: an event is known again by its own id, after a restart too', async () => {
  const { world, a, b } = await linkedPair();
  for (let time = 0; time < 3; time += 1) await world.finish(a.message('r', 'ann', 'hi', { native: '1' }));
  await world.pass(100);
  world.crash();
  await world.start();
  await world.finish(a.message('r', 'ann', 'hi', { native: '1', delayed: true }));
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), ['hi']);
  assert.deepEqual(await world.journaled(), ['hi']);
  assert.equal(world.hub.counters.duplicates, 1);
});

test('rule 1, durable first: the same id in another room is another event', async () => {
  const { world, a } = await linkedPair();
  await world.finish(a.message('r', 'ann', 'here', { native: '1' }));
  await world.finish(a.message('s', 'ann', 'there', { native: '1' }));
  assert.deepEqual(await world.journaled(), ['here', 'there']);
});

test('rule 1, durable first: live messages without an id of their own are never taken for one another', async () => {
  const { world, a, b } = await linkedPair();
  for (let time = 0; time < 3; time += 1) await world.finish(a.message('r', 'ann', 'ok', { clientId: 'c' }));
  await Promise.all(
    [a.message('r', 'ann', 'ok'), a.message('r', 'ann', 'ok')].map((kept) => world.finish(kept)),
  );
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), ['ok', 'ok', 'ok', 'ok', 'ok']);
});

test('rule 1, durable first: a delayed copy without an id is known by sender, client id and body', async () => {
  const { world, a } = await linkedPair();
  await world.finish(a.message('r', 'ann', 'hi', { clientId: 'c1' }));
  const delayed = (by: string, text: string, clientId: string) =>
    world.finish(a.message('r', by, text, { clientId, delayed: true }));
  await delayed('ann', 'hi', 'c1');
  assert.deepEqual(await world.journaled(), ['hi'], 'the copy adds nothing');
  await delayed('bob', 'hi', 'c1');
  await delayed('ann', 'ho', 'c1');
  await delayed('ann', 'hi', 'c2');
  assert.deepEqual(await world.journaled(), ['hi', 'hi', 'ho', 'hi'], 'one that differs does');
  await delayed('ann', 'hi', 'c2');
  assert.equal((await world.journaled()).length, 4);
});

test('rule 1, durable first: acts without ids are known by message, actor, act and time', async () => {
  const { world, a, b } = await linkedPair();
  const hi = a.server.say('r', 'ann', 'hi');
  await world.pass(100);
  const acts = async () =>
    (await world.finish(world.hub.read(0, {}, 100))).events.filter(({ kind }) => kind !== 'message').length;
  const at = 1_700_000_000_000;
  const react = (by: string, emoji: string, added: boolean, when = at) =>
    world.finish(
      a.report({
        kind: 'reaction',
        room: 'r',
        target: hi.native,
        actor: { id: by, name: by },
        emoji,
        added,
        at: when,
      }),
    );
  await react('bob', '👍', true);
  await react('bob', '👍', true);
  assert.equal(await acts(), 1, 'told twice, it is one');
  await react('cat', '👍', true);
  await react('bob', '🎉', true);
  await react('bob', '👍', false);
  await react('bob', '👍', true, at + 1);
  assert.equal(await acts(), 5, 'somebody else’s, another, one taken off and one put on again are more');
  await world.finish(a.edit(hi, 'ann', 'hi!', { at }));
  await world.finish(a.edit(hi, 'ann', 'hi!', { at }));
  assert.equal(await acts(), 6);
  await world.finish(a.edit(hi, 'ann', 'hi!!', { at }));
  assert.equal(await acts(), 7, 'two edits within one tick of a network’s clock are two');
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), ['hi!!']);
});

test('rule 1, durable first: a post resolves once durable, and its key makes it one, whatever happens between', async () => {
  const { world, a, b } = await linkedPair({}, { commitDelayMs: 100 });
  const post = (key: string, by = 'bot') => world.hub.post({ room: 'a/r', body: textBody(key), by, key });
  const first = post('k1');
  assert.equal(await world.settlesWithin(first, 90), false);
  const { id, duplicate } = await world.finish(first);
  assert.equal(duplicate, false);
  assert.deepEqual(await world.finish(post('k1')).then((posted) => [posted.id, posted.duplicate]), [
    id,
    true,
  ]);
  void post('k2');
  world.crash('kept');
  await world.start();
  const again = await world.finish(post('k2'));
  assert.equal(again.duplicate, true, 'the first try was kept, though nobody was told');
  assert.equal((await world.finish(post('k1', 'other bot'))).duplicate, false, 'keys are each program’s own');
  await world.pass(10_000);
  assert.deepEqual(a.server.texts('r'), ['k1', 'k2', 'k1']);
  assert.deepEqual(b.server.texts('r'), ['k1', 'k2', 'k1']);
});

test('rule 1, durable first: a post without a key is always a new one', async () => {
  const { world, b } = await linkedPair();
  for (let time = 0; time < 2; time += 1) {
    await world.finish(world.hub.post({ room: 'a/r', body: textBody('tick'), by: 'bot' }));
  }
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r').length, 2);
});

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof RequestError && error.code === code;
}

test('rule 1, durable first: a post that cannot be made is refused with a code', async () => {
  const { world } = await linkedPair();
  await assert.rejects(
    world.finish(world.hub.post({ room: 'nobody/r', body: textBody('x'), by: 'bot' })),
    refused('account-unknown'),
  );
  await assert.rejects(
    world.finish(world.hub.post({ room: 'a/r', body: textBody('x'), by: 'bot', replyTo: 'nothing' })),
    refused('message-unknown'),
  );
  assert.deepEqual(await world.journaled(), []);
});
