// The Wechaty face as bots see it: real gRPC on a real port.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import test from 'node:test';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { samples } from '../../../test/fakes/media-samples.ts';
import { openWechatyFace, WechatyBot } from '../../../test/fakes/wechaty-face.ts';

test('a bot is told that it has come in, who it is, and what people say', async () => {
  await using world = await openWechatyFace();
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  assert.equal(bot.told[0]?.type, 1);
  assert.deepEqual(bot.of('LOGIN'), [{ contactId: 'self-wx' }]);
  await world.wx.say('r1', 'Ann', '你好');
  const message = await bot.until(() => bot.messages[0]);
  assert.deepEqual(
    [message['type'], message['text'], message['roomId'], message['talkerId'], message['listenerId']],
    [7, '你好', 'r1', 'id-ann', ''],
  );
  const { name, friend } = await bot.call('contactPayload', { id: 'id-ann' });
  assert.deepEqual([name, friend], ['Ann', false]);
  const room = await bot.call('roomPayload', { id: 'r1' });
  assert.deepEqual([room['topic'], room['memberIdsList']], ['Family', ['self-wx', 'id-ann', 'id-bob']]);
  assert.deepEqual(world.errors, []);
});

test('who writes to the account alone is a contact, and an answer by contact finds the room, after a restart too', async () => {
  await using first = await openWechatyFace();
  const token = await first.token('bot');
  {
    await using bot = await WechatyBot.connect(first.endpoint, token);
    await first.wx.say('chat-7', 'Ann', 'psst', { direct: true });
    const message = await bot.until(() => bot.messages[0]);
    assert.deepEqual(
      [message['roomId'], message['talkerId'], message['listenerId']],
      ['', 'id-ann', 'self-wx'],
    );
  }
  await first.stop();
  await using second = await openWechatyFace({ journal: first.journal });
  await using bot = await WechatyBot.connect(second.endpoint, token);
  const { id } = await bot.call('messageSendText', { conversationId: 'id-ann', text: 'yes?' });
  await second.wx.hasSent(1);
  assert.deepEqual(second.wx.sent, ['chat-7: yes?']);
  const own = await bot.call('messagePayload', { id });
  assert.deepEqual([own['talkerId'], own['listenerId'], own['roomId']], ['self-wx', 'id-ann', '']);
  assert.equal((await bot.call('contactPayload', { id: 'id-ann' }))['friend'], true);
  await assert.rejects(bot.call('messageSendText', { conversationId: 'id-nobody', text: '?' }), { code: 5 });
});

test('what the network says of somebody is told, but for who is heard by a link', async () => {
  await using world = await openWechatyFace({ links: ['wx/r1', 'qq/r1'] });
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  world.wx.details.set('id-ann', { alias: 'Annie', gender: 'female', city: '广州', isFriend: true });
  const { alias, gender, city, province, friend } = await bot.call('contactPayload', { id: 'id-ann' });
  assert.deepEqual([alias, gender, city, province, friend], ['Annie', 2, '广州', '', true]);
  assert.equal((await bot.call('contactAlias', { id: 'id-ann' }))['alias'], 'Annie');
  assert.equal((await bot.call('roomTopic', { id: 'r1' }))['topic'], 'Family');
  assert.equal((await bot.call('roomAnnounce', { id: 'r1' }))['text'], '');
  const foreign = await bot.call('contactPayload', { id: 'qq/id-ann' });
  assert.deepEqual([foreign['name'], foreign['alias']], ['Ann', '']);
});

test('a bot that comes while the hub starts waits for its account', async () => {
  await using world = await openWechatyFace({ starting: true });
  const bot = new WechatyBot(world.endpoint, await world.token('bot'));
  bot.listen();
  await bot.until(() => bot.told.length > 0);
  await world.begin();
  await bot.until(() => bot.of('LOGIN').length > 0 || bot.ended !== undefined);
  assert.deepEqual([bot.of('LOGIN'), bot.ended], [[{ contactId: 'self-wx' }], undefined]);
  bot.kill();
});

test('bots of an account see what the others say as what the account says', async () => {
  await using world = await openWechatyFace();
  await using one = await WechatyBot.connect(world.endpoint, await world.token('one'));
  await using two = await WechatyBot.connect(world.endpoint, await world.token('two'));
  await one.call('messageSendText', { conversationId: 'r1', text: 'dong' });
  const seen = await two.until(() => two.messages[0]);
  assert.deepEqual([seen['text'], seen['talkerId'], seen['roomId']], ['dong', 'self-wx', 'r1']);
  await world.wx.hasSent(1);
  assert.deepEqual(world.wx.sent, ['r1: dong']);
});

