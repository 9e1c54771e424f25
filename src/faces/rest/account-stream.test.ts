/** How the accounts do, followed as it changes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openEventStream } from '../../../test/fakes/event-clients.ts';
import { openRest } from '../../../test/fakes/rest.ts';

const path = '/v1/account-states/sse';

test('the accounts are told at once, and then each that changes: its login step, its coming and going', async () => {
  await using world = await openRest();
  const admin = await world.token('console', ['read', 'admin']);
  await using stream = await openEventStream(`${world.url}${path}`, admin);
  const { accounts } = (await stream.next('accounts')).data;
  assert.deepEqual(
    accounts.map(({ id, phase }: { id: string; phase: string }) => [id, phase]),
    [
      ['a', 'online'],
      ['b', 'online'],
    ],
  );
  for (const data of ['first', 'second']) {
    world.a.prompt({ type: 'qr', data });
    const { id, login } = (await stream.next('account')).data;
    assert.deepEqual([id, login.type, login.data], ['a', 'qr', data]);
  }
  world.a.prompt(undefined);
  assert.equal((await stream.next('account')).data.login.type, 'none');
  // What is heard of an account is no change of it: the next frame is the removal.
  await world.a.say('r', 'Ann', 'hello');
  await world.hub.apply({ accounts: [], links: [] });
  const stopped = await stream.next('account');
  assert.equal(stopped.data.phase, 'stopped');
  assert.equal((await stream.next('removed')).data.account, 'a');
  assert.equal((await stream.next('removed')).data.account, 'b');
});

test('a token sees its own accounts, and what logs them in only if it administers them', async () => {
  await using world = await openRest();
  const bound = await world.token('bot', ['read'], { account: 'b' });
  await using stream = await openEventStream(`${world.url}${path}`, bound);
  const { accounts } = (await stream.next('accounts')).data;
  assert.deepEqual(
    accounts.map(({ id }: { id: string }) => id),
    ['b'],
  );
  world.a.prompt({ type: 'qr', data: 'secret' });
  world.b.prompt({ type: 'qr', data: 'secret' });
  await world.hub.apply({ accounts: [], links: [] });
  const next = await stream.next('account');
  assert.deepEqual([next.data.id, next.data.login.type], ['b', 'none']);
});

test('HEAD says what GET would answer, and the stream ends with its token', async () => {
  await using world = await openRest();
  const reader = await world.token('reader', ['read']);
  const head = await fetch(`${world.url}${path}`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${reader}` },
  });
  assert.equal(head.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  await using stream = await openEventStream(`${world.url}${path}`, reader);
  await stream.next('accounts');
  const admin = await world.token('admin', ['admin']);
  assert.equal((await world.ask(admin, 'DELETE', '/v1/tokens/reader')).status, 204);
  await stream.ended;
});
