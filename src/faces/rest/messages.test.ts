// Speaking over HTTP: what is accepted goes out once, a key counts once, and the outcome can be waited for.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openRest, type RestWorld } from '../../../test/fakes/rest.ts';

const settled = '?wait=20000';

async function open() {
  const world = await openRest();
  return Object.assign(world, { bot: await world.token('bot', ['read', 'send']) });
}

function post(world: RestWorld & { bot: string }, body: object, query = settled, headers: object = {}) {
  return world.ask(world.bot, 'POST', `/v1/messages${query}`, body, headers);
}

test('a message goes to its room and to those linked with it, and its outcome can be waited for', async () => {
  await using world = await open();
  const { status, body } = await post(world, { room: 'a/r', text: 'hello' });
  assert.equal(status, 200);
  assert.match(body.cursor, new RegExp(`^${world.hub.id}-\\d+$`));
  assert.deepEqual(body.outcome, [
    { room: 'a/r', state: 'sent' },
    { room: 'b/r', state: 'sent' },
  ]);
  assert.deepEqual([world.a.done, world.b.done], [['send r: hello'], ['send r: hello']]);
});

test('a room that the network knows that it has not is refused at once, and nothing is kept', async () => {
  await using world = await open();
  const { status, body } = await post(world, { room: 'a/nowhere', text: 'hello?' }, '');
  assert.deepEqual([status, body.code], [404, 'room-unknown']);
  assert.equal(body.detail, 'there is no room nowhere; the only room is r');
  assert.equal(await world.journal.head(), 0);
});

test('without waiting the answer is that it is accepted; the wait is bounded', async () => {
  await using world = await open();
  world.a.stalled = true;
  const accepted = await post(world, { room: 'a/r', text: 'one' }, '');
  assert.deepEqual([accepted.status, Object.keys(accepted.body)], [202, ['id', 'cursor']]);
  const waited = await post(world, { room: 'a/r', text: 'two' }, '?wait=50');
  assert.equal(waited.status, 202);
  assert.deepEqual(waited.body.outcome.find(({ room }: { room: string }) => room === 'a/r').state, 'pending');
  const tooLong = await post(world, { room: 'a/r', text: 'three' }, '?wait=999999999');
  assert.equal(tooLong.status, 400);
});

test('the same key with the same body is the same message; with another it is refused', async () => {
  await using world = await open();
  const key = { 'idempotency-key': 'k1' };
  const first = await post(world, { room: 'a/r', text: 'once' }, settled, key);
  const again = await post(world, { room: 'a/r', text: 'once' }, settled, key);
  assert.deepEqual([again.body, again.headers.get('idempotency-replayed')], [first.body, 'true']);
  for (const other of [
    { room: 'a/r', text: 'twice' },
    { room: 'b/r', text: 'once' },
    { room: 'a/r', text: 'once', replyTo: first.body.id },
  ]) {
    const { status, body } = await post(world, other, settled, key);
    assert.deepEqual([status, body.code], [422, 'key-reused']);
  }
  assert.deepEqual(world.a.done, ['send r: once']);
  const elsewhere = await world.token('other', ['send']);
  const theirs = await world.ask(
    elsewhere,
    'POST',
    `/v1/messages${settled}`,
    { room: 'a/r', text: 'mine' },
    key,
  );
  assert.equal(theirs.status, 200, 'a key is one token’s own');
});

test('text and segments are two ways to say it: one of them is needed', async () => {
  await using world = await open();
  for (const body of [{ room: 'a/r' }, { room: 'a/r', text: 'x', body: [{ type: 'text', text: 'x' }] }]) {
    const answer = await post(world, body);
    assert.deepEqual([answer.status, answer.body.code], [400, 'request-invalid']);
  }
  const segments = [
    { type: 'text', text: 'see ', marks: ['bold'] },
    { type: 'image', url: 'https://example.org/a.png', alt: 'a cat' },
  ];
  await post(world, { room: 'a/r', body: segments });
  const { messages } = (await world.ask(world.bot, 'GET', '/v1/messages?room=b/r')).body;
  assert.deepEqual(messages[0].body, segments);
  assert.equal(messages[0].text, 'see [a cat] https://example.org/a.png');
});

test('what is forwarded was said at a time, written as any program writes it', async () => {
  await using world = await open();
  for (const at of ['2026-03-01T08:15:30Z', '2026-03-01T16:15:30.000+08:00']) {
    const messages = [{ sender: { id: 'ann', name: 'Ann' }, at, body: [{ type: 'text', text: 'before' }] }];
    const { body } = await post(world, { room: 'a/r', body: [{ type: 'forward', messages }] });
    const kept = await world.ask(world.bot, 'GET', `/v1/messages/${body.id}`);
    assert.equal(kept.body.body[0].messages[0].at, '2026-03-01T08:15:30.000Z');
  }
});

test('an address that browsers would run is refused, and so is a file that was never uploaded', async () => {
  await using world = await open();
  const send = (url: string) => post(world, { room: 'a/r', body: [{ type: 'image', url }] });
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'media:nothing']) {
    const { status, body } = await send(url);
    assert.deepEqual([status, body.code], [400, 'request-invalid'], url);
  }
});