test('a stop or a logout of a bot touches neither the account nor other bots', async () => {
  await using world = await openWechatyFace();
  await using one = await WechatyBot.connect(world.endpoint, await world.token('one'));
  await using two = await WechatyBot.connect(world.endpoint, await world.token('two'));
  await one.call('stop');
  await one.call('logout');
  one.kill();
  await world.wx.say('r1', 'Ann', 'still there?');
  await two.until(() => two.messages[0]);
  await two.call('messageSendText', { conversationId: 'r1', text: 'yes' });
  await world.wx.hasSent(1);
  assert.deepEqual(two.of('LOGOUT'), []);
});

test('two bots with one token both get everything', async () => {
  await using world = await openWechatyFace();
  const token = await world.token('bot');
  await using one = await WechatyBot.connect(world.endpoint, token);
  await using two = await WechatyBot.connect(world.endpoint, token);
  for (let count = 0; count < 20; count += 1) await world.wx.say('r1', 'Ann', `m${count}`);
  const all = Array.from({ length: 20 }, (_, count) => `m${count}`);
  for (const bot of [one, two]) {
    await bot.until(() => bot.messages.length === 20);
    assert.deepEqual(bot.texts(), all);
  }
});

test('what a bot has not asked for is told again when it comes back, and nothing else is', async () => {
  await using first = await openWechatyFace();
  const token = await first.token('bot');
  {
    await using bot = await WechatyBot.connect(first.endpoint, token);
    await first.wx.say('r1', 'Ann', 'got');
    await bot.until(() => bot.messages[0]);
    bot.asks = false;
    await first.wx.say('r1', 'Ann', 'told, not asked for');
    await bot.until(() => bot.of('MESSAGE').length === 2);
  }
  for (let count = 0; count < 5; count += 1) await first.wx.say('r1', 'Ann', `away ${count}`);
  await first.stop();
  await using second = await openWechatyFace({ journal: first.journal });
  await using bot = await WechatyBot.connect(second.endpoint, token);
  await bot.until(() => bot.messages.length === 6);
  assert.deepEqual(bot.texts(), [
    'told, not asked for',
    ...Array.from({ length: 5 }, (_, count) => `away ${count}`),
  ]);
});

test('what is older than the setting says is not told again', async () => {
  await using world = await openWechatyFace({ settings: { replayMinutes: 5 } });
  const token = await world.token('bot');
  (await WechatyBot.connect(world.endpoint, token)).kill();
  await world.wx.say('r1', 'Ann', 'old');
  world.clock.aheadMs = 6 * 60_000;
  await world.wx.say('r1', 'Ann', 'new');
  await using bot = await WechatyBot.connect(world.endpoint, token);
  await bot.until(() => bot.messages.length === 1);
  assert.deepEqual(bot.texts(), ['new']);
});

test('people of linked rooms are heard in the account’s own room, and are told apart from its people', async () => {
  await using world = await openWechatyFace({ links: ['wx/r1', 'qq/r1'] });
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  await world.qq.say('r1', 'Ann', 'ding');
  const message = await bot.until(() => bot.messages[0]);
  assert.deepEqual([message['text'], message['roomId'], message['talkerId']], ['ding', 'r1', 'qq/id-ann']);
  assert.equal((await bot.call('contactPayload', { id: 'qq/id-ann' }))['name'], 'Ann');
  await bot.call('messageSendText', { conversationId: 'r1', text: 'dong' });
  await world.qq.hasSent(1);
  assert.match(world.qq.sent[0]!, /dong$/);
  await assert.rejects(bot.call('messageSendText', { conversationId: 'qq/id-ann', text: '?' }), {
    code: 9,
    details: /on another network/,
  });
});

test('a message of several parts is several messages, each with its kind', async () => {
  await using store = await createMediaStore();
  await using world = await openWechatyFace({ media: store.store });
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  const kept = await store.store.save(piecesOf(samples.png), { name: 'cat.png' });
  await world.wx.say('r1', 'Ann', '', {
    body: [
      { type: 'text', text: 'look ' },
      { type: 'mention', user: 'id-bob', name: 'Bob' },
      { type: 'image', url: kept.url, name: 'cat.png' },
      { type: 'card', title: 'A page', url: 'https://example.org/' },
      { type: 'place', latitude: 1.5, longitude: -2, name: 'there' },
    ],
  });
  await bot.until(() => bot.messages.length === 4);
  const byId = bot.messages.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
  assert.deepEqual(
    byId.map(({ type }) => type),
    [7, 6, 14, 8],
  );
  assert.deepEqual([byId[0]!['text'], byId[0]!['mentionIdsList']], ['look @Bob', ['id-bob']]);
  const { fileBox } = await bot.call('messageImage', { id: byId[1]!['id'], type: 3 });
  const box = JSON.parse(String(fileBox));
  assert.deepEqual([box.type, box.name], [7, 'cat.png']);
  assert.deepEqual(await bot.download(box.uuid), Buffer.from(samples.png));
  const { urlLink } = await bot.call('messageUrl', { id: byId[2]!['id'] });
  assert.deepEqual((urlLink as { title: string }).title, 'A page');
});

