/**
 * What people ask of an account: to be its contact, to be let into a room, to come into one. A request waits for whoever
 * decides, is answered once, and the network is told of it whatever happens in between.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import type { AnswerReport, RequestReport } from '../../src/hub/event.ts';
import type { RequestStatus } from '../../src/hub/face.ts';
import type { FakeAccount, Traits } from './fake-server.ts';
import { World, type WorldSetup } from './world.ts';

const ann = { id: 'ann', name: 'Ann' };
const contact: RequestReport = {
  kind: 'request',
  room: 'dm:ann',
  direct: true,
  ask: 'contact',
  request: 'q1',
  from: ann,
  comment: 'we met yesterday',
};

async function scene(traits: Traits = {}, setup: WorldSetup = {}): Promise<{ world: World; a: FakeAccount }> {
  const world = new World(setup);
  const a = world.account('a', { can: ['answer'], ...traits });
  await world.start();
  return { world, a };
}

async function requests(world: World): Promise<RequestStatus[]> {
  return world.finish(world.hub.requests('a'));
}

/** The only request. */
async function only(world: World): Promise<RequestStatus> {
  const [first, ...more] = await requests(world);
  assert.ok(first);
  assert.deepEqual(more, []);
  return first;
}

/** What the network was asked to answer. */
function answers(a: FakeAccount): string[] {
  return a.calls.filter(({ act }) => act === 'answer').map(({ text }) => text);
}

async function answer(world: World, accepted: boolean, more: { reason?: string } = {}) {
  const { request } = await only(world);
  return world.finish(world.hub.answer({ request: request.id, accepted, by: 'admin', ...more }));
}

test('a request waits for an answer, which the network is told of, once', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  const asked = await only(world);
  assert.equal(asked.state, 'open');
  const { ask, from, comment, room } = asked.request;
  assert.deepEqual([ask, from, comment, room], ['contact', ann, 'we met yesterday', 'a/dm:ann']);
  const first = await answer(world, true);
  await world.pass(100);
  assert.deepEqual(answers(a), ['q1: yes']);
  const decided = await only(world);
  assert.deepEqual(
    [decided.state, decided.answer?.postedBy, decided.delivery?.state],
    ['accepted', 'admin', 'sent'],
  );
  const again = await answer(world, true);
  assert.deepEqual([again.id, again.duplicate], [first.id, true]);
  await assert.rejects(answer(world, false), { code: 'request-answered' });
  await world.pass(100);
  assert.deepEqual(answers(a), ['q1: yes']);
});

test('whoever follows the events is told of the request, of its answer, and of what became of it', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  await answer(world, false, { reason: 'no strangers' });
  await world.pass(100);
  const { events } = await world.finish(world.hub.read(0, {}, 10));
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['request', 'answer', 'outcome'],
  );
  assert.deepEqual(answers(a), ['q1: no, no strangers']);
});

test('a request that is told again is one', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  await world.finish(a.report({ ...contact, comment: 'told from the history', delayed: true }));
  assert.equal((await only(world)).request.comment, 'we met yesterday');
});

test('a request has ids of its own: a message with the same one is no duplicate', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  await world.finish(a.message('dm:ann', 'ann', 'hello', { native: 'q1' }));
  assert.deepEqual(await world.journaled(), ['hello']);
});

test('an answer is durable while the account is away, and goes out after a crash', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  a.trouble = new Error('the server is away');
  a.cut();
  await answer(world, true);
  world.crash();
  a.trouble = undefined;
  await world.start();
  await world.pass(60_000);
  assert.deepEqual(answers(a), ['q1: yes']);
  assert.equal((await only(world)).delivery?.state, 'sent');
});

test('an answer of which nobody knows whether it arrived is given again', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  let tries = 0;
  a.after = () => {
    tries += 1;
    if (tries === 1) throw new DeliveryError('unknown', 'the connection broke');
  };
  await answer(world, true);
  await world.pass(10_000);
  assert.deepEqual(answers(a), ['q1: yes', 'q1: yes']);
  assert.equal((await only(world)).delivery?.state, 'sent');
});

test('what was answered with another client, or is out of date, is shown so and cannot be answered any more', async () => {
  for (const how of ['accepted', 'gone'] as const) {
    const { world, a } = await scene();
    await world.finish(a.report(contact));
    const told: AnswerReport = { kind: 'answer', room: 'dm:ann', request: 'q1', answer: how, actor: ann };
    await world.finish(a.report(told));
    await world.finish(a.report(told));
    const status = await only(world);
    assert.deepEqual([status.state, status.answer?.actor], [how, ann]);
    await assert.rejects(answer(world, false), { code: 'request-answered' });
    assert.deepEqual(answers(a), []);
  }
});

test('an answer that comes right behind its request finds it', async () => {
  const { world, a } = await scene();
  const both = Promise.all([
    a.report(contact),
    a.report({ kind: 'answer', room: 'dm:ann', request: 'q1', answer: 'refused' }),
  ]);
  await world.finish(both);
  assert.equal((await only(world)).state, 'refused');
});

