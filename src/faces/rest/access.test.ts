// Who may do what: scopes, tokens bound to an account or to rooms, rate limits, tokens made and revoked.
import assert from 'node:assert/strict';
import test from 'node:test';
import { textBody } from '../../hub/message.ts';
import { openRest } from '../../../test/fakes/rest.ts';

function texts(found: { text: string }[]): string[] {
  return found.map(({ text }) => text);
}

test('each scope opens what it is for, and nothing else', async () => {
  await using world = await openRest();
  const tokens = {
    read: await world.token('r', ['read']),
    send: await world.token('s', ['send']),
    admin: await world.token('a', ['admin']),
  };
  const requests = [
    ['GET', '/v1/accounts', undefined, ['read', 'admin']],
    ['GET', '/v1/events?after=oldest', undefined, ['read', 'admin']],
    ['POST', '/v1/messages', { room: 'a/r', text: 'x' }, ['send', 'admin']],
    ['POST', '/v1/typing', { room: 'a/r' }, ['send', 'admin']],
    ['GET', '/v1/tokens', undefined, ['admin']],
    ['POST', '/v1/deliveries/retry', { filter: {} }, ['admin']],
    ['GET', '/v1/configuration/forms', undefined, ['admin']],
    ['GET', '/v1/accounts/a/login', undefined, ['admin']],
    ['GET', '/v1/me', undefined, ['read', 'send', 'admin']],
  ] as const;
  for (const [method, path, body, allowed] of requests) {
    for (const [scope, token] of Object.entries(tokens)) {
      const answer = await world.ask(token, method, path, body);
      const isAllowed = (allowed as readonly string[]).includes(scope);
      assert.equal(answer.status < 300, isAllowed, `${scope} ${method} ${path}: ${answer.status}`);
      if (!isAllowed) assert.equal(answer.body.code, 'scope-missing');
    }
  }
});

test('a token of one account sees and does nothing elsewhere', async () => {
  await using world = await openRest();
  const token = await world.token('t', ['read', 'send', 'admin'], { account: 'a' });
  await world.a.say('r', 'ann', 'common words');
  await world.b.say('s', 'bob', 'common words elsewhere');
  const ids = async (path: string, key: string, field: string) =>
    (await world.ask(token, 'GET', path)).body[key].map((each: Record<string, unknown>) => each[field]);
  assert.deepEqual(await ids('/v1/accounts', 'accounts', 'id'), ['a']);
  assert.deepEqual(await ids('/v1/events?after=oldest', 'events', 'room'), ['a/r']);
  assert.deepEqual(await ids('/v1/search?text=common', 'messages', 'room'), ['a/r']);
  assert.deepEqual(await ids('/v1/links', 'links', 'rooms'), [['a/r']]);
  for (const [method, path, body] of [
    ['GET', '/v1/accounts/b', undefined],
    ['GET', '/v1/accounts/b/rooms', undefined],
    ['GET', '/v1/events?account=b', undefined],
    ['GET', '/v1/events/sse?room=b/r', undefined],
    ['GET', '/v1/messages?room=b/s', undefined],
    ['GET', '/v1/members?room=b/s', undefined],
    ['GET', '/v1/deliveries?account=b', undefined],
    ['POST', '/v1/messages', { room: 'b/r', text: 'x' }],
    ['GET', '/v1/tokens', undefined],
    ['POST', '/v1/tokens', { name: 'more', scopes: ['admin'] }],
    ['GET', '/v1/configuration', undefined],
    ['POST', '/v1/deliveries/drop', { ids: [1] }],
  ] as const) {
    const answer = await world.ask(token, method, path, body);
    assert.deepEqual([answer.status, answer.body.code], [403, 'scope-missing'], path);
  }
});

test('a token of one room sees that room, and what is in it of others', async () => {
  await using world = await openRest();
  const token = await world.token('t', ['read', 'send'], { rooms: ['b/r'] });
  const whole = await world.token('whole', ['read']);
  await world.a.say('r', 'ann', 'to the bridge');
  await world.b.say('secret', 'bob', 'to nobody');
  await world.b.say('r', 'bob', 'to all');
  const events = (await world.ask(whole, 'GET', '/v1/events?after=oldest&kind=message')).body.events;
  const [bridged, secret] = events;
  const seen = (await world.ask(token, 'GET', '/v1/events?after=oldest&kind=message')).body.events;
  assert.deepEqual(
    seen.map(({ text }: { text: string }) => text),
    ['to all'],
  );
  const history = (await world.ask(token, 'GET', '/v1/messages?room=b/r')).body.messages;
  assert.deepEqual(
    history.map(({ text }: { text: string }) => text),
    ['to the bridge', 'to all'],
  );
  assert.equal((await world.ask(token, 'GET', `/v1/messages/${secret.id}`)).status, 404);
  assert.equal((await world.ask(token, 'GET', `/v1/messages/${secret.id}/journey`)).status, 404);
  const journey = (await world.ask(token, 'GET', `/v1/messages/${bridged.id}/journey`)).body;
  assert.deepEqual(
    journey.deliveries.map(({ room }: { room: string }) => room),
    ['b/r'],
  );
  const posted = await world.ask(token, 'POST', '/v1/messages', { room: 'b/secret', text: 'x' });
  assert.equal(posted.status, 403);
  assert.equal((await world.ask(token, 'POST', '/v1/messages', { room: 'b/r', text: 'x' })).status, 202);
});

