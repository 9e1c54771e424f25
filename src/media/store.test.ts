import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempDisposable, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test from 'node:test';
import { createSystemClock, type Clock } from '../hub/clock.ts';
import { toMediaSegment } from '../hub/media.ts';
import { samples } from '../../test/fakes/media-samples.ts';
import { AddressGuard } from '../wire/http/address-guard.ts';
import type { MediaSettings, MediaStoreOptions } from './settings.ts';
import { FolderMediaStore } from './store.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const system = createSystemClock();

interface Opened extends AsyncDisposable {
  folder: string;
  store: FolderMediaStore;
  /** Closes the store and opens it again, as a restart would. */
  reopen(more?: Partial<MediaStoreOptions>): Promise<FolderMediaStore>;
}

type Options = Omit<Partial<MediaStoreOptions>, 'settings'> & { settings?: Partial<MediaSettings> };

async function openStore({ settings, ...more }: Options = {}): Promise<Opened> {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'hutong-media-'));
  const options: MediaStoreOptions = {
    folder: temporary.path,
    clock: system,
    log,
    baseUrl: () => 'https://hub.example',
    guard: new AddressGuard({ allow: ['127.0.0.1'] }),
    ...more,
    settings: { fileLimitBytes: 1_000_000, totalLimitBytes: 10_000_000, ...settings },
  };
  const opened: Opened = {
    folder: temporary.path,
    store: await FolderMediaStore.open(options),
    async reopen(other) {
      await opened.store[Symbol.asyncDispose]();
      opened.store = await FolderMediaStore.open({ ...options, ...other });
      return opened.store;
    },
    async [Symbol.asyncDispose]() {
      await opened.store[Symbol.asyncDispose]();
      await temporary.remove();
    },
  };
  return opened;
}

function pieces(...content: (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  return Readable.from(content.map((piece) => Buffer.from(piece)));
}

async function bytesOf(store: FolderMediaStore, id: string, range?: { start: number; end: number }) {
  const opened = await store.open(id, range);
  return opened && Buffer.concat(await Array.fromAsync(opened.stream)).toString();
}

/** Every file below the folder but the key. */
async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile() && entry.name !== 'key').map(({ name }) => name);
}