test('an answer, an edit, a reaction and a recall follow the message', async () => {
  await using world = await open();
  const { id } = (await post(world, { room: 'a/r', text: 'frist' })).body;
  const path = `/v1/messages/${id}`;
  assert.equal((await post(world, { room: 'a/r', text: 'yes', replyTo: id })).status, 200);
  assert.equal((await world.ask(world.bot, 'PATCH', path + settled, { text: 'first' })).status, 200);
  assert.equal((await world.ask(world.bot, 'GET', path)).body.text, 'first');
  const emoji = `${path}/reactions/${encodeURIComponent('👍')}`;
  assert.equal((await world.ask(world.bot, 'PUT', `${emoji}?room=a/r&wait=20000`)).status, 200);
  assert.equal((await world.ask(world.bot, 'DELETE', `${emoji}?room=a/r&wait=20000`)).status, 200);
  const recalled = await world.ask(world.bot, 'DELETE', path + settled);
  assert.equal(recalled.status, 200);
  assert.equal((await world.ask(world.bot, 'GET', path)).status, 404);
  assert.deepEqual(world.a.done, [
    'send r: frist',
    'send r: yes',
    'edit r: first',
    '+👍 r',
    '-👍 r',
    'recall r',
  ]);
  const journey = (await world.ask(world.bot, 'GET', `${path}/journey`)).body;
  assert.deepEqual(
    journey.acts.map(({ kind }: { kind: string }) => kind),
    ['edit', 'reaction', 'reaction', 'recall'],
  );
  assert.deepEqual(
    journey.deliveries.map(({ room, state }: Record<string, string>) => [room, state]),
    [
      ['a/r', 'sent'],
      ['b/r', 'sent'],
    ],
  );
  assert.equal(journey.copies.length, 2);
});

test('only who posted a message changes it, an administrator anyone’s; nobody what people said', async () => {
  await using world = await open();
  const other = await world.token('other', ['read', 'send']);
  const boss = await world.token('boss', ['admin']);
  const { id } = (await post(world, { room: 'a/r', text: 'mine' })).body;
  const refused = await world.ask(other, 'PATCH', `/v1/messages/${id}`, { text: 'theirs' });
  assert.deepEqual([refused.status, refused.body.code], [403, 'not-allowed']);
  assert.equal((await world.ask(boss, 'DELETE', `/v1/messages/${id}`)).status, 202);
  await world.a.say('r', 'ann', 'what I said');
  const { messages } = (await world.ask(boss, 'GET', '/v1/messages?room=a/r')).body;
  const hers = messages.at(-1).id;
  assert.equal((await world.ask(boss, 'PATCH', `/v1/messages/${hers}`, { text: 'no' })).status, 403);
  const unknown = await world.ask(boss, 'PATCH', '/v1/messages/nothing', { text: 'no' });
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'message-unknown']);
});

test('an edit’s key counts once, too', async () => {
  await using world = await open();
  const { id } = (await post(world, { room: 'a/r', text: 'one' })).body;
  const edit = (text: string) =>
    world.ask(world.bot, 'PATCH', `/v1/messages/${id}${settled}`, { text }, { 'idempotency-key': 'e' });
  const first = await edit('two');
  assert.deepEqual((await edit('two')).body, first.body);
  assert.equal((await edit('three')).body.code, 'key-reused');
  assert.equal(world.a.done.filter((line) => line.startsWith('edit')).length, 1);
});

test('that somebody writes is shown and not kept', async () => {
  await using world = await open();
  const before = (await world.ask(world.bot, 'GET', '/v1')).body.head;
  assert.equal((await world.ask(world.bot, 'POST', '/v1/typing', { room: 'a/r' })).status, 204);
  assert.deepEqual(world.a.done, ['typing r true']);
  assert.equal((await world.ask(world.bot, 'GET', '/v1')).body.head, before);
});

test('history is read page by page, and found again, Chinese too', async () => {
  await using world = await open();
  for (let number = 1; number <= 5; number += 1) await world.a.say('r', 'ann', `胡同消息 ${number}`);
  const first = (await world.ask(world.bot, 'GET', '/v1/messages?room=a/r&limit=3')).body;
  assert.deepEqual(
    first.messages.map(({ text }: { text: string }) => text),
    ['胡同消息 3', '胡同消息 4', '胡同消息 5'],
  );
  const next = await world.ask(world.bot, 'GET', `/v1/messages?room=a/r&limit=3&before=${first.before}`);
  assert.deepEqual([next.body.messages.length, next.body.before], [2, undefined]);
  const asOf = (time: number) =>
    world.ask(world.bot, 'GET', `/v1/messages?room=a/r&before=${new Date(time).toISOString()}`);
  assert.equal((await asOf(Date.now() + 60_000)).body.messages.length, 5);
  assert.equal((await asOf(Date.now() - 60_000)).body.messages.length, 0);
  const found = (await world.ask(world.bot, 'GET', `/v1/search?text=${encodeURIComponent('同消')}&limit=2`))
    .body;
  assert.deepEqual(
    found.messages.map(({ text }: { text: string }) => text),
    ['胡同消息 5', '胡同消息 4'],
  );
  const more = await world.ask(
    world.bot,
    'GET',
    `/v1/search?text=${encodeURIComponent('同消')}&before=${found.before}`,
  );
  assert.equal(more.body.messages.length, 3);
});