test('a file is brought in pieces and sent by its id; one that is too large is refused clearly', async () => {
  await using store = await createMediaStore();
  await using world = await openWechatyFace({ media: store.store });
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  const uuid = await bot.upload([samples.png.subarray(0, 10), samples.png.subarray(10)]);
  await bot.call('messageSendFile', {
    conversationId: 'r1',
    fileBox: JSON.stringify({ type: 7, uuid, name: 'cat.png', metadata: {} }),
  });
  await world.wx.hasSent(1);
  assert.match(world.wx.sent[0]!, /^r1: .*cat\.png/);
  const base64 = Buffer.from('hello').toString('base64');
  await bot.call('messageSendFile', {
    conversationId: 'r1',
    fileBox: JSON.stringify({ boxType: 1, base64, name: 'a.txt' }),
  });
  await world.wx.hasSent(2);
  assert.match(world.wx.sent[1]!, /a\.txt/);
  const piece = Buffer.alloc(1024 * 1024);
  const tooLarge = Array.from({ length: 11 }, () => piece);
  await assert.rejects(bot.upload(tooLarge), { code: 8, details: /10485760/ });
  const fileBox = JSON.stringify({ type: 7, uuid: 'none', name: 'x' });
  await assert.rejects(bot.call('messageSendFile', { conversationId: 'r1', fileBox }), { code: 5 });
  await assert.rejects(bot.call('messageSendFile', { conversationId: 'r1', fileBox: '{' }), { code: 3 });
});

test('of a text over 4 MB a bot gets the beginning and a link to all; one that a bot says is refused', async () => {
  await using store = await createMediaStore();
  await using world = await openWechatyFace({ media: store.store });
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  await world.wx.say('r1', 'Ann', '长'.repeat(2_000_000));
  const { text } = await bot.until(() => bot.messages[0]);
  const found = /\[6000000 bytes, all of them: (\S+)\]$/.exec(String(text).slice(-300));
  assert.equal((await store.store.find(store.store.idOf(found![1]!)!))?.sizeBytes, 6_000_000);
  const long = 'x'.repeat(5 * 1024 * 1024);
  await assert.rejects(bot.call('messageSendText', { conversationId: 'r1', text: long }), {
    code: 8,
    details: /larger than max/,
  });
  await bot.call('messageSendText', { conversationId: 'r1', text: 'short' });
});

test('what a bot has said is taken back, and what people take back is told', async () => {
  await using world = await openWechatyFace();
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  const { id } = await bot.call('messageSendText', { conversationId: 'r1', text: 'oops' });
  assert.deepEqual(await bot.call('messageRecall', { id }), { success: true });
  await world.wx.say('r1', 'Ann', 'hm', { native: 'n1' });
  await world.wx.act({ kind: 'recall', target: 'n1' });
  const recalled = await bot.until(() =>
    bot.messages.find(({ type, talkerId }) => type === 13 && talkerId === 'id-ann'),
  );
  const said = bot.messages.find(({ text }) => text === 'hm');
  assert.equal(recalled['text'], said?.['id']);
  await assert.rejects(bot.call('messageRecall', { id: said?.['id'] }), { code: 7 });
});

test('a ding is answered, what is dirty is told, and what no network can do is refused as the specification says', async () => {
  await using world = await openWechatyFace();
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  await bot.call('ding', { data: 'a' });
  assert.deepEqual(await bot.until(() => bot.of('DONG')[0]), { data: 'a' });
  await bot.call('dirtyPayload', { type: 3, id: 'r1' });
  assert.deepEqual(await bot.until(() => bot.of('DIRTY')[0]), { payloadType: 3, payloadId: 'r1' });
  for (const [name, fields] of [
    ['roomCreate', { topic: 'x' }],
    ['roomTopic', { id: 'r1', topic: 'x' }],
    ['contactAlias', { id: 'id-ann', alias: 'x' }],
    ['friendshipAdd', { contactId: 'x' }],
    ['contactSelfQRCode', {}],
  ] as const) {
    await assert.rejects(bot.call(name, fields), { code: 12, details: /^hutong / });
  }
});