test('what is saved opens again, whole and in parts, after a restart too', async () => {
  await using opened = await openStore();
  const stored = await opened.store.save(pieces('hello ', 'world'), { name: 'greeting.txt' });
  assert.equal(stored.url, `media:${stored.id}/greeting.txt`);
  assert.equal(stored.mime, 'text/plain');
  assert.equal(stored.sizeBytes, 11);
  assert.equal(stored.sha256, 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9');
  assert.equal(await bytesOf(opened.store, stored.id), 'hello world');
  const later = await opened.reopen();
  assert.equal(await bytesOf(later, stored.id, { start: 6, end: 8 }), 'wor');
  const { name: _, url: __, ...info } = stored;
  assert.deepEqual(await later.find(stored.id), info);
});

test('the same bytes are one file, whatever they are called, and have one id for ever', async () => {
  await using opened = await openStore();
  const [one, two] = await Promise.all([
    opened.store.save(pieces('same'), { name: 'a.txt' }),
    opened.store.save(pieces('sa', 'me'), { name: '二.txt' }),
  ]);
  const later = await (await opened.reopen()).save(pieces('same'));
  assert.equal(one.id, two.id);
  assert.equal(one.id, later.id);
  assert.equal(two.url, `media:${one.id}/%E4%BA%8C.txt`);
  assert.deepEqual((await filesIn(opened.folder)).toSorted(), [one.id, `${one.id}.json`]);
});

test('nobody can tell an id from the bytes: another hub has another one for them', async () => {
  await using here = await openStore();
  await using there = await openStore();
  const mine = await here.store.save(pieces('same'));
  const other = await there.store.save(pieces('same'));
  assert.notEqual(mine.id, other.id);
  assert.equal(await there.store.find(mine.id), undefined);
});

test('an id that is none opens nothing, least of all another path', async () => {
  await using opened = await openStore();
  await opened.store.save(pieces('x'));
  for (const id of [
    '',
    '..',
    '../key',
    'key',
    '%2e%2e%2fkey',
    '../../etc/passwd',
    'a'.repeat(40),
    'A'.repeat(40),
  ]) {
    assert.equal(await opened.store.find(id), undefined, id);
    assert.equal(await opened.store.open(id), undefined, id);
  }
});

test('a link is made for browsers, and known again', async () => {
  await using opened = await openStore();
  const { id, url } = await opened.store.save(pieces('x'), { name: 'a (b).txt' });
  const link = opened.store.resolve(url);
  assert.equal(link, `https://hub.example/media/${id}/a%20%28b%29.txt`);
  assert.equal(opened.store.idOf(link), id);
  assert.equal(opened.store.idOf(url), id);
  for (const other of [
    'https://other.example/media/x',
    `https://other.example/media/${id}/x`,
    'media:x',
    '',
  ]) {
    assert.equal(opened.store.idOf(other), undefined);
    assert.equal(opened.store.resolve(other), other);
  }
});

test('what a file is told by its name or its sender is not believed', async () => {
  await using opened = await openStore();
  const page = await opened.store.save(pieces('<html><script>alert(1)</script>'), { name: 'cat.png' });
  assert.equal(page.mime, 'text/html');
  assert.equal(toMediaSegment(page).type, 'file');
  const picture = await opened.store.save(pieces(samples.png), { name: 'notes.txt' });
  assert.deepEqual(toMediaSegment(picture), {
    type: 'image',
    url: picture.url,
    name: 'notes.txt',
    mime: 'image/png',
    sizeBytes: samples.png.length,
  });
});

test('a file that is too large, or breaks off, leaves nothing', async () => {
  await using opened = await openStore({ settings: { fileLimitBytes: 10 } });
  await assert.rejects(opened.store.save(pieces('12345', '678901')), { code: 'media-too-large' });
  await assert.rejects(opened.store.save(pieces('12345'), { limitBytes: 4 }), { code: 'media-too-large' });
  await assert.rejects(
    opened.store.save(
      (async function* () {
        yield Buffer.from('12');
        throw new Error('the sender went away');
      })(),
    ),
    { code: 'media-failed', message: /the sender went away/ },
  );
  const controller = new AbortController();
  const aborted = (async function* () {
    yield Buffer.from('1');
    controller.abort(new Error('not wanted any more'));
    yield Buffer.from('2');
  })();
  await assert.rejects(opened.store.save(aborted, { signal: controller.signal }), /not wanted any more/);
  assert.deepEqual(await filesIn(opened.folder), []);
  assert.equal((await opened.store.save(pieces('1234567890'))).sizeBytes, 10);
});

test('a large file is never in memory: the next piece is asked for when the last is written', async () => {
  const pieceBytes = 1024 * 1024;
  const count = 200;
  await using opened = await openStore({
    settings: { fileLimitBytes: 400 * pieceBytes, totalLimitBytes: 1000 * pieceBytes },
  });
  const piece = randomBytes(pieceBytes);
  let asked = 0;
  let mostAhead = 0;
  async function* produce() {
    for (; asked < count;) {
      asked += 1;
      yield piece;
      // Whoever asks for the next piece has the last one on disk.
      const [name = ''] = await readdir(join(opened.folder, 'incoming'));
      const { size } = await stat(join(opened.folder, 'incoming', name));
      mostAhead = Math.max(mostAhead, asked * pieceBytes - size);
    }
  }
  const stored = await opened.store.save(produce());
  assert.equal(stored.sizeBytes, count * pieceBytes);
  assert.equal(mostAhead, 0);
});

test('what a crash has left half written is gone after the start', async () => {
  await using opened = await openStore();
  const { id } = await opened.store.save(pieces('whole'));
  const { id: halved } = await opened.store.save(pieces('lost its bytes'));
  await writeFile(join(opened.folder, 'incoming', 'abc'), 'half');
  await rm(join(opened.folder, halved.slice(0, 2), halved));
  await opened.reopen();
  await opened.store.clean();
  assert.equal(await opened.store.find(halved), undefined);
  assert.deepEqual((await filesIn(opened.folder)).toSorted(), [id, `${id}.json`].toSorted());
});

test('bytes of which nothing is known are no file, until they are saved again', async () => {
  await using opened = await openStore();
  const { id } = await opened.store.save(pieces('again'));
  const info = join(opened.folder, id.slice(0, 2), `${id}.json`);
  await writeFile(info, '');
  assert.equal(await opened.store.find(id), undefined);
  await opened.store.save(pieces('again'));
  assert.equal(await bytesOf(opened.store, id), 'again');
});

test('a folder that cannot be used is told at the start', async () => {
  await using opened = await openStore();
  await rename(join(opened.folder, 'key'), join(opened.folder, 'key.old'));
  await writeFile(join(opened.folder, 'key'), 'short');
  await assert.rejects(opened.reopen(), { code: 'media-failed', message: /key/ });
  await rename(join(opened.folder, 'key.old'), join(opened.folder, 'key'));
  await opened.reopen();
});

/** A clock that stands until it is set. */
function standing(): Clock & { at: number } {
  const clock = { ...system, at: Date.UTC(2026, 0, 1), now: () => clock.at, after: () => () => {} };
  return clock;
}

test('files that nobody opened for too long go, those of messages on their way stay', async () => {
  const clock = standing();
  const inUse = new Set<string>();
  await using opened = await openStore({
    clock,
    settings: { retentionMs: 1000_000 },
    inUse: async () => inUse,
  });
  const [old, opens, waits] = await Promise.all(
    ['old', 'opens', 'waits'].map((text) => opened.store.save(pieces(text))),
  );
  assert.ok(old && opens && waits);
  inUse.add(waits.id);
  clock.at += 900_000;
  await opened.store.find(opens.id);
  clock.at += 200_000;
  await opened.store.clean();
  assert.equal(await opened.store.find(old.id), undefined);
  assert.equal(await bytesOf(opened.store, opens.id), 'opens');
  assert.equal(await bytesOf(opened.store, waits.id), 'waits');
});

test('when all files together are too much the least recently used go, also while one is being read', async () => {
  const clock = standing();
  await using opened = await openStore({ clock, settings: { totalLimitBytes: 250_000 } });
  const first = await opened.store.save(pieces(Buffer.alloc(100_000, 1)));
  clock.at += 1000_000;
  const second = await opened.store.save(pieces(Buffer.alloc(100_000, 2)));
  const reading = await opened.store.open(first.id);
  clock.at += 1000_000;
  await opened.store.find(second.id);
  await opened.store.save(pieces(Buffer.alloc(100_000, 3)));
  await opened.store.clean();
  assert.equal(await opened.store.find(first.id), undefined);
  assert.notEqual(await opened.store.find(second.id), undefined);
  assert.equal(Buffer.concat(await Array.fromAsync(reading?.stream ?? [])).length, 100_000);
});

async function serve(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a foreign file is fetched under its own name, with the account’s cookies', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/named')
      response.setHeader('content-disposition', 'attachment; filename="real.png"');
    if (request.url === '/') response.setHeader('set-cookie', 'sid=1');
    const allowed = request.url === '/' || request.headers.cookie === 'sid=1';
    response.writeHead(allowed ? 200 : 403).end(samples.png);
  });
  const values = new Map<string, string>();
  const cookies = (account: string) => ({
    get: async (key: string) => values.get(`${account}/${key}`),
    set: async (key: string, value: string | undefined) => void values.set(`${account}/${key}`, value ?? ''),
  });
  await using opened = await openStore({ cookies });
  assert.equal((await opened.store.fetch(`${server.url}/`, { account: 'qq' })).name, 'file.png');
  const named = await opened.store.fetch(`${server.url}/named`, { account: 'qq' });
  assert.equal(named.name, 'real.png');
  assert.equal(named.mime, 'image/png');
  await opened.reopen({ cookies });
  assert.equal((await opened.store.fetch(`${server.url}/p/%E7%85%A7.png`, { account: 'qq' })).name, '照.png');
  await assert.rejects(opened.store.fetch(`${server.url}/named`, { account: 'other' }), {
    code: 'media-unreachable',
    message: /403/,
  });
  await assert.rejects(opened.store.fetch(`${server.url}/named`), { code: 'media-unreachable' });
});

