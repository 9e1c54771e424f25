// The library by itself, without the hub: against a bare WebSocket server that answers as it is told.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { isSigned, toSignature } from './authorization.ts';
import { Calls } from './calls.ts';
import { connectOneBot } from './connect.ts';
import { ActionError, OneBotError } from './errors.ts';
import { parseEvent, type OneBotEvent } from './events.ts';
import type { OneBotSocket } from './socket.ts';

interface Pair extends AsyncDisposable {
  client: OneBotSocket;
  events: OneBotEvent[];
  odd: unknown[];
}

/** A client, and a server that does `answer` with each call. */
async function connect(
  answer: (call: { action: string; params: unknown; echo: unknown }, socket: WebSocket) => void,
  options: { callTimeoutMs?: number } = {},
): Promise<Pair> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      answer(JSON.parse((data as Buffer).toString('utf8')) as Parameters<typeof answer>[0], socket);
    });
  });
  const events: OneBotEvent[] = [];
  const odd: unknown[] = [];
  const client = await connectOneBot({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onEvent: (event) => events.push(event),
    onOdd: (error) => odd.push(error),
    ...options,
  });
  return {
    client,
    events,
    odd,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const isCode = (code: string) => (error: unknown) => error instanceof OneBotError && error.code === code;

test('answers find their calls in whatever order they come', async () => {
  const held: (() => void)[] = [];
  await using pair = await connect(({ params, echo }, socket) => {
    const { user_id } = params as { user_id: number };
    const data = { user_id: String(user_id), nickname: `n${user_id}` };
    held.unshift(() => socket.send(JSON.stringify({ status: 'ok', retcode: 0, data, echo })));
    if (held.length === 3) for (const reply of held) reply();
  });
  const answers = await Promise.all(
    [1, 2, 3].map((user_id) => pair.client.call('get_stranger_info', { user_id })),
  );
  assert.deepEqual(
    answers.map(({ user_id, nickname }) => [user_id, nickname]),
    [
      [1, 'n1'],
      [2, 'n2'],
      [3, 'n3'],
    ],
  );
  assert.equal(pair.client.callsUnderWay, 0);
});

test('a failure is told with its retcode and words', async () => {
  await using pair = await connect(({ echo }, socket) =>
    socket.send(JSON.stringify({ status: 'failed', retcode: '1404', data: null, wording: '不支持', echo })),
  );
  await assert.rejects(
    pair.client.call('get_status', {}),
    (error) => error instanceof ActionError && error.retcode === 1404 && error.wording === '不支持',
  );
});

test('events, odd frames and answers that nobody waits for disturb no call', async () => {
  await using pair = await connect(({ echo }, socket) => {
    socket.send('no json');
    socket.send(
      JSON.stringify({
        time: 1,
        self_id: 1,
        post_type: 'meta_event',
        meta_event_type: 'heartbeat',
        interval: '5',
      }),
    );
    socket.send(JSON.stringify({ time: 1, self_id: 1, post_type: 'hologram' }));
    socket.send(JSON.stringify({ time: 1, self_id: 1, post_type: 'message', message_type: 'group' }));
    socket.send(JSON.stringify({ status: 'ok', retcode: 0, data: null, echo: { a: 1 } }));
    socket.send(JSON.stringify({ status: 'ok', retcode: 0, data: { online: true, good: true }, echo }));
  });
  assert.equal((await pair.client.call('get_status', {})).online, true);
  assert.equal(pair.events.length, 1);
  assert.equal(pair.odd.length, 2, 'what is no JSON, and a message without its parts');
});

test('a frame that refuses the token ends all calls as an authentication failure', async () => {
  await using pair = await connect((_, socket) => {
    socket.send(JSON.stringify({ status: 'failed', retcode: 1403, data: null, message: 'no', echo: null }));
    socket.close();
  });
  await assert.rejects(pair.client.call('get_status', {}), isCode('onebot-authentication-failed'));
  assert.equal((await pair.client.closed).code, 'onebot-authentication-failed');
  await assert.rejects(pair.client.call('get_status', {}), isCode('onebot-authentication-failed'));
});

test('a connection that ends ends its calls, and takes no more', async () => {
  await using pair = await connect((_, socket) => socket.terminate());
  await assert.rejects(pair.client.call('get_status', {}), isCode('onebot-closed'));
  await assert.rejects(pair.client.call('get_status', {}), isCode('onebot-not-connected'));
});

test('a lost reply ends its call in time, and a late one is nobody’s', async () => {
  let late: (() => void) | undefined;
  await using pair = await connect(
    ({ echo }, socket) => {
      const reply = () =>
        socket.send(JSON.stringify({ status: 'ok', retcode: 0, data: { online: true }, echo }));
      if (late) {
        late();
        reply();
      } else late = reply;
    },
    { callTimeoutMs: 50 },
  );
  await assert.rejects(pair.client.call('get_status', {}), isCode('onebot-timeout'));
  assert.equal((await pair.client.call('get_status', {}, { timeoutMs: 5000 })).online, true);
  assert.equal(pair.client.callsUnderWay, 0);
});

test('100,000 lost replies leave nothing', async () => {
  const timers = new Set<() => void>();
  const calls = new Calls((_, fire) => {
    timers.add(fire);
    return () => timers.delete(fire);
  });
  const lost = Array.from({ length: 100_000 }, () => calls.enter('get_status', 1000).answer);
  for (const fire of timers) fire();
  const ends = await Promise.allSettled(lost);
  assert.ok(ends.every(({ status }) => status === 'rejected'));
  assert.equal(calls.size, 0);
});

test('a signature is that of the very bytes', () => {
  const body = Buffer.from('{"text":"胡同"}');
  const signature = toSignature(body, 'secret');
  assert.match(signature, /^sha1=[0-9a-f]{40}$/);
  assert.ok(isSigned(body, signature, 'secret'));
  assert.ok(!isSigned(body, signature, 'another'));
  assert.ok(!isSigned(Buffer.from('{"text": "胡同"}'), signature, 'secret'));
  assert.ok(!isSigned(body, undefined, 'secret'));
});

test('ids as strings, missing senders and null cards are read', () => {
  const event = parseEvent({
    time: '1700000000',
    self_id: '10000',
    post_type: 'message',
    message_type: 'group',
    message_id: '-1872',
    group_id: '1',
    user_id: '2',
    message: '[CQ:at,qq=10000] 在',
    sender: { nickname: 'n', card: null },
    anonymous: null,
  });
  assert.ok(event?.post_type === 'message' && event.message_type === 'group');
  assert.deepEqual([event.message_id, event.group_id, event.user_id, event.sender?.card], [-1872, 1, 2, '']);
  assert.deepEqual(event.message[0], { type: 'at', data: { qq: '10000' } });
});
