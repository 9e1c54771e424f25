// The ways in: the implementation connects to us, or posts to us. The web server before it is played by a bare one.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { GROUP, OneBotImplementation } from '../../../test/fakes/onebot-implementation.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { textBody, toPlainText } from '../../hub/message.ts';
import type { Visit } from '../../hub/network.ts';
import { toSignature } from '../../wire/onebot11/authorization.ts';
import { oneBotConfig } from './config.ts';
import { createOneBotNetwork } from './index.ts';

const ROOM = `group:${GROUP}`;
const TOKEN = 'secret';

interface World extends AsyncDisposable {
  port: FakePort;
  over: Promise<unknown>;
  address: string;
}

function visit(request: IncomingMessage): Visit {
  const query = URL.parse(request.url ?? '/', 'http://localhost')!.searchParams;
  return { path: '/', query, address: '127.0.0.1' };
}

/** A run whose place on the web server is a port of its own. */
async function start(config: object): Promise<World> {
  const port = new FakePort();
  port.linkRooms([ROOM]);
  const server = createServer((request, response) => {
    void port.mounted?.request?.(request, response, visit(request));
  });
  server.on('upgrade', (request, socket, head) => {
    void port.mounted?.upgrade?.(request, socket, head, visit(request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kind = createOneBotNetwork({ clock: createSystemClock() });
  const controller = new AbortController();
  const over = kind
    .open('qq', kind.config.parse(config))
    .run(port, controller.signal)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  return {
    port,
    over,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      controller.abort(new Error('the test is over'));
      await over;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** When the network waits for the implementation. */
function mounted({ port }: World): Promise<unknown> {
  return port.until(() => port.mounted);
}

function message(text: string) {
  return { room: ROOM, token: 't1', body: textBody(text), at: 0, hops: [] };
}

async function said(world: World, count: number): Promise<string[]> {
  const reports = await world.port.until((port) =>
    port.of('message').length >= count ? port.of('message') : undefined,
  );
  return reports.map(({ body }) => toPlainText(body));
}

test('the implementation comes in by one WebSocket, with the token only', async () => {
  await using qq = new OneBotImplementation({ token: TOKEN });
  await using world = await start({ reverse: {}, token: TOKEN });
  await mounted(world);
  const url = `ws://${world.address}/in/qq/`;
  await assert.rejects(qq.connect(url, { authorization: 'Bearer wrong' }), /403/);
  await qq.connect(url);
  const { actions } = await world.port.until((port) => port.session);
  await qq.say('来了');
  assert.deepEqual(await said(world, 1), ['来了']);
  await actions.send(message('好'));
  assert.deepEqual(qq.heard(), ['好']);
  await qq.cut();
  assert.match(String(await world.over), /closed/);
});

test('the token may stand in the address', async () => {
  await using qq = new OneBotImplementation();
  await using world = await start({ reverse: {}, token: TOKEN });
  await mounted(world);
  await qq.connect(`ws://${world.address}/in/qq/?access_token=${TOKEN}`);
  assert.ok(await world.port.until((port) => port.session));
});

test('calls and events may have a WebSocket each', async () => {
  await using qq = new OneBotImplementation({ token: TOKEN });
  await using world = await start({ reverse: {}, token: TOKEN });
  await mounted(world);
  const url = `ws://${world.address}/in/qq/`;
  await qq.connect(url, { 'x-client-role': 'API' });
  assert.equal(world.port.session, undefined);
  await qq.connect(url, { 'x-client-role': 'Event' });
  const { actions } = await world.port.until((port) => port.session);
  await actions.send(message('分开'));
  assert.deepEqual(qq.heard(), ['分开']);
});

test('an implementation that comes once more ends the old connection, which may be dead', async () => {
  await using qq = new OneBotImplementation({ token: TOKEN });
  await using world = await start({ reverse: {}, token: TOKEN });
  await mounted(world);
  await qq.connect(`ws://${world.address}/in/qq/`);
  await world.port.until((port) => port.session);
  await qq.connect(`ws://${world.address}/in/qq/`);
  assert.match(String(await world.over), /once more/);
});

test('by HTTP it is called, and what it posts is answered when it is durable', async () => {
  const secret = 'of-the-posts';
  await using listening = await new OneBotImplementation({ token: TOKEN }).listen();
  await using world = await start({ http: { url: listening.httpUrl, secret }, token: TOKEN });
  const { actions } = await world.port.until((port) => port.session);
  const url = `http://${world.address}/in/qq/`;
  await using qq = new OneBotImplementation({ post: { url, secret } });
  await qq.say('寄来的');
  assert.deepEqual(await said(world, 1), ['寄来的']);
  const receipt = await actions.send(message('收到'));
  assert.deepEqual(receipt, { native: String(listening.said()[0]?.id) });

  const body = JSON.stringify({
    time: 1,
    self_id: 1,
    post_type: 'notice',
    notice_type: 'friend_add',
    user_id: 5,
  });
  const post = async (signature?: string) => {
    const headers = signature === undefined ? {} : { 'x-signature': signature };
    return (await fetch(url, { method: 'POST', body, headers })).status;
  };
  assert.equal(await post(), 401);
  assert.equal(await post(toSignature(Buffer.from(body), 'wrong')), 403);
  assert.equal(await post(toSignature(Buffer.from(`${body} `), secret)), 403);
  assert.equal(await post(toSignature(Buffer.from(body), secret)), 204);
  assert.equal((await fetch(url)).status, 405);

  world.port.refuse(new Error('the disk is full'));
  await assert.rejects(qq.say('没记下来'), /503/);
  assert.match(String(await world.over), /disk is full/);
});

test('a setting that would let anybody in, or no way or two, is refused', () => {
  for (const config of [
    {},
    { reverse: {} },
    { url: 'ws://127.0.0.1:1', reverse: {}, token: TOKEN },
    { url: 'http://127.0.0.1:1' },
    { http: { url: 'http://127.0.0.1:1' } },
  ]) {
    assert.equal(oneBotConfig.safeParse(config).success, false, JSON.stringify(config));
  }
});
