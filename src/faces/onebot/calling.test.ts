// Bots that are called: by a WebSocket which is kept open, and by a request for each event.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import test from 'node:test';
import { WebSocketServer } from 'ws';
import { Bot, openOneBot, type Json } from '../../../test/fakes/onebot.ts';
import { isSigned } from '../../wire/onebot11/authorization.ts';

function nobodyWaits(): void {}

interface Called extends AsyncDisposable {
  port: number;
  server: Server;
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Called> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a bot that is called by WebSocket knows who calls, is told and answered, and is called again', async () => {
  await using called = await listen((_, response) => response.end());
  const sockets = new WebSocketServer({ server: called.server });
  const visits: { bot: Bot; headers: IncomingMessage['headers'] }[] = [];
  let came = nobodyWaits;
  sockets.on('connection', (socket, { headers }) => {
    visits.push({ bot: new Bot(socket), headers });
    came();
  });
  const visit = async (number: number) => {
    while (visits.length < number) await new Promise<void>((resolve) => (came = resolve));
    return visits[number - 1]!;
  };
  const target = { url: `ws://127.0.0.1:${called.port}/onebot/v11/ws`, account: 'a', token: 'secret' };
  await using world = await openOneBot({ config: { targets: [target] } });
  const first = await visit(1);
  const lifecycle = await first.bot.next();
  assert.equal(lifecycle.sub_type, 'connect');
  assert.equal(first.headers['x-self-id'], String(lifecycle.self_id));
  assert.equal(first.headers['x-client-role'], 'Universal');
  assert.equal(first.headers.authorization, 'Bearer secret');
  await world.a.say('r', 'Ann', 'one');
  const event = await first.bot.event();
  assert.equal((await first.bot.call('send_msg', { ...event, message: 'yes' })).status, 'ok');
  await world.b.say('r', 'Bea', 'not for this account');
  first.bot.socket.terminate();
  await world.a.say('r', 'Ann', 'two');
  const second = await visit(2);
  for (let said = ''; said !== 'two';) said = (await second.bot.event()).raw_message;
  assert.equal(second.bot.left.filter(({ post_type }) => post_type === 'message').length, 0);
});

test('events are posted in order, signed, again until they are taken; the answer is done at once', async () => {
  const got: { event: Json; headers: IncomingMessage['headers']; signed: boolean }[] = [];
  let failures = 1;
  let came = nobodyWaits;
  await using called = await listen((request, response) => {
    void buffer(request).then((body) => {
      const event = JSON.parse(body.toString());
      if (event.post_type === 'message' && failures > 0) {
        failures -= 1;
        return response.writeHead(500).end();
      }
      const signed = isSigned(body, request.headers['x-signature'] as string, 'key');
      got.push({ event, headers: request.headers, signed });
      came();
      if (event.raw_message !== 'ping') return response.writeHead(204).end();
      return response.end(JSON.stringify({ reply: 'pong', at_sender: false }));
    });
  });
  const targets = [{ url: `http://127.0.0.1:${called.port}/`, secret: 'key' }];
  await using world = await openOneBot({ config: { targets } });
  while (got.length < 1) await new Promise<void>((resolve) => (came = resolve));
  assert.deepEqual([got[0]!.event.meta_event_type, got[0]!.event.sub_type], ['lifecycle', 'enable']);
  await world.a.say('r', 'Ann', 'ping');
  await world.b.say('r', 'Bea', 'second');
  while (got.length < 3) await new Promise<void>((resolve) => (came = resolve));
  assert.deepEqual(
    got.slice(1).map(({ event }) => event.raw_message),
    ['ping', 'second'],
  );
  for (const { event, headers, signed } of got) {
    assert.ok(signed);
    assert.equal(headers['x-self-id'], String(event.self_id));
  }
  const { events } = await world.hub.read(0, { kinds: ['message'] }, 10);
  const pong = events.find((event) => event.postedBy !== undefined);
  assert.equal(pong?.room, 'a/r');
  assert.equal(pong?.kind === 'message' && JSON.stringify(pong.body), '[{"type":"text","text":"pong"}]');
});
