// Actions by HTTP: the same as by WebSocket, with the statuses that the specification has.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { openOneBot, type OneBotWorld } from '../../../test/fakes/onebot.ts';

const json = { 'content-type': 'application/json' };

/** The group `r` of account `a`. */
async function groupOf(world: OneBotWorld, token: string): Promise<number> {
  const { body } = await world.ask('/onebot/a/get_group_list', token);
  assert.equal(body.data.length, 1);
  assert.equal(body.data[0].group_name, 'the room');
  return body.data[0].group_id;
}

test('parameters come in the address, as a form or as JSON; the answer is the same', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  const group_id = await groupOf(world, token);
  const ways: [string, RequestInit][] = [
    [`?group_id=${group_id}&message=one&access_token=${token}`, {}],
    ['', { method: 'POST', body: JSON.stringify({ group_id, message: 'two' }), headers: json }],
    ['', { method: 'POST', body: new URLSearchParams({ group_id: String(group_id), message: 'three' }) }],
  ];
  for (const [query, init] of ways) {
    const { status, body } = await world.ask(`/onebot/a/send_group_msg${query}`, token, init);
    assert.deepEqual([status, body.status, body.retcode], [200, 'ok', 0]);
    const said = await world.ask(`/onebot/get_msg?message_id=${body.data.message_id}`, token);
    assert.equal(said.body.data.group_id, group_id, 'the hub-wide self has the same numbers');
  }
  const members = await world.ask(`/onebot/a/get_group_member_list?group_id=${group_id}`, token);
  assert.deepEqual(
    members.body.data.map(({ nickname }: { nickname: string }) => nickname),
    ['Ann'],
  );
});

test('what cannot be taken has a status of its own, and nothing of it is done', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  const status = async (path: string, as: string | undefined, init?: RequestInit) =>
    (await world.ask(path, as, init)).status;
  assert.equal(await status('/onebot/a/get_status', undefined), 401);
  assert.equal(await status('/onebot/a/get_status', 'wrong'), 403);
  assert.equal(await status('/onebot/a/make_coffee', token), 404);
  assert.equal(await status('/onebot/nobody/get_status', token), 404);
  const body = JSON.stringify({ group_id: 1, message: 'x' });
  const send = '/onebot/a/send_group_msg';
  assert.equal(
    await status(send, token, { method: 'POST', body, headers: { 'content-type': 'text/plain' } }),
    406,
  );
  assert.equal(await status(send, token, { method: 'POST', body: '{', headers: json }), 400);
  assert.equal(await status(send, token, { method: 'POST', body: '[1]', headers: json }), 400);
  const reader = await world.token('reader', ['read']);
  assert.equal(await status(send, reader, { method: 'POST', body, headers: json }), 403);
  assert.deepEqual(world.a.done, []);
});

test('_async and _rate_limited are answered at once and done in order; restart and credentials do nothing', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  const group_id = await groupOf(world, token);
  await using bot = await world.connect('/onebot/a', token);
  for (const action of ['send_group_msg_async', 'send_group_msg_rate_limited']) {
    const answer = await bot.call(action, { group_id, message: action });
    assert.deepEqual([answer.status, answer.retcode, answer.data], ['async', 1, null]);
  }
  const patience = new AbortController();
  const texts: string[] = [];
  for await (const { events } of world.hub.follow(0, { kinds: ['message'] }, patience.signal)) {
    for (const event of events) if (event.kind === 'message') texts.push(JSON.stringify(event.body));
    if (texts.length === 2) break;
  }
  assert.deepEqual(
    texts.map((text) => /send_group_msg_\w+/.exec(text)?.[0]),
    ['send_group_msg_async', 'send_group_msg_rate_limited'],
  );
  for (const action of ['set_restart', 'clean_cache']) assert.equal((await bot.call(action)).status, 'ok');
  assert.equal(world.hub.accounts().find(({ id }) => id === 'a')?.state.phase, 'online');
  assert.equal((await bot.call('get_credentials', { domain: 'qq.com' })).status, 'failed');
  assert.equal((await bot.call('set_group_kick', { group_id, user_id: 1 })).retcode, 103);
  assert.equal((await bot.call('get_version_info')).data.protocol_version, 'v11');
});

