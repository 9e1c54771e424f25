// What networks serve under /in/ACCOUNT/: untouched requests and WebSockets, but never from a foreign page.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { exchange, openSocket, startWeb, toStatus } from '../../test/fakes/web.ts';
import type { MountedRoutes, Visit } from '../hub/network.ts';

/** A network that says what it was asked. */
function createEcho() {
  const visits: Visit[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  const routes: MountedRoutes = {
    async request(request, response, visit) {
      visits.push(visit);
      const body = await text(request);
      response.setHeader('content-type', 'text/plain');
      response.end(
        `${request.method} ${visit.path}?${visit.query.toString()} ${request.headers['content-type']} ${body}`,
      );
    },
    upgrade(request, socket, head, visit) {
      visits.push(visit);
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('message', (data: Buffer) => client.send(`heard ${data.toString()}`));
      });
    },
  };
  return { routes, visits };
}

async function setup(routes: MountedRoutes, options: Parameters<typeof startWeb>[0] = {}) {
  const served = { present: routes as MountedRoutes | undefined };
  const web = await startWeb({
    ...options,
    mounted: (account) => (account === 'house' ? served.present : undefined),
  });
  return { ...web, served };
}

async function firstMessage(url: string, headers: Record<string, string> = {}): Promise<string> {
  const socket = new WebSocket(url, { headers });
  socket.on('open', () => socket.send('hello'));
  try {
    const [data] = (await once(socket, 'message')) as [Buffer];
    return String(data);
  } finally {
    socket.terminate();
  }
}

test('a network gets its requests as they came, with the path behind its name', async () => {
  const { routes, visits } = createEcho();
  await using web = await setup(routes);
  const answer = await fetch(`${web.url}/in/house/a%2Fb/c?x=1&y=%E4%BA%92`, {
    method: 'PATCH',
    body: 'raw',
    headers: { 'content-type': 'application/nonsense+json' },
  });
  assert.equal(await answer.text(), 'PATCH /a%2Fb/c?x=1&y=%E4%BA%92 application/nonsense+json raw');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('server'), 'hutong');
  assert.equal(visits[0]?.address, '127.0.0.1');
  assert.equal(visits[0]?.user, undefined);
  assert.equal(await (await fetch(`${web.url}/in/house`)).text(), 'GET /? undefined ');
});

test('what a network does not take is told to browsers by a page, to programs in JSON', async () => {
  const { routes } = createEcho();
  await using web = await setup({
    ...routes,
    refuses: ({ path }) => (path === '/' ? { status: 426, explanation: 'WebSockets only.' } : undefined),
  });
  const page = await fetch(`${web.url}/in/house`, { headers: { accept: 'text/html,*/*;q=0.8' } });
  assert.equal(page.status, 426);
  assert.equal(page.headers.get('upgrade'), 'websocket');
  assert.match(await page.text(), /<h1>426 Upgrade Required<\/h1><p>WebSockets only\.<\/p>/);
  const told = await fetch(`${web.url}/in/house`);
  assert.deepEqual(await told.json(), {
    code: 426,
    message: 'Upgrade Required',
    explanation: 'WebSockets only.',
  });
  assert.equal((await fetch(`${web.url}/in/house/else`)).status, 200);
});