test('a foreign file that may not be had is told as what is wrong, and leaves nothing', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/large') response.writeHead(200).end(Buffer.alloc(2_000_000));
    else if (request.url === '/half')
      response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy());
    else if (request.url === '/inside')
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    else response.writeHead(404).end();
  });
  await using opened = await openStore();
  for (const [url, code] of [
    [`${server.url}/large`, 'media-too-large'],
    [`${server.url}/half`, 'media-unreachable'],
    [`${server.url}/inside`, 'media-refused'],
    [`${server.url}/none`, 'media-unreachable'],
    ['http://[::1]:1/', 'media-refused'],
    ['file:///etc/passwd', 'media-refused'],
    ['http://10.0.0.1/', 'media-refused'],
  ] as const) {
    await assert.rejects(opened.store.fetch(url), { code }, url);
  }
  assert.deepEqual(await filesIn(opened.folder), []);
});

test('where nothing can be written the foreign server is not kept waiting', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serve((_, response) => {
    response.on('close', () => closed.resolve());
    response.writeHead(200).write('x');
  });
  await using opened = await openStore();
  await rm(join(opened.folder, 'incoming'), { recursive: true });
  await assert.rejects(opened.store.fetch(server.url), { code: 'media-failed' });
  await closed.promise;
});

test('an address of the store’s own is found, not fetched', async () => {
  await using opened = await openStore();
  const stored = await opened.store.save(pieces('x'), { name: 'a.txt' });
  assert.deepEqual(await opened.store.fetch(opened.store.resolve(stored.url)), stored);
  assert.deepEqual(await opened.store.fetch(stored.url), stored);
  await assert.rejects(opened.store.fetch(`media:${'0'.repeat(40)}/x`), { code: 'media-unreachable' });
  await assert.rejects(opened.store.fetch(stored.url, { limitBytes: 0 }), { code: 'media-too-large' });
});
