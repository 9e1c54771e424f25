// Files over HTTP: uploaded into the store, sent by their address, shown by a link; refused ones are not read.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import test from 'node:test';
import { samples } from '../../../test/fakes/media-samples.ts';
import { createMediaStore, megabyte } from '../../../test/fakes/media-store.ts';
import { openRest, type RestWorld } from '../../../test/fakes/rest.ts';

async function upload(world: RestWorld, token: string, content: Buffer, query = '', type = 'text/plain') {
  const response = await fetch(`${world.url}/v1/media${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: new Uint8Array(content),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

test('an upload is known by its bytes, sent by its address, and shown as a link that opens it', async () => {
  await using media = await createMediaStore();
  await using world = await openRest({ media: media.store });
  const bot = await world.token('bot', ['read', 'send']);
  const { status, body: stored } = await upload(
    world,
    bot,
    samples.png,
    '?name=cat.html',
    'application/json',
  );
  assert.equal(status, 201);
  assert.deepEqual([stored.type, stored.mime, stored.sizeBytes], ['image', 'image/png', samples.png.length]);
  assert.match(stored.url, /^media:[0-9a-f]{40}\//);
  const post = (url: string) =>
    world.ask(
      bot,
      'POST',
      '/v1/messages?wait=20000',
      { room: 'a/r', body: [{ type: 'image', url, name: stored.name }] },
      { 'idempotency-key': 'one' },
    );
  const first = await post(stored.url);
  assert.equal(first.status, 200);
  assert.equal((await post(stored.link)).body.id, first.body.id, 'its link names the same file');
  const { messages } = (await world.ask(bot, 'GET', '/v1/messages?room=a/r')).body;
  assert.equal(messages[0].body[0].url, stored.link);
  const missing = `media:${'0'.repeat(40)}/cat.png`;
  const unknown = await world.ask(bot, 'POST', '/v1/messages', {
    room: 'a/r',
    body: [{ type: 'image', url: missing }],
  });
  assert.deepEqual([unknown.status, unknown.body.code], [422, 'media-unknown']);
});

test('an upload that is too large, or nobody’s, is refused without being read, and its connection closed', async () => {
  await using media = await createMediaStore({
    settings: { fileLimitBytes: megabyte, totalLimitBytes: 10 * megabyte },
  });
  await using world = await openRest({ media: media.store });
  const bot = await world.token('bot', ['send']);
  for (const [token, status] of [
    [bot, 413],
    ['nobody', 401],
  ] as const) {
    const socket = connect(world.port, '127.0.0.1');
    socket.write(
      `POST /v1/media HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\ncontent-length: 999999999\r\n\r\nx`,
    );
    const answer = await readAll(socket);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    assert.match(answer, /^connection: close\r$/im);
  }
});

test('an upload that breaks off is no failure of the hub', async () => {
  const told = Promise.withResolvers<string>();
  const tell = (_: object, words: string) => told.resolve(words);
  await using media = await createMediaStore();
  await using world = await openRest({
    media: media.store,
    log: { debug: tell, info() {}, warn: tell, error: tell },
  });
  const bot = await world.token('bot', ['send']);
  const socket = connect(world.port, '127.0.0.1');
  socket.end(
    `POST /v1/media HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${bot}\r\ncontent-length: 9999\r\n\r\nx`,
  );
  assert.equal(await told.promise, 'a client of the REST face broke off its request');
  socket.destroy();
});

test('the hub fetches a file for a program, and none from a private network', async () => {
  const origin = createServer((_request, response) => response.end(samples.gif)).listen(0, '127.0.0.1');
  await new Promise((resolve) => origin.once('listening', resolve));
  const { port } = origin.address() as AddressInfo;
  try {
    await using media = await createMediaStore();
    await using world = await openRest({ media: media.store });
    const bot = await world.token('bot', ['send']);
    const fetched = await world.ask(bot, 'POST', '/v1/media/fetch', {
      url: `http://127.0.0.1:${port}/a.gif`,
    });
    assert.deepEqual([fetched.status, fetched.body.mime], [201, 'image/gif']);
    for (const url of ['http://10.0.0.1/', 'http://[::1]/', 'file:///etc/passwd', 'ftp://example.org/']) {
      const refused = await world.ask(bot, 'POST', '/v1/media/fetch', { url });
      assert.deepEqual([refused.status, refused.body.code], [422, 'media-refused'], url);
    }
  } finally {
    origin.close();
  }
});
