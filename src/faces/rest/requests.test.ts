// What people ask of an account: who sees it, who answers it, and who sees which rooms are private.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { RequestReport } from '../../hub/event.ts';
import { openRest, type RestWorld } from '../../../test/fakes/rest.ts';

const contact: RequestReport = {
  kind: 'request',
  room: '@u1',
  direct: true,
  ask: 'contact',
  request: 'q1',
  from: { id: 'u1', name: 'Ann' },
  comment: 'it is me',
};

/** The requests of account `a`, as the token's owner sees them. */
async function listed(world: RestWorld, token: string, query = '') {
  return (await world.ask(token, 'GET', `/v1/accounts/a/requests${query}`)).body.requests;
}

test('a request is listed and followed, and answered once with its outcome', async () => {
  await using world = await openRest();
  const token = await world.token('bot', ['read', 'send']);
  await world.a.report(contact);
  const [open] = await listed(world, token, '?state=open');
  const { id, cursor, at, ...asked } = open.request;
  assert.deepEqual(
    [open.state, asked],
    [
      'open',
      {
        account: 'a',
        room: 'a/@u1',
        direct: true,
        kind: 'request',
        ask: 'contact',
        from: { id: 'u1', name: 'Ann' },
        comment: 'it is me',
      },
    ],
  );
  const path = `/v1/accounts/a/requests/${id}`;
  const key = { 'idempotency-key': 'k1' };
  const first = await world.ask(token, 'POST', `${path}?wait=60000`, { accept: true }, key);
  assert.deepEqual([first.status, first.body.outcome], [200, [{ room: 'a/@u1', state: 'sent' }]]);
  const again = await world.ask(token, 'POST', path, { accept: true }, key);
  assert.deepEqual([again.status, again.body.id], [202, first.body.id]);
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  const other = await world.ask(token, 'POST', path, { accept: false });
  assert.deepEqual([other.status, other.body.code], [409, 'request-answered']);
  assert.deepEqual(world.a.done, ['answer q1: yes']);
  const { events } = (await world.ask(token, 'GET', `/v1/events?after=${cursor}`)).body;
  assert.deepEqual(
    events.map(({ kind, request, answer, postedBy, of, state }: Record<string, unknown>) => [
      kind,
      request ?? of,
      answer ?? state,
      postedBy,
    ]),
    [
      ['answer', id, 'accepted', 'bot'],
      ['outcome', first.body.id, 'sent', 'bot'],
    ],
  );
  const [answered] = await listed(world, token);
  assert.deepEqual([answered.state, answered.delivery], ['accepted', { state: 'sent' }]);
  assert.deepEqual(await listed(world, token, '?state=open'), []);
  assert.ok(at);
});

test('an answer that the network does not take is shown with its reason', async () => {
  await using world = await openRest();
  const token = await world.token('bot', ['read', 'send']);
  await world.a.report(contact);
  const [{ request }] = await listed(world, token);
  world.a.refusal = 'too many contacts';
  const path = `/v1/accounts/a/requests/${request.id}?wait=60000`;
  await world.ask(token, 'POST', path, { accept: true });
  const [failed] = await listed(world, token);
  assert.deepEqual(failed.delivery, { state: 'parked', reason: 'too many contacts' });
  world.a.refusal = undefined;
  const second = await world.ask(token, 'POST', path, { accept: false, reason: 'full' });
  assert.equal(second.body.outcome[0].state, 'sent');
  assert.deepEqual(world.a.done, ['answer q1: full']);
});

test('who is bound elsewhere neither sees nor answers a request, and who only reads does not answer', async () => {
  await using world = await openRest();
  await world.a.report(contact);
  const reader = await world.token('reader', ['read']);
  const [{ request }] = await listed(world, reader);
  const path = `/v1/accounts/a/requests/${request.id}`;
  const ask = async (token: string, at = path) => {
    const { status, body } = await world.ask(token, 'POST', at, { accept: true });
    return [status, body.code];
  };
  assert.deepEqual(await ask(reader), [403, 'scope-missing']);
  const elsewhere = await world.token('elsewhere', ['read', 'send'], { account: 'b' });
  assert.equal((await world.ask(elsewhere, 'GET', '/v1/accounts/a/requests')).status, 403);
  assert.deepEqual(await ask(elsewhere), [404, 'request-unknown']);
  const roomer = await world.token('roomer', ['read', 'send'], { rooms: ['a/r'] });
  assert.deepEqual(await listed(world, roomer), []);
  assert.deepEqual(await ask(roomer), [404, 'request-unknown']);
  const all = await world.token('all', ['read', 'send']);
  assert.deepEqual(await ask(all, `/v1/accounts/b/requests/${request.id}`), [404, 'request-unknown']);
  assert.deepEqual(await ask(all, '/v1/accounts/a/requests/none'), [404, 'request-unknown']);
  assert.deepEqual(world.a.done, []);
});

test('who waits for private mail is shown to administrators only', async () => {
  await using world = await openRest();
  const tokens = { reader: await world.token('r', ['read']), boss: await world.token('b', ['admin']) };
  await world.a.report({
    kind: 'message',
    room: '@u1',
    direct: true,
    sender: { id: 'u1', name: 'Ann' },
    body: [{ type: 'text', text: 'hello' }],
  });
  world.a.refusal = 'no';
  for (const room of ['a/@u1', 'a/r2'] as const) {
    await world.ask(tokens.boss, 'POST', '/v1/messages?wait=60000', { room, text: 'x' });
  }
  const rooms = async (token: string) =>
    (await world.ask(token, 'GET', '/v1/deliveries/counts')).body.rooms.map(
      ({ room }: { room: string }) => room,
    );
  assert.deepEqual(await rooms(tokens.boss), ['a/@u1', 'a/r2']);
  assert.deepEqual(await rooms(tokens.reader), ['a/r2']);
});
