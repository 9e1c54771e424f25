// Following events: three ways by one cursor, each at its own pace, with nothing missing and nothing twice.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { openEventSocket, openEventStream } from '../../../test/fakes/event-clients.ts';
import { openRest, type RestWorldSetup } from '../../../test/fakes/rest.ts';
import { eventSchema } from './schemas/event.ts';
import { streamFrameSchema } from './schemas/stream.ts';

async function open(setup: RestWorldSetup = {}) {
  const world = await openRest(setup);
  const reader = await world.token('reader', ['read']);
  return Object.assign(world, {
    reader,
    /** A page of the long poll. */
    poll: async (query: string) => (await world.ask(reader, 'GET', `/v1/events?${query}`)).body,
  });
}

const texts = (events: readonly { text: string }[]) => events.map(({ text }) => text);

test('a program that polls with the last cursor gets each event once, in order', async () => {
  await using world = await open();
  const start = (await world.poll('')).cursor;
  for (const text of ['one', 'two', 'three']) await world.a.say('r', 'ann', text);
  const first = await world.poll(`after=${start}&limit=2`);
  assert.deepEqual(texts(first.events), ['one', 'two']);
  const second = await world.poll(`after=${first.cursor}`);
  assert.deepEqual(texts(second.events), ['three']);
  assert.equal(second.events[0].cursor, second.cursor);
  const third = await world.poll(`after=${second.cursor}&wait=1`);
  assert.deepEqual([third.events, third.cursor, third.gap], [[], second.cursor, false]);
});

test('a long poll answers as soon as something happens', async () => {
  await using world = await open();
  const { cursor } = await world.poll('');
  const polling = world.poll(`after=${cursor}&wait=20000`);
  await world.a.say('r', 'ann', 'hello');
  assert.deepEqual(texts((await polling).events), ['hello']);
});

test('events are told by account, room and kind', async () => {
  await using world = await open();
  await world.a.say('r', 'ann', 'in a');
  await world.b.say('r', 'bob', 'in b');
  await world.b.report({ kind: 'topic', room: 'other', topic: 'tea' });
  const rooms = async (query: string) =>
    (await world.poll(`after=oldest&${query}`)).events.map(({ room }: { room: string }) => room);
  assert.deepEqual(await rooms('account=b'), ['b/r', 'b/other']);
  assert.deepEqual(await rooms('room=a/r&room=b/other'), ['a/r', 'b/other']);
  assert.deepEqual(await rooms('kind=message'), ['a/r', 'b/r']);
  assert.deepEqual(await rooms('kind=message&account=b'), ['b/r']);
  assert.equal((await world.ask(world.reader, 'GET', '/v1/events?kind=nothing')).status, 400);
});

test('HEAD of the event stream says what GET would answer, and follows nothing', async () => {
  await using world = await open();
  const path = '/v1/events/sse?after=oldest&consumer=idle';
  const answer = await world.ask(world.reader, 'HEAD', path);
  assert.deepEqual([answer.status, answer.body], [200, undefined]);
  assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.deepEqual((await world.ask(world.reader, 'GET', '/v1/consumers')).body.consumers, []);
  const refused = await world.ask(world.reader, 'GET', '/v1/events/sse?after=elsewhere-1');
  assert.deepEqual([refused.status, refused.body.code], [409, 'cursor-foreign']);
});

test('server-sent events carry the cursor as their id, and resume behind it', async () => {
  await using world = await open();
  let lastId: string | undefined;
  {
    await using stream = await openEventStream(`${world.url}/v1/events/sse`, world.reader);
    await world.a.say('r', 'ann', 'one\nwith a second line');
    const { id, data } = await stream.next();
    assert.deepEqual(eventSchema.parse(data), data);
    assert.deepEqual([data.text, data.cursor], ['one\nwith a second line', id]);
    lastId = id;
  }
  await world.a.say('r', 'ann', 'two');
  await using stream = await openEventStream(`${world.url}/v1/events/sse?after=oldest`, world.reader, {
    'last-event-id': lastId!,
  });
  assert.equal((await stream.next()).data.text, 'two');
});

