// Deliveries in trouble, and what a person has to do for a login.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openRest, type RestWorld } from '../../../test/fakes/rest.ts';

/** Three messages that network b refuses for good. */
async function open() {
  const world = await openRest();
  const boss = await world.token('boss', ['admin']);
  world.b.refusal = 'the room is closed';
  for (const text of ['one', 'two', 'three']) {
    await world.ask(boss, 'POST', '/v1/messages?wait=20000', { room: 'b/r', text });
  }
  return Object.assign(world, { boss });
}

async function parked(world: RestWorld & { boss: string }, query = '') {
  return (await world.ask(world.boss, 'GET', `/v1/deliveries?${query}`)).body;
}

test('what is parked is listed with why, page by page, and counted by room', async () => {
  await using world = await open();
  const first = await parked(world, 'limit=2');
  assert.deepEqual(
    first.deliveries.map(({ room, state, reason, event }: Record<string, { text: string }>) => [
      room,
      state,
      reason,
      event!.text,
    ]),
    [
      ['b/r', 'parked', 'the room is closed', 'one'],
      ['b/r', 'parked', 'the room is closed', 'two'],
    ],
  );
  const next = await parked(world, `limit=2&after=${first.after}`);
  assert.deepEqual([next.deliveries.length, next.after], [1, undefined]);
  assert.equal((await parked(world, 'account=a')).deliveries.length, 0);
  assert.equal((await parked(world, 'state=sent&room=a/r')).deliveries.length, 3);
  const { rooms } = (await world.ask(world.boss, 'GET', '/v1/deliveries/counts')).body;
  assert.deepEqual(rooms, [{ room: 'b/r', waiting: 0, unknown: 0, parked: 3 }]);
});

test('one is tried again, one given up, and the rest by what they have in common', async () => {
  await using world = await open();
  const { deliveries } = await parked(world);
  world.b.refusal = undefined;
  const change = async (what: string, body: object) =>
    (await world.ask(world.boss, 'POST', `/v1/deliveries/${what}`, body)).body;
  assert.deepEqual(await change('drop', { ids: [deliveries[0].id] }), { changed: 1 });
  assert.deepEqual(await change('retry', { ids: [deliveries[1].id] }), { changed: 1 });
  assert.deepEqual(await change('retry', { filter: { account: 'b' } }), { changed: 1 });
  await world.ask(world.boss, 'POST', '/v1/messages?wait=20000', { room: 'b/r', text: 'four' });
  assert.deepEqual(world.b.done, ['send r: two', 'send r: three', 'send r: four']);
  for (const body of [{}, { ids: [1], filter: {} }, { ids: [] }, { filter: { states: [] } }]) {
    const answer = await world.ask(world.boss, 'POST', '/v1/deliveries/retry', body);
    assert.deepEqual([answer.status, answer.body.code], [400, 'request-invalid']);
  }
});

test('an outcome that fails is told as an event, too', async () => {
  await using world = await open();
  const { events } = (await world.ask(world.boss, 'GET', '/v1/events?after=oldest&kind=outcome')).body;
  const failed = events.filter(({ state }: { state: string }) => state === 'parked');
  assert.equal(failed.length, 3);
  assert.deepEqual([failed[0].to, failed[0].reason], ['b/r', 'the room is closed']);
});

test('a login’s QR code is shown as data and as a picture, a code is handed on', async () => {
  await using world = await open();
  const login = async () => (await world.ask(world.boss, 'GET', '/v1/accounts/a/login')).body;
  assert.deepEqual(await login(), { type: 'none' });
  world.a.prompt({ type: 'qr', data: 'https://example.org/<scan>', expiresAt: Date.UTC(2030, 0, 1) });
  const step = await login();
  assert.deepEqual(step, {
    type: 'qr',
    data: 'https://example.org/<scan>',
    picture: '/v1/accounts/a/login/qr.svg',
    expiresAt: '2030-01-01T00:00:00.000Z',
  });
  const headers = { authorization: `Bearer ${world.boss}` };
  const picture = await fetch(world.url + step.picture, { headers });
  assert.equal(picture.headers.get('content-type'), 'image/svg+xml');
  assert.match(await picture.text(), /^<svg /);
  const reader = await world.token('reader', ['read']);
  const seen = (await world.ask(reader, 'GET', '/v1/accounts/a')).body;
  assert.deepEqual(seen.login, { type: 'none' }, 'who may only read cannot log in by it');
  const answers: string[] = [];
  world.a.prompt({
    type: 'code',
    message: 'the code of the text message',
    answer: (code) => answers.push(code),
  });
  assert.equal((await login()).message, 'the code of the text message');
  const answered = await world.ask(world.boss, 'POST', '/v1/accounts/a/login', { code: '123' });
  assert.deepEqual([answered.status, answers], [202, ['123']]);
  const gone = await world.ask(world.boss, 'GET', '/v1/accounts/a/login/qr.svg');
  assert.deepEqual([gone.status, gone.body.code], [409, 'login-step-other']);
});