test('a token that is none, was revoked or may not do it is refused', async () => {
  await using world = await openWechatyFace();
  await using nobody = new WechatyBot(world.endpoint, 'insecure_00000000-0000-4000-8000-000000000000');
  nobody.listen();
  assert.equal(((await nobody.until(() => nobody.ended)) as { code: number }).code, 16);
  await assert.rejects(nobody.call('start'), { code: 16 });
  await using reader = await WechatyBot.connect(
    world.endpoint,
    await world.token('reader', { account: 'wx' }, ['read']),
  );
  await assert.rejects(reader.call('messageSendText', { conversationId: 'r1', text: 'x' }), { code: 7 });
  await using lost = new WechatyBot(world.endpoint, await world.token('lost', {}));
  await assert.rejects(lost.call('start'), { code: 9, details: /names no account/ });
  await using bound = await WechatyBot.connect(
    world.endpoint,
    await world.token('bound', { account: 'wx', rooms: ['wx/r2'] }),
  );
  await world.wx.say('r1', 'Ann', 'not for it');
  await world.wx.say('r2', 'Ann', 'for it');
  await bound.until(() => bound.messages[0]);
  assert.deepEqual(bound.texts(), ['for it']);
  await assert.rejects(bound.call('messageSendText', { conversationId: 'r1', text: 'x' }), { code: 7 });
  await world.revoke('reader');
  await assert.rejects(reader.call('version'), { code: 16 });
});

test('who asks to be a contact is told of, and is accepted by the bot', async () => {
  await using world = await openWechatyFace();
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  await world.wx.ask({
    ask: 'contact',
    request: 'n1',
    room: 'dm-id-ann',
    direct: true,
    from: { id: 'id-ann', name: 'Ann' },
    comment: 'hello?',
  });
  const { friendshipId: id } = await bot.until(() => bot.of('FRIENDSHIP')[0]);
  const asked = await bot.call('friendshipPayload', { id });
  assert.deepEqual([asked['contactId'], asked['hello'], asked['type']], ['id-ann', 'hello?', 2]);
  await bot.call('friendshipAccept', { id });
  await bot.call('friendshipAccept', { id });
  assert.deepEqual((await world.hub.request(id)).state, 'accepted');
  await assert.rejects(bot.call('friendshipAccept', { id: 'none' }), { code: 5 });
});

test('after a restart a bot need not wait until its account is online, and may speak meanwhile', async () => {
  await using first = await openWechatyFace();
  const token = await first.token('bot');
  (await WechatyBot.connect(first.endpoint, token)).kill();
  await first.wx.say('r1', 'Ann', 'before');
  await first.stop();
  await using second = await openWechatyFace({ journal: first.journal, offline: true });
  await using bot = await WechatyBot.connect(second.endpoint, token);
  await bot.until(() => bot.messages[0]);
  assert.deepEqual([bot.of('LOGIN'), bot.texts()], [[{ contactId: 'self-wx' }], ['before']]);
});

test('an account that is to be scanned shows its code, and a login and a logout of it are told', async () => {
  await using world = await openWechatyFace();
  await using bot = await WechatyBot.connect(world.endpoint, await world.token('bot'));
  world.wx.logout();
  await bot.until(() => bot.of('LOGOUT')[0]);
  await assert.rejects(
    new WechatyBot(world.endpoint, await world.token('x', { account: 'none' })).call('contactList'),
    {
      code: 5,
    },
  );
});

test('bytes that are no protobuf, and no gRPC, cost nobody else anything', async () => {
  await using world = await openWechatyFace();
  const token = await world.token('bot');
  await using bot = await WechatyBot.connect(world.endpoint, token);
  const session = connect(`http://${world.endpoint}`);
  for (const body of [
    Buffer.from([0, 0, 0, 0, 3, 0xff, 0xff, 0xff]),
    Buffer.from('GET / HTTP/1.1'),
    Buffer.alloc(0),
  ]) {
    const request = session.request({
      ':method': 'POST',
      ':path': '/wechaty.Puppet/MessageSendText',
      ':authority': token,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    request.on('error', () => {});
    request.end(body);
    request.resume();
    await once(request, 'close');
  }
  session.destroy();
  await world.wx.say('r1', 'Ann', 'still here');
  await bot.until(() => bot.messages[0]);
  assert.deepEqual(world.errors, []);
});

test('by TLS a bot trusts the certificate that the hub has made and shows', async () => {
  await using world = await openWechatyFace({ settings: { tls: undefined } });
  const token = await world.token('bot');
  const certificate = await (await fetch(`${world.web}/wechaty/certificate.pem`)).text();
  await using bot = new WechatyBot(world.endpoint, token, certificate);
  assert.deepEqual(await bot.call('version'), { version: '1.2.3' });
  await using plain = new WechatyBot(world.endpoint, token);
  await assert.rejects(plain.call('version'), { code: 14 });
  await using other = await openWechatyFace();
  assert.equal((await fetch(`${other.web}/wechaty/certificate.pem`)).status, 404);
});

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
