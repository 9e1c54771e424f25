// Bots that connect by WebSocket: what they are told, what they may ask for, and what they miss nothing of.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { WebSocket } from 'ws';
import { openOneBot } from '../../../test/fakes/onebot.ts';
import { parseEvent } from '../../wire/onebot11/events.ts';

test('the first thing a bot hears is that it is connected; a message has all that clients look for', async () => {
  await using world = await openOneBot();
  await using bot = await world.connect('/onebot/a', await world.token('bot'));
  const first = await bot.next();
  assert.deepEqual(
    [first.post_type, first.meta_event_type, first.sub_type],
    ['meta_event', 'lifecycle', 'connect'],
  );
  await world.a.say('r', 'Ann', 'hello');
  const event = await bot.event();
  const { time, self_id, message_id, group_id, user_id, real_id, message_seq, ...rest } = event;
  for (const number of [time, self_id, message_id, group_id, user_id, real_id, message_seq]) {
    assert.ok(Number.isSafeInteger(number));
  }
  assert.deepEqual(rest, {
    post_type: 'message',
    message_type: 'group',
    sub_type: 'normal',
    message: [{ type: 'text', data: { text: 'hello' } }],
    message_format: 'array',
    raw_message: 'hello',
    font: 0,
    anonymous: null,
    sender: {
      user_id,
      nickname: 'Ann',
      sex: 'unknown',
      age: 0,
      avatar: '',
      card: '',
      area: '',
      level: '0',
      role: 'member',
      title: '',
    },
  });
  assert.equal(parseEvent(event)?.post_type, 'message');
  assert.equal(self_id, first.self_id);
});

test('a bot answers, quotes and takes back; what it said goes to the linked rooms', async () => {
  await using world = await openOneBot();
  await using bot = await world.connect('/onebot/a', await world.token('bot'));
  await world.a.say('r', 'Ann', 'ping');
  const { group_id, message_id } = await bot.event();
  const sent = await bot.call('send_group_msg', {
    group_id,
    message: [
      { type: 'reply', data: { id: String(message_id) } },
      { type: 'text', data: { text: 'pong' } },
    ],
  });
  assert.deepEqual([sent.status, sent.retcode], ['ok', 0]);
  const shown = await bot.call('get_msg', { message_id: sent.data.message_id });
  assert.deepEqual(shown.data.message, [
    { type: 'reply', data: { id: String(message_id) } },
    { type: 'text', data: { text: 'pong' } },
  ]);
  const event = (await world.hub.read(0, { kinds: ['message'] }, 10)).events.at(-1)!;
  const patience = new AbortController();
  await world.hub.outcome(event.id, patience.signal);
  assert.ok(world.a.done.includes('send r: pong') && world.b.done.includes('send r: pong'));
  const taken = await bot.call('delete_msg', { message_id: sent.data.message_id });
  assert.equal(taken.status, 'ok');
  assert.equal((await bot.call('get_msg', { message_id: sent.data.message_id })).status, 'failed');
  assert.equal((await bot.call('delete_msg', { message_id })).status, 'failed', 'what Ann said is hers');
});

test('CQ codes are read and written; echo comes back whatever it is; unknown actions are answered', async () => {
  await using world = await openOneBot({ config: { messageFormat: 'string' } });
  await using bot = await world.connect('/onebot/a/', await world.token('bot'));
  await world.a.say('r', 'Ann', 'a [b] & c');
  const { message, group_id, user_id } = await bot.event();
  assert.equal(message, 'a &#91;b&#93; &amp; c');
  const said = await bot.call('send_msg', {
    message_type: 'group',
    group_id,
    user_id,
    message: `[CQ:at,qq=${user_id}] x &amp; y`,
  });
  assert.equal(said.status, 'ok');
  const plain = await bot.call('send_group_msg', { group_id, message: '[CQ:face,id=1]', auto_escape: true });
  const read = await bot.call('get_msg', { message_id: plain.data.message_id });
  assert.equal(read.data.message, '&#91;CQ:face,id=1&#93;');
  for (const echo of [7, 'text', { deep: [1, null] }, [], false, null]) {
    bot.socket.send(JSON.stringify({ action: 'get_status', params: {}, echo }));
    assert.deepEqual((await bot.next((frame) => 'retcode' in frame)).echo, echo);
  }
  const unknown = await bot.call('make_coffee');
  assert.deepEqual([unknown.status, unknown.retcode], ['failed', 1404]);
  bot.socket.send('no json');
  assert.equal((await bot.next((frame) => 'retcode' in frame)).retcode, 1400);
  assert.equal((await bot.call('send_group_msg', { group_id: 'x' })).retcode, 100);
});