test('a WebSocket tells the same, and takes acknowledgements for its consumer', async () => {
  await using world = await open();
  const url = `${world.url}/v1/events/ws?consumer=bot`;
  {
    await using socket = await openEventSocket(url, world.reader);
    await world.a.say('r', 'ann', 'one');
    await world.a.say('r', 'ann', 'two');
    const frame = await socket.next('event');
    assert.deepEqual(streamFrameSchema.parse(frame), frame);
    const { event } = frame;
    assert.equal(event.text, 'one');
    socket.send({ type: 'ack', cursor: event.cursor });
    assert.equal((await socket.next('acknowledged')).cursor, event.cursor);
  }
  await using again = await openEventSocket(url, world.reader);
  assert.equal((await again.next('event')).event.text, 'two', 'it resumes behind what was acknowledged');
  again.send('nonsense');
  assert.equal((await again.next('refused')).code, 'request-invalid');
  again.send({ type: 'ack' });
  assert.equal((await again.next('refused')).code, 'request-invalid');
  again.send({ type: 'ack', cursor: 'zzz-1' });
  assert.equal((await again.next('refused')).code, 'cursor-foreign');
  await using nameless = await openEventSocket(`${world.url}/v1/events/ws`, world.reader);
  nameless.send({ type: 'ack', cursor: `${world.hub.id}-1` });
  assert.match((await nameless.next('refused')).detail, /named no consumer/);
});

test('consumers take nothing from each other, move only forward, are listed and forgotten', async () => {
  await using world = await open();
  const one = await world.poll('consumer=one');
  const two = await world.poll('consumer=two');
  await world.a.say('r', 'ann', 'first');
  await world.a.say('r', 'ann', 'second');
  const page = await world.poll('consumer=one&limit=1');
  assert.deepEqual(texts(page.events), ['first']);
  const ack = (name: string, cursor: string) =>
    world.ask(world.reader, 'PUT', `/v1/consumers/${name}`, { cursor });
  await ack('one', page.cursor);
  assert.equal((await ack('one', one.cursor)).body.cursor, page.cursor, 'an older one changes nothing');
  assert.deepEqual(texts((await world.poll('consumer=one')).events), ['second']);
  assert.deepEqual(texts((await world.poll('consumer=two')).events), ['first', 'second']);
  const { consumers } = (await world.ask(world.reader, 'GET', '/v1/consumers')).body;
  assert.deepEqual(
    consumers.map(({ name, cursor }: Record<string, string>) => [name, cursor]),
    [
      ['one', page.cursor],
      ['two', two.cursor],
    ],
  );
  assert.equal((await world.ask(world.reader, 'DELETE', '/v1/consumers/one')).status, 204);
  const gone = await world.ask(world.reader, 'GET', '/v1/consumers/one');
  assert.deepEqual([gone.status, gone.body.code], [404, 'consumer-unknown']);
  const other = await world.token('other', ['read']);
  assert.equal((await world.ask(other, 'GET', '/v1/consumers/two')).status, 404, 'it is another token’s');
});

test('a cursor of another hub, or of a later state of this one, is refused with why', async () => {
  await using world = await open();
  for (const way of ['events', 'events/sse', 'events/ws']) {
    for (const [cursor, status, code] of [
      ['abcdefghi-3', 409, 'cursor-foreign'],
      [`${world.hub.id}-3`, 409, 'cursor-ahead'],
      ['3', 400, 'request-invalid'],
    ] as const) {
      const answer = await world.ask(world.reader, 'GET', `/v1/${way}?after=${cursor}`);
      assert.deepEqual([answer.status, answer.body.code], [status, code], `${way} ${cursor}`);
    }
  }
  const plain = await world.ask(world.reader, 'GET', '/v1/events/ws');
  assert.deepEqual([plain.status, plain.body.code], [426, 'upgrade-required']);
  await assert.rejects(openEventSocket(`${world.url}/v1/events/ws?after=abcdefghi-3`, world.reader), /409/);
  await assert.rejects(openEventSocket(`${world.url}/v1/events/ws`, 'nobody'), /401/);
});