test('no path leads from one account to another', async () => {
  await using web = await setup(createEcho().routes);
  for (const path of [
    '/in/',
    '/in/other/',
    '/in/house%2F',
    '/in/House/',
    '/in//house/',
    '/in/house/../other/',
  ]) {
    const answer = await exchange(
      web.port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    assert.equal(toStatus(answer), 404, path);
  }
});

test('WebSockets reach the network, and the session’s user with them', async () => {
  const { routes, visits } = createEcho();
  await using web = await setup(routes);
  await web.access.setUser({ name: 'ann', createdAt: 0 }, 'correct horse');
  const login = await fetch(`${web.url}/api/login`, {
    method: 'POST',
    body: JSON.stringify({ username: 'ann', password: 'correct horse' }),
  });
  const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
  const url = `ws://${web.address}/in/house/ws?room=lobby`;
  assert.equal(await firstMessage(url, { cookie, origin: web.url }), 'heard hello');
  const visit = visits.at(-1);
  assert.deepEqual(visit?.user, { name: 'ann', role: 'user' });
  assert.equal(await visit?.holds?.(), true);
  await fetch(`${web.url}/api/logout`, { method: 'POST', headers: { cookie } });
  assert.equal(await visit?.holds?.(), false);
  assert.equal(visits.at(-1)?.query.get('room'), 'lobby');
  assert.equal(await firstMessage(url), 'heard hello');
  assert.equal(visits.at(-1)?.user, undefined);
});

test('foreign pages are refused, by Origin and, on this machine, by Host', async () => {
  const { routes, visits } = createEcho();
  await using web = await setup(routes);
  const url = `ws://${web.address}/in/house/ws`;
  await assert.rejects(firstMessage(url, { origin: 'http://evil.example' }), /403/);
  await assert.rejects(
    firstMessage(url, { host: `evil.example:${web.port}`, origin: `http://evil.example:${web.port}` }),
    /421/,
  );
  const post = await fetch(`${web.url}/in/house/say`, {
    method: 'POST',
    body: 'x',
    headers: { origin: 'http://evil.example' },
  });
  assert.equal(post.status, 403);
  assert.deepEqual(visits, []);
});

test('an account that is not running, or takes no WebSockets, says so', async () => {
  await using web = await setup({
    request: (_, response) => void response.end('fine'),
  });
  await assert.rejects(firstMessage(`ws://${web.address}/in/house/ws`), /404/);
  web.served.present = undefined;
  const answer = await fetch(`${web.url}/in/house/`);
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /not running now/);
});

test('a network that fails to answer costs its own request only', async () => {
  await using web = await setup({
    async request(_, response, { path }) {
      if (path === '/late') response.write('begun');
      await Promise.reject(new Error('broken inside'));
    },
    upgrade: () => Promise.reject(new Error('broken inside')),
  });
  const answer = await fetch(`${web.url}/in/house/`);
  assert.deepEqual([answer.status, await answer.text()], [500, '']);
  await assert.rejects(fetch(`${web.url}/in/house/late`).then((late) => late.text()));
  await assert.rejects(firstMessage(`ws://${web.address}/in/house/ws`));
  assert.equal(web.logged.filter((line) => line.includes('a network failed to answer')).length, 2);
});

test('what asks to become something that nobody speaks is answered as what it is', async () => {
  const { routes } = createEcho();
  await using web = await setup(routes);
  const upgrade = (path: string, protocol: string) =>
    exchange(
      web.port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`,
    );
  assert.match(await upgrade('/in/house/', 'h2c'), /^HTTP\/1\.1 200 [^]*GET \/\?/);
  assert.equal(toStatus(await upgrade('/elsewhere', 'websocket')), 404);
  await using socket = await openSocket(web.port);
  socket.write(
    'GET /in/house/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  assert.equal(toStatus(await text(socket)), 400, 'a handshake without its key');
});

test('a network that reads no more of a body than it wants ends nothing but that connection', async () => {
  const routes: MountedRoutes = {
    async request(request, response) {
      for await (const _ of request as AsyncIterable<Buffer>) break;
      response.writeHead(413, { 'content-length': '0' }).end();
    },
  };
  await using web = await setup(routes, { limits: { lingerMs: 60 } });
  const head = `POST /in/house/ HTTP/1.1\r\nHost: ${web.address}\r\nContent-Length: 1000000\r\n\r\n`;
  const answer = await exchange(web.port, head + 'a'.repeat(1000));
  assert.equal(toStatus(answer), 413);
  assert.equal((await fetch(`${web.url}/in/nobody/`)).status, 404);
});