test('what a bot has not answered a ping for is told again; what it has is not', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  const deaf = await world.connect('/onebot/a', token, { autoPong: false });
  await deaf.next();
  await world.a.say('r', 'Ann', 'one');
  await deaf.event();
  deaf.socket.terminate();
  await once(deaf.socket, 'close');
  await world.a.say('r', 'Ann', 'two');
  await using back = await world.connect('/onebot/a', token);
  const events = [await back.event(), await back.event()];
  assert.deepEqual(
    events.map(({ raw_message }) => raw_message),
    ['one', 'two'],
  );
});

test('a message of long ago is not replayed', async () => {
  await using world = await openOneBot({ config: { replayMinutes: 0 } });
  const token = await world.token('bot');
  const first = await world.connect('/onebot/a', token);
  await first.next();
  await world.a.say('r', 'Ann', 'one');
  await first.event();
  await first[Symbol.asyncDispose]();
  await world.a.say('r', 'Ann', 'two');
  await using back = await world.connect('/onebot/a', token);
  await back.next();
  await back.call('get_status');
  await world.a.say('r', 'Ann', 'three');
  assert.equal((await back.event()).raw_message, 'three');
});

test('the hub-wide self hears all accounts and answers in each; an account’s self hears its own', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  await using all = await world.connect('/onebot', token);
  await using events = await world.connect('/onebot/b/event', token);
  await using api = await world.connect('/onebot/b/api', token);
  await all.next();
  await events.next();
  await world.a.say('r', 'Ann', 'in a');
  await world.b.say('r', 'Bea', 'in b');
  const [inA, inB] = [await all.event(), await all.event()];
  assert.deepEqual([inA.raw_message, inB.raw_message], ['in a', 'in b']);
  assert.notEqual(inA.group_id, inB.group_id);
  const own = await events.event();
  assert.deepEqual([own.raw_message, own.message_id], ['in b', inB.message_id], 'and only that');
  const said = await all.call('send_group_msg', { group_id: inB.group_id, message: 'hi' });
  assert.equal(said.status, 'ok');
  const stranger = await api.call('send_group_msg', { group_id: inA.group_id, message: 'hi' });
  assert.equal(stranger.status, 'failed', 'a group of another account');
  assert.equal((await api.call('get_login_info')).data.user_id, own.self_id);
  events.socket.send(JSON.stringify({ action: 'get_status', echo: 1 }));
  assert.equal(api.left.length, 0, 'no events on /api');
});

test('who has no token, a wrong one, or one for something else does not get in', async () => {
  await using world = await openOneBot();
  await world.token('other', ['read'], { account: 'b' });
  const bound = await world.token('bound', ['read'], { account: 'b' });
  const refused = async (path: string, headers: object) => {
    const socket = new WebSocket(`ws://127.0.0.1:${world.port}${path}`, { headers: { ...headers } });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    socket.terminate();
    return response.statusCode;
  };
  assert.equal(await refused('/onebot/a', {}), 401);
  assert.equal(await refused('/onebot/a', { authorization: 'Bearer wrong' }), 403);
  assert.equal(await refused('/onebot/a', { authorization: `Bearer ${bound}` }), 403);
  assert.equal(await refused('/onebot/nobody', { authorization: `Token ${await world.token('x')}` }), 404);
  assert.equal(await refused('/onebot/b/no', { authorization: `Bearer ${bound}` }), 404);
  const speaks = await world.token('speaks', ['send']);
  assert.equal(await refused('/onebot/b/event', { authorization: `Bearer ${speaks}` }), 403);
  await using reader = await world.connect(`/onebot/b?access_token=${bound}`, '', {
    headers: { authorization: `Token ${bound}` },
  });
  await reader.next();
  await world.b.say('r', 'Bea', 'hello');
  const { group_id } = await reader.event();
  const answer = await reader.call('send_group_msg', { group_id, message: 'no' });
  assert.deepEqual([answer.status, answer.retcode], ['failed', 1403]);
});