test('files come as base64, by an address or by the id of one that is kept, never from a disk', async () => {
  await using media = await createMediaStore();
  await using world = await openOneBot({ media: media.store });
  const token = await world.token('bot');
  const group_id = await groupOf(world, token);
  await using bot = await world.connect('/onebot/a', token);
  const send = (file: string) =>
    bot.call('send_group_msg', { group_id, message: [{ type: 'image', data: { file } }] });
  const sent = await send(`base64://${Buffer.from('a picture').toString('base64')}`);
  assert.equal(sent.status, 'ok');
  const shown = await bot.call('get_msg', { message_id: sent.data.message_id });
  const [{ type, data }] = shown.data.message;
  assert.equal(type, 'image');
  assert.match(data.file, /^[0-9a-f]{40}$/);
  const image = await bot.call('get_image', { file: data.file });
  assert.equal(image.data.file_size, '9');
  for (const file of [data.file, `file:///kept/${data.file}`, data.url, 'https://example.org/cat.png']) {
    assert.equal((await send(file)).status, 'ok', file);
  }
  for (const file of ['file:///etc/passwd', '/etc/passwd', `file:///x/${'0'.repeat(40)}`, '']) {
    assert.equal((await send(file)).retcode, 100, file);
  }
  const large = await send(`base64://${'A'.repeat(50_000_000)}`);
  assert.equal(large.retcode, 100, 'too large to be taken so');
  assert.equal((await bot.call('get_status')).status, 'ok', 'and the connection lives');
});

test('base64 may come in lines of any length, and nothing else is taken for it', async () => {
  await using media = await createMediaStore();
  await using world = await openOneBot({ media: media.store });
  const token = await world.token('bot');
  const group_id = await groupOf(world, token);
  await using bot = await world.connect('/onebot/a', token);
  const send = (file: string) =>
    bot.call('send_group_msg', { group_id, message: [{ type: 'image', data: { file } }] });
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 251));
  const digests: string[] = [];
  for (const lineLength of [Infinity, 76, 61]) {
    const base64 = bytes.toString('base64');
    const lines = Number.isFinite(lineLength)
      ? base64.replace(new RegExp(`.{${lineLength}}`, 'g'), '$&\r\n')
      : base64;
    const sent = await send(`base64://${lines}`);
    const shown = await bot.call('get_msg', { message_id: sent.data.message_id });
    digests.push(shown.data.message[0].data.file);
  }
  assert.equal(new Set(digests).size, 1, 'the same file each time');
  assert.equal((await send('base64://!!!!')).retcode, 100);
});

test('a file is downloaded first and sent by what was answered, as Koishi does', async () => {
  await using media = await createMediaStore();
  await using world = await openOneBot({ media: media.store });
  const token = await world.token('bot');
  const group_id = await groupOf(world, token);
  const server = createServer((_, response) => response.end('a report'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await using bot = await world.connect('/onebot/a', token);
  const { port } = server.address() as AddressInfo;
  const kept = await bot.call('download_file', { url: `http://127.0.0.1:${port}/r.txt`, thread_count: 1 });
  server.close();
  assert.match(kept.data.file, /^[0-9a-f]{40}$/);
  const base64 = Buffer.from('a report').toString('base64');
  for (const params of [{ base64 }, { url: `data:text/plain;base64,${base64}` }]) {
    assert.equal((await bot.call('download_file', params)).data.file, kept.data.file);
  }
  const sent = await bot.call('upload_group_file', { group_id, file: kept.data.file, name: '报告.txt' });
  const { data } = await bot.call('get_msg', { message_id: sent.data.message_id });
  assert.deepEqual(
    data.message.map((segment: { type: string; data: { name: string } }) => [
      segment.type,
      segment.data.name,
    ]),
    [['file', '报告.txt']],
  );
  assert.equal((await bot.call('download_file', {})).retcode, 100);
  assert.equal((await bot.call('download_file', { url: 'file:///etc/passwd' })).status, 'failed');
});

test('numbers stay through a restart, and nobody gets another one', async () => {
  await using first = await openOneBot();
  const token = await first.token('bot');
  const group = await groupOf(first, token);
  const self = (await first.ask('/onebot/a/get_login_info', token)).body.data.user_id;
  await using second = await openOneBot({ journal: first.journal });
  assert.equal((await second.ask('/onebot/a/get_login_info', token)).body.data.user_id, self);
  assert.equal(await groupOf(second, token), group);
  const other = (await second.ask('/onebot/b/get_login_info', token)).body.data.user_id;
  assert.equal(new Set([self, other, group]).size, 3);
});
