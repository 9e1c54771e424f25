// The web server by real bytes: health, readiness, metrics, and what is not there.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { createAddressList, formatAddress } from '../hub/address.ts';
import { createSystemClock } from '../hub/clock.ts';
import { JournalError, ListenError } from '../hub/errors.ts';
import type { Log } from '../hub/log.ts';
import { AppendTimes } from './append-times.ts';
import { healthRoutes } from './health.ts';
import type { Caller } from './authentication.ts';
import { metricsRoutes } from './metrics-route.ts';
import { Origins } from './origins.ts';
import { createWebServer, type Routes } from './server.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

const common = { log, clock: createSystemClock(), origins: new Origins({ proxies: createAddressList([]) }) };

async function setup(...routes: Routes[]) {
  const server = await createWebServer({ ...common, listen: { host: '127.0.0.1', port: 0 }, routes });
  return {
    url: `http://${formatAddress(server.address)}`,
    port: server.address.port,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const counts = {
  appended: 3,
  duplicates: 1,
  refused: 0,
  sent: 2,
  retried: 0,
  parked: 0,
  unknown: 0,
  dropped: 0,
};
const appendTimes = new AppendTimes();
for (const tookMs of [0.5, 3, 9_000]) appendTimes.observe(tookMs);

const source = {
  appendTimes,
  version: '1.2.3',
  counts: () => counts,
  accounts: () => [
    { id: 'qq', kind: 'onebot', state: { phase: 'online' as const }, since: 0, capabilities: [], waiting: 4 },
  ],
};
const callers: Record<string, Caller> = {
  reader: { kind: 'token', name: 'r', scopes: ['read'] },
  sender: { kind: 'token', name: 's', scopes: ['send'] },
  bound: { kind: 'token', name: 'b', scopes: ['read'], account: 'qq' },
};
const authentication = {
  caller: async ({ headers }: IncomingMessage) =>
    callers[headers.authorization?.slice('Bearer '.length) ?? ''],
};

test('readyz says what is missing, healthz only whether the process and its journal live', async () => {
  const missing = ['account house does not listen on 127.0.0.1:5267 yet'];
  const clock = createSystemClock();
  await using web = await setup(healthRoutes({ clock, journal: async () => 0, notReady: () => missing }));
  const notYet = await fetch(`${web.url}/readyz`);
  assert.equal(notYet.status, 503);
  assert.deepEqual(await notYet.json(), { status: 'unavailable', reasons: missing });
  assert.equal((await fetch(`${web.url}/healthz`)).status, 200);
  missing.pop();
  const ready = await fetch(`${web.url}/readyz`);
  assert.deepEqual([ready.status, await ready.json()], [200, { status: 'ok' }]);
});

async function journal(): Promise<never> {
  throw new JournalError('journal-full', '/srv/data/journal.sqlite: the disk is full');
}

test('a journal that fails is no good health', async () => {
  await using web = await setup(healthRoutes({ clock: createSystemClock(), journal, notReady: () => [] }));
  for (const path of ['healthz', 'readyz']) {
    const answer = await fetch(`${web.url}/${path}`);
    assert.equal(answer.status, 503);
    assert.deepEqual(await answer.json(), {
      status: 'unavailable',
      reasons: ['the journal fails (journal-full); the log says why'],
    });
  }
});

test('metrics tell the accounts, their lanes and what the hub counted, twice the same', async () => {
  await using web = await setup(metricsRoutes(source, authentication, () => true));
  for (let scrape = 0; scrape < 2; scrape++) {
    const answer = await fetch(`${web.url}/metrics`);
    assert.match(answer.headers.get('content-type')!, /^text\/plain/);
    const body = await answer.text();
    for (const line of [
      'hutong_info{version="1.2.3"} 1',
      'hutong_account_state{account="qq",network="onebot",state="online"} 1',
      'hutong_account_state{account="qq",network="onebot",state="failed"} 0',
      'hutong_lane_waiting{account="qq"} 4',
      'hutong_events_appended_total 3',
      'hutong_deliveries_total{outcome="sent"} 2',
      'hutong_append_seconds_bucket{le="0.001"} 1',
      'hutong_append_seconds_bucket{le="0.005"} 2',
      'hutong_append_seconds_bucket{le="+Inf"} 3',
      'hutong_append_seconds_count 3',
    ]) {
      assert.ok(body.split('\n').includes(line), line);
    }
    assert.match(body, /nodejs_eventloop_lag_p99_seconds/);
  }
});

test('metrics from outside need a token that may read all', async () => {
  await using web = await setup(metricsRoutes(source, authentication, () => false));
  const status = async (token?: string) =>
    (
      await fetch(
        `${web.url}/metrics`,
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      )
    ).status;
  assert.equal(await status(), 401);
  assert.equal(await status('wrong'), 401);
  assert.equal(await status('sender'), 403);
  assert.equal(await status('bound'), 403);
  assert.equal(await status('reader'), 200);
});

test('anything else is a 404: JSON for programs, a page for browsers', async () => {
  await using web = await setup();
  const json = await fetch(`${web.url}/<script>`);
  assert.equal(json.status, 404);
  assert.deepEqual(await json.json(), {
    code: 404,
    message: 'Not Found',
    explanation: 'There is nothing at this address.',
  });
  const page = await fetch(`${web.url}/x`, { headers: { accept: 'text/html,*/*;q=0.8' } });
  assert.match(page.headers.get('content-type')!, /^text\/html/);
  assert.match(await page.text(), /<h1>404 Not Found<\/h1>/);
});

test('a name that is too long for any is not found; that is no question of the method', async () => {
  await using web = await setup((server) => {
    server.get('/of/:name', () => 'found');
    // As the files do, to which the router turns.
    server.all('/*', (_, reply) => reply.callNotFound());
  });
  const long = 'n'.repeat(3_000);
  assert.equal((await fetch(`${web.url}/of/${long.slice(0, 1_000)}`)).status, 200);
  assert.equal((await fetch(`${web.url}/of/${long}`)).status, 404);
  const posted = await fetch(`${web.url}/of/${long}`, { method: 'POST' });
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD, OPTIONS']);
});

test('a route that fails is a 500 that tells nothing of the inside', async () => {
  await using web = await setup((server) => {
    server.get('/boom', () => Promise.reject(new Error('secret inside')));
  });
  const answer = await fetch(`${web.url}/boom`);
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /secret/);
});

test('what is no HTTP gets a 400 and is closed; the server lives', async () => {
  await using web = await setup();
  const socket = connect(web.port, '127.0.0.1');
  socket.write('\x16\x03\x01 this is no HTTP\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 400 Bad Request\r\n/);
  const long = connect(web.port, '127.0.0.1');
  long.on('error', () => {
    // Closed while it still wrote: the server has had enough.
  });
  long.write(`GET / HTTP/1.1\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`);
  assert.match(await text(long), /^HTTP\/1\.1 431 /);
  assert.equal((await fetch(web.url)).status, 404);
});

test('what routes began ends when the server could not start', async () => {
  await using web = await setup();
  const listen = { host: '127.0.0.1', port: web.port };
  let ended = false;
  const begins: Routes = (_server, host) => host.closing.addEventListener('abort', () => (ended = true));
  await assert.rejects(createWebServer({ ...common, listen, routes: [begins] }), ListenError);
  assert.ok(ended);
});

test('a port that is taken is told with its address and its setting', async () => {
  await using web = await setup();
  const listen = { host: '127.0.0.1', port: web.port };
  await assert.rejects(createWebServer({ ...common, listen, routes: [] }), (error) => {
    assert.ok(error instanceof ListenError);
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${web.port} \\(http\\.listen\\) is in use`));
    return true;
  });
});