test('other settings send bots away, who come back under them and have missed nothing; off is as if it were not', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  const bot = await world.connect('/onebot/a', token);
  await bot.next();
  world.configure({ messageFormat: 'string' });
  await once(bot.socket, 'close');
  await world.a.say('r', 'Ann', 'meanwhile');
  await using again = await world.connect('/onebot/a', token);
  const { message } = await again.event();
  assert.equal(message, 'meanwhile');
  world.configure(undefined);
  await once(again.socket, 'close');
  assert.equal((await world.ask('/onebot/get_status', token)).status, 404);
});

test('heartbeats tell how the account does; with its token revoked a bot is sent away', async () => {
  await using world = await openOneBot({ config: { heartbeatSeconds: 0.1 } });
  const bot = await world.connect('/onebot/a', await world.token('bot'));
  const beat = await bot.next(({ meta_event_type }) => meta_event_type === 'heartbeat');
  assert.deepEqual([beat.status, beat.interval], [{ online: true, good: true }, 100]);
  const closed = once(bot.socket, 'close');
  await world.access.revokeToken('bot');
  assert.equal((await closed)[0], 1008);
});

test('a reply to what is not known is said all the same; ids of another account lead nowhere', async () => {
  await using world = await openOneBot();
  await using bot = await world.connect('/onebot/a', await world.token('bot'));
  await using all = await world.connect('/onebot', await world.token('all'));
  await bot.next();
  await all.next();
  await world.b.report({ kind: 'message', room: 'alone', sender: { id: 'x', name: 'X' }, body: [] });
  const theirs = await all.event();
  await world.a.say('r', 'Ann', 'hello');
  const { group_id } = await bot.event();
  for (const id of [theirs.message_id, 999_999, -5, 'x']) {
    const message = [
      { type: 'reply', data: { id } },
      { type: 'text', data: { text: 'hm' } },
    ];
    const sent = await bot.call('send_group_msg', { group_id, message });
    const shown = await bot.call('get_msg', { message_id: sent.data.message_id });
    assert.equal(shown.data.raw_message, 'hm');
  }
  for (const action of ['get_msg', 'delete_msg', 'set_msg_emoji_like']) {
    const answer = await bot.call(action, { message_id: theirs.message_id, emoji_id: '76' });
    assert.equal(answer.status, 'failed', action);
  }
  const huge = Array.from({ length: 20_000 }, () => ({ type: 'text', data: { text: 'x' } }));
  assert.equal((await bot.call('send_group_msg', { group_id, message: huge })).retcode, 100);
  assert.equal((await bot.call('send_group_msg', { group_id, message: [] })).retcode, 100);
});

test('a bot that only asks, and is not there any more, is let go', async () => {
  await using world = await openOneBot({ config: { heartbeatSeconds: 0.1 } });
  const bot = await world.connect('/onebot/a/api', await world.token('bot'), { autoPong: false });
  assert.equal((await bot.call('get_status')).status, 'ok');
  await once(bot.socket, 'close');
});

test('a bot has its place from when it first came on, should the hub be killed then', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  await using _bot = await world.connect('/onebot/a', token);
  assert.equal(await world.journal.get('onebot/at/a/token/bot'), String(await world.journal.head()));
});