test('an answer to a request that nobody knows adds nothing', async () => {
  const { world, a } = await scene();
  await world.finish(a.report({ kind: 'answer', room: 'dm:ann', request: 'q7', answer: 'accepted' }));
  assert.equal(world.hub.counters.appended, 0);
});

test('of two who answer at once one is told that the other was faster', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  const { request } = await only(world);
  const both = Promise.allSettled([
    world.hub.answer({ request: request.id, accepted: true, by: 'one' }),
    world.hub.answer({ request: request.id, accepted: false, by: 'other' }),
  ]);
  const [one, other] = await world.finish(both);
  assert.equal(one.status, 'fulfilled');
  assert.equal(other.status === 'rejected' && (other.reason as { code?: string }).code, 'request-answered');
  await world.pass(100);
  assert.deepEqual(answers(a), ['q1: yes']);
});

test('a network that does not take an answer is shown with its reason, and there can be another', async () => {
  const { world, a } = await scene();
  await world.finish(a.report(contact));
  a.before = () => {
    throw new DeliveryError('failed', 'too many contacts', { permanent: true });
  };
  await answer(world, true);
  await world.pass(100);
  const failed = await only(world);
  assert.deepEqual([failed.delivery?.state, failed.delivery?.reason], ['parked', 'too many contacts']);
  a.before = () => {};
  await answer(world, false);
  await world.pass(100);
  assert.deepEqual(answers(a), ['q1: yes', 'q1: no, ']);
  const decided = await only(world);
  assert.deepEqual([decided.state, decided.delivery?.state], ['refused', 'sent']);
  assert.deepEqual(await world.deliveries('parked'), []);
});

test('what cannot be answered by this network is refused', async () => {
  const { world, a } = await scene({ can: [] });
  await world.finish(a.report(contact));
  await assert.rejects(answer(world, true), { code: 'not-supported' });
  await assert.rejects(world.finish(world.hub.answer({ request: 'x', accepted: true, by: 'admin' })), {
    code: 'request-unknown',
  });
});

test('a request that has expired is shown so', async () => {
  const { world, a } = await scene();
  await world.finish(a.report({ ...contact, expiresAt: world.time.createClock().clock.now() + 5_000 }));
  assert.equal((await only(world)).state, 'open');
  await world.pass(6_000);
  assert.equal((await only(world)).state, 'gone');
  await assert.rejects(answer(world, true), { code: 'request-answered' });
});

test('a request outlives crashes at every step, and the retention of its event', async () => {
  const { world, a } = await scene({}, { settings: { retentionMs: 60_000, trimEveryMs: 1_000 } });
  await world.finish(a.report(contact));
  world.crash('kept');
  await world.start();
  assert.equal((await only(world)).state, 'open');
  await world.pass(120_000);
  assert.deepEqual((await world.finish(world.hub.read(0, {}, 10))).events, []);
  world.crash();
  await world.start();
  await answer(world, true);
  world.crash('kept');
  await world.start();
  await world.pass(60_000);
  assert.equal((await only(world)).state, 'accepted');
  assert.ok(answers(a).length > 0);
});

test('the newest 500 requests of an account are kept, and open ones before answered ones', async () => {
  const { world, a } = await scene();
  for (let number = 1; number <= 501; number += 1) {
    await world.finish(a.report({ ...contact, request: `q${number}` }));
    if (number !== 2) continue;
    await world.finish(a.report({ kind: 'answer', room: 'dm:ann', request: 'q2', answer: 'gone' }));
  }
  world.crash();
  await world.start();
  const kept = (await requests(world)).map(({ request }) => request.request);
  assert.equal(kept.length, 500);
  assert.deepEqual(kept.slice(0, 2), ['q1', 'q3']);
});

test('an account accepts by itself what its settings name, and what waited when they were changed', async () => {
  const { world, a } = await scene({ accept: ['contact'] });
  await world.finish(a.report(contact));
  await world.finish(a.report({ ...contact, room: 'g', ask: 'invite', request: 'q2' }));
  await world.pass(100);
  assert.deepEqual(answers(a), ['q1: yes']);
  a.traits.accept = ['contact', 'invite'];
  await world.apply();
  await world.pass(100);
  assert.deepEqual(answers(a), ['q1: yes', 'q2: yes']);
  assert.deepEqual(
    (await requests(world)).map((status) => status.answer?.postedBy),
    ['hutong', 'hutong'],
  );
});

test('which rooms are private is what their networks say, while the account is away and after a restart', async () => {
  const { world, a } = await scene();
  await world.finish(a.message('dm:ann', 'ann', 'hello', { native: 'm1', direct: true }));
  await world.finish(a.message('g', 'ann', 'hello all', { native: 'm2' }));
  const ask = async () => [
    await world.finish(world.hub.isDirect('a/dm:ann')),
    await world.finish(world.hub.isDirect('a/g')),
  ];
  assert.deepEqual(await ask(), [true, false]);
  world.crash();
  a.trouble = new Error('the server is away');
  await world.start();
  assert.deepEqual(await ask(), [true, false]);
  const { events } = await world.finish(world.hub.read(0, {}, 10));
  assert.deepEqual(
    events.map(({ direct }) => direct),
    [true, undefined],
  );
});