test('what retention took is told as a gap, three ways; asking for the oldest is none', async () => {
  await using world = await open();
  // More than what is kept in memory of the newest.
  const said = Array.from({ length: 1_200 }, (_, number) => world.a.say('unlinked', 'ann', `${number}`));
  await Promise.all(said);
  const page = await world.poll('after=oldest&limit=1');
  await world.poll(`after=${page.cursor}&limit=1000&wait=1`);
  while (!(await world.journal.trim(Date.now() + 1000, 0, 1000)).done);
  await world.a.say('unlinked', 'ann', 'four');
  const polled = await world.poll(`after=${page.cursor}`);
  assert.deepEqual([polled.gap, texts(polled.events)], [true, ['four']]);
  await using stream = await openEventStream(`${world.url}/v1/events/sse?after=${page.cursor}`, world.reader);
  assert.deepEqual((await stream.next('gap')).data, { gap: true });
  assert.equal((await stream.next()).data.text, 'four');
  await using socket = await openEventSocket(`${world.url}/v1/events/ws?after=${page.cursor}`, world.reader);
  await socket.next('gap');
  assert.equal((await socket.next('event')).event.text, 'four');
  const oldest = await world.poll('after=oldest');
  assert.deepEqual([oldest.gap, texts(oldest.events)], [false, ['four']]);
});

test('a program that was behind catches up from the journal and goes on live, nothing missing', async () => {
  await using world = await open();
  const count = 2_500;
  const said = Array.from({ length: count }, (_, number) => world.a.say('r', 'ann', `m${number}`));
  await Promise.all(said);
  await using stream = await openEventStream(`${world.url}/v1/events/sse?after=oldest`, world.reader);
  await using socket = await openEventSocket(`${world.url}/v1/events/ws?after=oldest`, world.reader);
  for (let number = 0; number < count; number += 1) {
    assert.equal((await stream.next()).data.text, `m${number}`);
    assert.equal((await socket.next('event')).event.text, `m${number}`);
  }
  await world.a.say('r', 'ann', 'live');
  assert.equal((await stream.next()).data.text, 'live');
  assert.equal((await socket.next('event')).event.text, 'live');
});

test('who reads nothing costs a bounded buffer, and holds up nobody', async () => {
  await using world = await open();
  const long = 'x'.repeat(8_000);
  const idle = connect(world.port, '127.0.0.1');
  idle.write(
    `GET /v1/events/sse HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${world.reader}\r\n\r\n`,
  );
  await new Promise((resolve) => idle.once('data', resolve));
  idle.pause();
  await using stream = await openEventStream(`${world.url}/v1/events/sse`, world.reader);
  for (let number = 0; number < 1_500; number += 1) await world.a.say('r', 'ann', `${number} ${long}`);
  for (let number = 0; number < 1_500; number += 1) {
    assert.ok((await stream.next()).data.text.startsWith(`${number} `));
  }
  let read = '';
  const last = new Promise<void>((resolve) => {
    idle.on('data', (chunk) => {
      read = (read + chunk.toString('latin1')).slice(-20_000);
      if (read.includes('"text":"1499 ')) resolve();
    });
  });
  idle.resume();
  await last;
  idle.destroy();
});

test('streams end when their token is revoked, others go on, and all end when the hub stops', async () => {
  const world = await open();
  const token = await world.token('short', ['read']);
  await using stream = await openEventStream(`${world.url}/v1/events/sse`, world.reader);
  await using socket = await openEventSocket(`${world.url}/v1/events/ws`, world.reader);
  await using ending = await openEventStream(`${world.url}/v1/events/sse`, token);
  await using closing = await openEventSocket(`${world.url}/v1/events/ws`, token);
  const boss = await world.token('boss', ['admin']);
  assert.equal((await world.ask(boss, 'DELETE', '/v1/tokens/short')).status, 204);
  await ending.ended;
  assert.equal(await closing.closed, 1008);
  await world.a.say('r', 'ann', 'for the others');
  assert.equal((await stream.next()).data.text, 'for the others');
  await world[Symbol.asyncDispose]();
  await stream.ended;
  assert.equal(await socket.closed, 1001);
});

test('a long poll ends when its token is revoked, and tells nothing that came later', async () => {
  await using world = await open();
  const token = await world.token('short', ['read']);
  const boss = await world.token('boss', ['admin']);
  const begun = await fetch(`${world.url}/v1/events`, { headers: { authorization: `Bearer ${token}` } });
  const { cursor } = (await begun.json()) as { cursor: string };
  const polling = world.ask(token, 'GET', `/v1/events?after=${cursor}&wait=20000`);
  const [ended] = await Promise.allSettled([polling, revokeOnceItWaits()]);
  assert.equal(ended.status, 'rejected');

  async function revokeOnceItWaits(): Promise<void> {
    // The hub has begun on the poll before it answers what was asked after it.
    await world.poll('');
    assert.equal((await world.ask(boss, 'DELETE', '/v1/tokens/short')).status, 204);
    await world.a.say('r', 'ann', 'for others');
  }
});
