/** The Satori face as bots see it: real requests and WebSockets to a real web server. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import test from 'node:test';
import { samples } from '../../../test/fakes/media-samples.ts';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { openSatoriFace, SatoriBot } from '../../../test/fakes/satori-face.ts';

test('a bot is ready before anything else, and is told what people say, with the login it is told by', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  await using bot = await SatoriBot.connect(world.url, { token });
  const ready = await bot.until(({ frames }) => frames[0]);
  assert.equal(ready.op, 4);
  assert.deepEqual(
    ready.body.logins.map(({ platform, user, status }: Record<string, unknown>) => [platform, user, status]),
    [
      ['weixin', { id: 'self-wx', name: 'The Bot', is_bot: true }, 1],
      ['fake', { id: 'self-qq', name: 'The Bot', is_bot: true }, 1],
    ],
  );
  await world.wx.say('r1', 'Ann', 'a < b & "c"');
  const event = await bot.until(() => bot.events('message-created')[0]);
  assert.equal(event.message.content, 'a &lt; b &amp; "c"');
  assert.deepEqual(event.channel, { id: 'r1', type: 0, name: 'Family' });
  assert.deepEqual(event.guild, { id: 'r1', name: 'Family' });
  assert.deepEqual(event.user, { id: 'id-ann', name: 'Ann' });
  assert.equal(event.login.platform, 'weixin');
  assert.equal(event.login.user.id, 'self-wx');
  assert.equal(event.login.status, 1);
  assert.ok(Math.abs(event.timestamp - world.clock.now()) < 60_000);
  assert.ok(Number.isInteger(event.sn));
});

test('a private message comes in a direct channel', async () => {
  await using world = await openSatoriFace();
  await using bot = await SatoriBot.connect(world.url, { token: await world.token('bot') });
  await bot.until(({ frames }) => frames[0]);
  await world.wx.say('dm-id-ann', 'Ann', 'psst');
  const event = await bot.until(() => bot.events('message-created')[0]);
  assert.deepEqual([event.channel, event.guild], [{ id: 'dm-id-ann', type: 1 }, undefined]);
});

test('a ping is answered, and a token that is none closes with 4004', async () => {
  await using world = await openSatoriFace();
  await using bot = await SatoriBot.connect(world.url, { token: await world.token('bot') });
  bot.send({ op: 1 });
  await bot.until(({ frames }) => frames.some(({ op }) => op === 2));
  for (const token of ['nonsense', undefined, await world.token('mute', ['send'])]) {
    await using other = await SatoriBot.connect(world.url, { token });
    assert.equal(await other.until(({ closeCode }) => closeCode), 4004);
  }
});

test('a bot that was away gets what it missed by its sn, whatever became of the hub meanwhile', async () => {
  await using first = await openSatoriFace();
  const token = await first.token('bot');
  await using bot = await SatoriBot.connect(first.url, { token });
  await bot.until(({ frames }) => frames[0]);
  await first.wx.say('r1', 'Ann', 'before');
  await bot.until(() => bot.said().length === 1);
  await bot.kill();
  for (let count = 0; count < 60; count += 1) await first.wx.say('r1', 'Ann', `missed ${count}`);
  await first.stop();
  await using second = await openSatoriFace({ journal: first.journal });
  for (let count = 60; count < 100; count += 1) {
    await second.wx.say('r1', 'Ann', `missed ${count}`, { native: `second-${count}` });
  }
  await using back = await SatoriBot.connect(second.url, { token, sn: bot.sn });
  await back.until(() => back.said().length >= 100);
  assert.equal(back.frames[0]?.op, 4);
  assert.deepEqual(
    back.said(),
    Array.from({ length: 100 }, (_, count) => `missed ${count}`),
  );
});

test('a bot that comes back as a new process, without sn, goes on where its token had got', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  await using bot = await SatoriBot.connect(world.url, { token });
  await bot.until(({ frames }) => frames[0]);
  await world.wx.say('r1', 'Ann', 'before');
  await bot.until(() => bot.said().length === 1);
  await bot.kill();
  for (let count = 0; count < 100; count += 1) await world.wx.say('r1', 'Ann', `missed ${count}`);
  await using back = await SatoriBot.connect(world.url, { token });
  await back.until(() => back.said().at(-1) === 'missed 99');
  const missed = back.said().filter((text) => text !== 'before');
  assert.deepEqual(
    missed,
    Array.from({ length: 100 }, (_, count) => `missed ${count}`),
  );
  await using stranger = await SatoriBot.connect(world.url, { token: await world.token('new') });
  await stranger.until(({ frames }) => frames[0]);
  await world.wx.say('r1', 'Ann', 'now');
  await stranger.until(() => stranger.said().length > 0);
  assert.deepEqual(stranger.said(), ['now']);
});

test('edits, recalls, reactions, comings and goings are told', async () => {
  await using world = await openSatoriFace();
  await using bot = await SatoriBot.connect(world.url, { token: await world.token('bot') });
  await bot.until(({ frames }) => frames[0]);
  await world.wx.say('r1', 'Ann', 'one', { native: 'm1' });
  await world.wx.act({ kind: 'edit', target: 'm1', body: [{ type: 'text', text: 'two' }] });
  await world.wx.act({ kind: 'recall', target: 'm1' });
  const deleted = await bot.until(() => bot.events('message-deleted')[0]);
  const [created] = bot.events('message-created');
  const [updated] = bot.events('message-updated');
  assert.equal(updated.message.id, created.message.id);
  assert.equal(updated.message.content, 'two');
  assert.equal(deleted.message.id, created.message.id);
  assert.equal(deleted.operator.id, 'id-ann');
});

test('a bot says something, changes it, reacts to it and takes it back', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  const channel_id = 'r1';
  const created = await world.call(token, 'message.create', {
    channel_id,
    content: 'hi <b>all</b> &amp; &lt;x&gt;',
  });
  assert.equal(created.status, 200);
  assert.equal(created.body.length, 1);
  const [{ id, user }] = created.body;
  assert.equal(user.id, 'self-wx');
  await world.wx.hasSent(1);
  assert.deepEqual(world.wx.sent, ['r1: hi all & <x>']);
  const at = { channel_id, message_id: id };
  assert.equal((await world.call(token, 'message.update', { ...at, content: 'changed' })).status, 200);
  assert.equal((await world.call(token, 'message.get', at)).body.content, 'changed');
  assert.equal((await world.call(token, 'reaction.create', { ...at, emoji_id: '👍' })).status, 200);
  const { body } = await world.call(token, 'reaction.list', { ...at, emoji_id: '👍' });
  assert.equal(body.data.length, 1);
  assert.equal((await world.call(token, 'reaction.delete', { ...at, emoji: '👍' })).status, 200);
  assert.equal((await world.call(token, 'message.delete', at)).status, 200);
  assert.equal((await world.call(token, 'message.get', at)).status, 404);
});

test('several messages in one content are said one by one, and an answer answers', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  await using bot = await SatoriBot.connect(world.url, { token });
  await bot.until(({ frames }) => frames[0]);
  await world.wx.say('r1', 'Ann', 'question?');
  const { message } = await bot.until(() => bot.events('message-created')[0]);
  const content = `<quote id="${message.id}"/>yes<message>and <at id="id-bob"/></message>`;
  const { body } = await world.call(token, 'message.create', { channel_id: 'r1', content });
  assert.deepEqual(
    body.map((each: { content: string }) => each.content),
    [`<quote id="${message.id}"/>yes`, 'and <at id="id-bob" name="Bob"/>'],
  );
  assert.deepEqual(bot.said(), ['question?'], 'what bots say themselves is not told');
});

test('messages are listed page by page, back and forth', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  for (let count = 0; count < 25; count += 1) await world.wx.say('r1', 'Ann', String(count));
  const list = async (more: object) => {
    const { body } = await world.call(token, 'message.list', { channel_id: 'r1', limit: 10, ...more });
    return { ...body, texts: body.data.map((each: { content: string }) => Number(each.content)) };
  };
  const newest = await list({});
  assert.deepEqual(newest.texts, [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  assert.equal(newest.next, undefined);
  const older = await list({ next: newest.prev });
  assert.deepEqual(older.texts, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  const oldest = await list({ next: older.prev, order: 'desc' });
  assert.deepEqual(oldest.texts, [4, 3, 2, 1, 0]);
  const after = await list({ next: older.next, direction: 'after', limit: 3 });
  assert.deepEqual(after.texts, [15, 16, 17]);
  const around = await list({ next: older.next, direction: 'around', limit: 4 });
  assert.deepEqual(around.texts, [12, 13, 14, 15, 16]);
});

test('the people and rooms of an account are told', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  const ask = async (method: string, params?: object) => (await world.call(token, method, params)).body;
  assert.deepEqual(await ask('guild.list', {}), { data: [{ id: 'r1', name: 'Family' }] });
  assert.deepEqual(await ask('guild.get', { guild_id: 'r1' }), { id: 'r1', name: 'Family' });
  assert.deepEqual(await ask('channel.list', { guild_id: 'r1' }), {
    data: [{ id: 'r1', type: 0, name: 'Family' }],
  });
  const ann = { user: { id: 'id-ann', name: 'Ann' }, nick: 'Ann' };
  assert.deepEqual((await ask('guild.member.list', { guild_id: 'r1' })).data[0], ann);
  assert.deepEqual(await ask('guild.member.get', { guild_id: 'r1', user_id: 'id-ann' }), ann);
  assert.deepEqual(await ask('user.get', { user_id: 'id-bob' }), { id: 'id-bob', name: 'Bob' });
  assert.deepEqual(await ask('user.channel.create', { user_id: 'id-ann' }), { id: 'dm-id-ann', type: 1 });
  assert.equal((await ask('login.get')).user.id, 'self-wx');
  assert.equal((await ask('meta')).logins.length, 2);
});

test('what cannot be done is refused with the status that says why', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  const reader = await world.token('reader', ['read']);
  const bound = await world.token('bound', ['read', 'send'], { rooms: ['wx/r2'] });
  const statusOf = async (of: string, method: string, params: unknown = {}, more = {}) =>
    (await world.call(of, method, params, more)).status;
  const say = { channel_id: 'r1', content: 'hi' };
  assert.equal(await statusOf('none', 'login.get'), 401);
  assert.equal(await statusOf(reader, 'message.create', say), 403);
  assert.equal(await statusOf(bound, 'message.create', say), 403);
  assert.equal(await statusOf(token, 'login.get', {}, { 'satori-user-id': 'nobody' }), 403);
  assert.equal(await statusOf(token, 'no.method'), 404);
  assert.equal(await statusOf(token, 'guild.role.create'), 501);
  assert.equal(await statusOf(token, 'message.create', { channel_id: 'r1' }), 400);
  assert.equal(await statusOf(token, 'message.create', { channel_id: 'r1', content: '' }), 400);
  assert.equal(
    await statusOf(token, 'message.create', { ...say, content: '<img src="file:///etc/passwd"/>' }),
    400,
  );
  assert.equal(await statusOf(token, 'message.get', { channel_id: 'r1', message_id: 'x' }), 404);
  assert.equal(await statusOf(token, 'meta/webhook.create', { url: 'http://127.0.0.1:1/' }), 403);
  assert.equal(await statusOf(token, 'internal/anything'), 404);
  assert.equal((await fetch(`${world.url}/v1/login.get`)).status, 405);
  await world.wx.say('r1', 'Ann', 'mine', { native: 'm1' });
  const { body } = await world.call(token, 'message.list', { channel_id: 'r1' });
  const foreign = { channel_id: 'r1', message_id: body.data[0].id };
  assert.equal(await statusOf(token, 'message.delete', foreign), 403);
  world.settings = undefined;
  assert.equal(await statusOf(token, 'login.get'), 404);
});

test('an account that goes offline is told as a login that changed', async () => {
  await using world = await openSatoriFace();
  await using bot = await SatoriBot.connect(world.url, { token: await world.token('bot') });
  await bot.until(({ frames }) => frames[0]);
  world.wx.logout();
  const event = await bot.until(() => bot.events('login-updated')[0]);
  assert.equal(event.login.user.id, 'self-wx');
  assert.equal(event.login.status, 3);
});

test('a webhook gets each event, again until it takes it, and is over when it is deleted', async () => {
  await using world = await openSatoriFace();
  const admin = await world.token('admin', ['admin']);
  const got: { text: string; authorization: string | undefined; opcode: unknown }[] = [];
  const heard = Promise.withResolvers<void>();
  let answers = 0;
  const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    answers += 1;
    const body = (await json(request)) as { message: { content: string } };
    response.statusCode = answers === 1 ? 503 : 204;
    if (answers > 1) {
      const { authorization, 'satori-opcode': opcode } = request.headers;
      got.push({ text: body.message.content, authorization, opcode });
    }
    response.end();
    if (got.length === 2) heard.resolve();
  };
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  try {
    assert.equal((await world.call(admin, 'meta/webhook.create', { url, token: 'secret' })).status, 200);
    // Its place in the events is there once it has begun.
    while ((await world.journal.get(`satori/at/webhook ${url}`)) === undefined) {
      await new Promise((resolve) => world.clock.after(20, () => resolve(undefined)));
    }
    await world.wx.say('r1', 'Ann', 'one');
    await world.wx.say('r1', 'Ann', 'two');
    await heard.promise;
    assert.deepEqual(
      got,
      ['one', 'two'].map((text) => ({ text, authorization: 'Bearer secret', opcode: '0' })),
    );
    assert.equal((await world.call(admin, 'meta/webhook.delete', { url })).status, 200);
    assert.equal((await world.call(admin, 'meta/webhook.delete', { url })).status, 404);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('files are uploaded, sent by their links, and shown by the proxy', async () => {
  await using media = await createMediaStore();
  await using world = await openSatoriFace({ media: media.store });
  const token = await world.token('bot');
  const form = new FormData();
  form.append('file', new Blob([samples.png]), 'red.png');
  form.append('file', new Blob(['text']), 'a.txt');
  const headers = {
    authorization: `Bearer ${token}`,
    'satori-platform': 'weixin',
    'satori-user-id': 'self-wx',
  };
  const response = await fetch(`${world.url}/v1/upload.create`, { method: 'POST', headers, body: form });
  assert.equal(response.status, 200);
  const links = (await response.json()) as Record<string, string>;
  assert.deepEqual(Object.keys(links), ['file', 'file-2']);
  const content = `look: <img src="${links['file']}" title="red.png"/>`;
  assert.equal((await world.call(token, 'message.create', { channel_id: 'r1', content })).status, 200);
  const [event] = await world.hub.history('wx/r1', undefined, 1);
  const picture = event?.kind === 'message' ? event.body[1] : undefined;
  assert.match(picture?.type === 'image' ? picture.url : '', /^media:[0-9a-f]{40}\/red\.png$/);

  const shown = await fetch(`${world.url}/v1/proxy/${links['file']}`);
  assert.equal(shown.status, 200);
  assert.equal(shown.headers.get('content-type'), 'image/png');
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), samples.png);
  const foreign = `${world.url}/v1/proxy/http://192.0.2.1/x`;
  assert.equal((await fetch(foreign)).status, 401);
  assert.equal((await fetch(`${world.url}/v1/proxy/file:///etc/passwd`, { headers })).status, 400);
  const broken = { ...headers, 'content-type': 'multipart/form-data; boundary=x' };
  const refused = await fetch(`${world.url}/v1/upload.create`, {
    method: 'POST',
    headers: broken,
    body: 'no form',
  });
  assert.equal(refused.status, 400);
});

test('a face that is switched off takes nobody', async () => {
  await using world = await openSatoriFace();
  const token = await world.token('bot');
  await using bot = await SatoriBot.connect(world.url, { token });
  await bot.until(({ frames }) => frames[0]);
  world.settings = undefined;
  await assert.rejects(SatoriBot.connect(world.url, { token }));
});