test('a token is shown once, listed with its last use, and revoked at once', async () => {
  await using world = await openRest();
  const boss = await world.token('boss', ['admin']);
  const made = await world.ask(boss, 'POST', '/v1/tokens', {
    name: 'bot',
    scopes: ['read', 'read'],
    rooms: ['a/r'],
  });
  assert.equal(made.status, 201);
  const { token, ...shown } = made.body;
  assert.deepEqual([shown.name, shown.scopes, shown.rooms], ['bot', ['read'], ['a/r']]);
  assert.equal((await world.ask(token, 'GET', '/v1/me')).body.name, 'bot');
  const { tokens } = (await world.ask(boss, 'GET', '/v1/tokens')).body;
  const listed = tokens.find(({ name }: { name: string }) => name === 'bot');
  assert.match(listed.lastUsedAt, /^\d{4}-/);
  assert.equal(JSON.stringify(tokens).includes(token), false);
  const twice = await world.ask(boss, 'POST', '/v1/tokens', { name: 'bot', scopes: ['read'] });
  assert.deepEqual([twice.status, twice.body.code], [422, 'access-refused']);
  assert.equal((await world.ask(boss, 'DELETE', '/v1/tokens/bot')).status, 204);
  assert.equal((await world.ask(token, 'GET', '/v1/me')).status, 401);
});

test('a token is told how much it has left when that is less than half, and when it may again; another’s is not touched', async () => {
  await using world = await openRest({ settings: { requestsPerMinute: 3 } });
  const busy = await world.token('busy', ['read']);
  const calm = await world.token('calm', ['read']);
  const told = [];
  for (let number = 0; number < 3; number += 1) {
    const { status, headers } = await world.ask(busy, 'GET', '/v1/me');
    assert.equal(status, 200);
    told.push([headers.get('ratelimit-policy'), headers.get('ratelimit')?.replace(/t=\d+$/, 't=')]);
  }
  const policy = '"token";q=3;w=60';
  assert.deepEqual(told, [
    [null, undefined],
    [policy, '"token";r=1;t='],
    [policy, '"token";r=0;t='],
  ]);
  const refused = await world.ask(busy, 'GET', '/v1/me');
  assert.deepEqual([refused.status, refused.body.code], [429, 'rate-limited']);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal((await world.ask(calm, 'GET', '/v1/me')).status, 200);
});

test('private mail between people is an administrator’s to see, with all that is done to it; what is said to an account is any reader’s', async () => {
  await using world = await openRest();
  const reader = await world.token('reader', ['read', 'send']);
  const boss = await world.token('boss', ['admin']);
  const ann = { id: 'ann', name: 'Ann' };
  const to = { account: 'b', user: 'u1', name: 'Ben' };
  const secret = { kind: 'message', room: '@ann', native: 'n1', sender: ann, to } as const;
  await world.a.report({ ...secret, body: textBody('psst, the code is 4711') });
  await world.a.report({
    kind: 'edit',
    room: '@ann',
    actor: ann,
    target: 'n1',
    body: textBody('psst, the code is 4712'),
  });
  await world.a.say('@bot', 'ann', 'psst, account');
  await world.a.say('r', 'ann', 'psst, everybody');
  const ask = async (token: string, path: string) => (await world.ask(token, 'GET', path)).body;
  const everything = await ask(boss, '/v1/events?after=oldest&kind=message&kind=edit');
  assert.deepEqual(texts(everything.events), [
    'psst, the code is 4711',
    'psst, the code is 4712',
    'psst, account',
    'psst, everybody',
  ]);
  const open = ['psst, account', 'psst, everybody'];
  const seen = await ask(reader, '/v1/events?after=oldest&kind=message&kind=edit');
  assert.deepEqual(texts(seen.events), open);
  assert.equal(seen.cursor, everything.cursor);
  assert.deepEqual(texts((await ask(reader, '/v1/search?text=psst')).messages).toSorted(), open);
  assert.equal((await ask(boss, '/v1/search?text=psst')).messages.length, 3);
  for (const room of ['a/@ann', 'b/@u1']) {
    assert.deepEqual((await ask(reader, `/v1/messages?room=${room}`)).messages, [], room);
    assert.equal((await ask(boss, `/v1/messages?room=${room}`)).messages.length, 1, room);
  }
  const [{ id }] = everything.events;
  await world.hub.outcome(id, AbortSignal.timeout(10_000));
  const everyState = '/v1/deliveries?state=pending&state=sending&state=sent';
  const lanes = async (token: string) =>
    (await ask(token, everyState)).deliveries.map(({ room }: { room: string }) => room);
  assert.ok((await lanes(boss)).includes('b/@u1'));
  assert.ok(!(await lanes(reader)).includes('b/@u1'));
  for (const [method, path, body] of [
    ['GET', `/v1/messages/${id}`, undefined],
    ['GET', `/v1/messages/${id}/journey`, undefined],
    ['PUT', `/v1/messages/${id}/reactions/x?room=a/@ann`, undefined],
    ['POST', '/v1/messages', { room: 'a/r', text: 'x', replyTo: id }],
  ] as const) {
    const answer = await world.ask(reader, method, path, body);
    assert.deepEqual([answer.status, answer.body.code], [404, 'message-unknown'], path);
  }
});

test('an answer of which nobody can tell whom it is for is private mail, too, and so are the hub’s words about it', async () => {
  await using world = await openRest();
  const reader = await world.token('reader', ['read']);
  for (const name of ['ann', 'eve']) {
    const secret = { kind: 'message', room: `@${name}`, sender: { id: name, name } } as const;
    await world.a.report({ ...secret, to: { account: 'b', user: 'u1' }, body: textBody(`I am ${name}`) });
  }
  await world.b.say('@u1', 'u1', 'which of you was it who owes me 40?');
  assert.match(JSON.stringify(await world.hub.read(0, {}, 100)), /owes me 40.*|.*ann/s);
  assert.deepEqual((await world.ask(reader, 'GET', '/v1/events?after=oldest')).body.events, []);
});
