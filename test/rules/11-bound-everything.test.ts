/**
 * Rule 11, bound everything: a lane keeps a bounded part of its queue in memory and the rest in the journal, has a
 * bounded number of sends under way, and waits a bounded time; nothing that was accepted is dropped for it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import { textBody } from '../../src/hub/message.ts';
import { never, type Traits } from './fake-server.ts';
import { linkedPair, World } from './world.ts';

const texts = Array.from({ length: 100 }, (_, number) => `#${number}.`);

function waiting(world: World): number {
  return world.hub.accounts().find(({ id }) => id === 'b')!.waiting;
}

async function pairWithShortQueue(traits: Traits = {}) {
  return linkedPair({ b: traits }, { settings: { laneQueue: 8 } });
}

test('rule 11, bound everything: a queue is in memory up to its bound, and comes back from the journal in order', async () => {
  for (const sendsUnderWay of [1, 4]) {
    const { world, a, b } = await pairWithShortQueue({ limits: { sendsUnderWay } });
    b.trouble = new Error('away');
    b.cut();
    for (const text of texts) a.server.say('r', 'ann', text);
    await world.pass(100);
    assert.equal(waiting(world), 8);
    assert.equal((await world.deliveries('pending', 'sending')).length, texts.length);
    b.trouble = undefined;
    await world.pass(60_000);
    assert.deepEqual(b.server.texts('r'), texts);
    assert.equal(waiting(world), 0);
  }
});

test('rule 11, bound everything: what comes while the journal is read back keeps its place behind it', async () => {
  const { world, a, b } = await pairWithShortQueue({ latencyMs: 20 });
  for (const text of texts) {
    a.server.say('r', 'ann', text);
    await world.pass(3);
    assert.ok(waiting(world) <= 8 + 1, `${waiting(world)} in memory`);
  }
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), texts);
});

test('rule 11, bound everything: a restart takes up a long queue where it was', async () => {
  const { world, a, b } = await pairWithShortQueue({ can: ['find'] });
  b.trouble = new Error('away');
  b.cut();
  for (const text of texts) a.server.say('r', 'ann', text);
  await world.pass(100);
  for (let crash = 0; crash < 5; crash += 1) {
    world.crash();
    b.trouble = undefined;
    await world.start();
    assert.ok(waiting(world) <= 8 + 1);
    await world.pass(60);
  }
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), texts);
});

test('rule 11, bound everything: what is dropped, retried or edited beyond the bound is so all the same', async () => {
  const { world, a, b } = await pairWithShortQueue();
  b.before = ({ text }) => {
    if (text === '#0.') throw new DeliveryError('failed', 'no zero', { permanent: true });
    return never();
  };
  for (const text of texts.slice(0, 40)) a.server.say('r', 'ann', text);
  await world.pass(100);
  const all = await world.deliveries();
  const idOf = (text: string) =>
    all.find(({ event }) => 'body' in event && event.body.some((s) => 'text' in s && s.text === text))!.id;
  assert.equal(await world.finish(world.hub.drop([idOf('#30.')])), 1);
  assert.equal(await world.finish(world.hub.retry([idOf('#0.')])), 1);
  await world.finish(a.recall(a.server.find('r', '#20.'), 'ann'));
  await world.finish(a.edit(a.server.find('r', '#25.'), 'ann', 'edited', { native: 'e1' }));
  b.before = () => {};
  b.cut();
  await world.pass(120_000);
  const expected = texts.slice(0, 40).filter((text) => text !== '#30.' && text !== '#20.');
  assert.deepEqual(
    b.server.texts('r').toSorted(),
    expected.map((text) => (text === '#25.' ? 'edited' : text)).toSorted(),
  );
  assert.deepEqual(await world.deliveries('pending', 'sending', 'parked'), []);
});

test('rule 11, bound everything: no more sends are under way than the connection keeps in order', async () => {
  for (const sendsUnderWay of [1, 3, 16]) {
    const { world, a, b } = await linkedPair({ b: { limits: { sendsUnderWay }, latencyMs: 100 } });
    let [open, most] = [0, 0];
    b.before = () => {
      open += 1;
      most = Math.max(most, open);
    };
    b.after = () => void (open -= 1);
    for (const text of texts) a.server.say('r', 'ann', text);
    await world.pass(60_000);
    assert.equal(most, sendsUnderWay);
    assert.deepEqual(b.server.texts('r'), texts);
  }
});

test('rule 11, bound everything: an account sends no faster than its network takes, over all its rooms', async () => {
  const world = new World();
  const a = world.account('a');
  const b = world.account('b', { limits: { sendsPerSecond: 5 } });
  for (const room of ['r', 's', 't']) world.link(`a/${room}`, `b/${room}`);
  await world.start();
  for (const text of texts.slice(0, 30)) for (const room of ['r', 's', 't']) a.server.say(room, 'ann', text);
  await world.pass(60_000);
  const times = b.calls.map(({ atMs }) => atMs);
  assert.equal(times.length, 90);
  for (let index = 5; index < times.length; index += 1) {
    const inWindow = times.filter((at) => at > times[index]! - 1000 && at <= times[index]!).length;
    assert.ok(inWindow <= 10, `${inWindow} within a second: five, and a burst of five`);
  }
  const tookMs = times.at(-1)! - times[0]!;
  assert.ok(tookMs >= 16_500 && tookMs <= 18_500, `90 sends at 5 a second took ${tookMs} ms`);
  for (const room of ['r', 's', 't']) assert.deepEqual(b.server.texts(room), texts.slice(0, 30));
});

test('rule 11, bound everything: one send takes no longer than its time', async () => {
  const { world, a, b } = await linkedPair({ b: { limits: { sendTimeoutMs: 2_000 } } });
  b.before = ({ text }) => (text === '#0.' && b.calls.length === 1 ? never() : undefined);
  for (const text of texts.slice(0, 3)) a.server.say('r', 'ann', text);
  await world.pass(3_000);
  assert.deepEqual(b.server.texts('r'), texts.slice(0, 3));
});

test('rule 11, bound everything: old events are deleted, but none that still waits, nor anything behind it', async () => {
  const day = 24 * 3600_000;
  const setup = { settings: { retentionMs: day, trimEveryMs: 60_000 } };
  const { world, a, b } = await linkedPair({}, setup);
  for (const text of texts) a.server.say('r', 'ann', text);
  await world.pass(day / 2);
  b.before = never;
  a.server.say('r', 'ann', 'stuck');
  await world.pass(1000);
  a.server.say('r', 'ann', 'behind it');
  await world.pass(day * 3);
  assert.deepEqual(await world.journaled(), ['stuck', 'behind it']);
  b.before = () => {};
  b.cut();
  await world.pass(60_000 * 5);
  assert.deepEqual(b.server.texts('r').slice(-2), ['stuck', 'behind it']);
  assert.deepEqual(await world.journaled(), []);
});

test('rule 11, bound everything: an event is still known again after it was deleted', async () => {
  const day = 24 * 3600_000;
  const { world, a, b } = await linkedPair({}, { settings: { retentionMs: day, trimEveryMs: 3_600_000 } });
  await world.finish(a.message('r', 'ann', 'once', { native: '1' }));
  await world.finish(world.hub.post({ room: 'a/r', body: textBody('posted'), by: 'bot', key: 'k' }));
  await world.pass(day * 3);
  assert.deepEqual(await world.journaled(), []);
  await world.finish(a.message('r', 'ann', 'once', { native: '1', delayed: true }));
  await world.finish(world.hub.post({ room: 'a/r', body: textBody('posted'), by: 'bot', key: 'k' }));
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), ['once', 'posted']);
});
