// What happens on networks, as bots are told of it; and what bots are not told.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { openOneBot, type Json } from '../../../test/fakes/onebot.ts';
import { textBody } from '../../hub/message.ts';
import { parseEvent } from '../../wire/onebot11/events.ts';

const ann = { id: 'ann', name: 'Ann' };

test('what somebody says to the account alone is private, and is answered where they talk', async () => {
  await using world = await openOneBot();
  await using bot = await world.connect('/onebot/a', await world.token('bot'));
  await bot.next();
  await world.a.report({
    kind: 'message',
    room: '@ann',
    direct: true,
    sender: ann,
    body: [{ type: 'text', text: 'psst' }],
  });
  const event = await bot.event();
  assert.deepEqual(
    [event.message_type, event.sub_type, event.group_id, event.target_id],
    ['private', 'friend', undefined, event.self_id],
  );
  // Clients send both along: the type decides.
  const answer = await bot.call('send_msg', { ...event, group_id: 4711, message: 'yes?' });
  assert.equal(answer.status, 'ok');
  const said = (await world.hub.read(0, { rooms: ['a/@ann'] }, 10)).events;
  assert.equal(said.filter((each) => each.kind === 'message').length, 2);
  assert.deepEqual((await bot.call('get_friend_list')).data, [
    { user_id: event.user_id, nickname: 'Ann', remark: '' },
  ]);
  const { data } = await bot.call('get_friend_msg_history', { user_id: event.user_id });
  assert.deepEqual(
    data.messages.map(({ raw_message }: Json) => raw_message),
    ['psst', 'yes?'],
  );
  const group = await bot.call('send_msg', { message_type: 'group', user_id: event.user_id, message: 'no' });
  assert.equal(group.retcode, 100, 'no group is named');
});

test('recalls, reactions, comings and goings and new names are notices; edits are in get_msg', async () => {
  await using world = await openOneBot();
  await using bot = await world.connect('/onebot/a', await world.token('bot'));
  await bot.next();
  const room = 'r';
  await world.a.report({ kind: 'message', room, native: 'm1', sender: ann, body: textBody('one') });
  const said = await bot.event();
  const { group_id, user_id, message_id } = said;
  await world.a.report({ kind: 'edit', room, actor: ann, target: 'm1', body: textBody('two') });
  await world.a.report({ kind: 'reaction', room, actor: ann, target: 'm1', emoji: '👍', added: true });
  const reaction = await bot.event();
  assert.deepEqual(
    [reaction.notice_type, reaction.message_id, reaction.is_add],
    ['group_msg_emoji_like', message_id, true],
  );
  assert.equal((await bot.call('get_msg', { message_id })).data.raw_message, 'two');
  await world.a.report({ kind: 'recall', room, actor: ann, target: 'm1' });
  const recall = await bot.event();
  assert.deepEqual(
    [recall.notice_type, recall.group_id, recall.user_id, recall.operator_id, recall.message_id],
    ['group_recall', group_id, user_id, user_id, message_id],
  );
  await world.a.report({ kind: 'rename', room, who: { id: 'ann', name: 'Anna' }, oldName: 'Ann' });
  const rename = await bot.event();
  assert.deepEqual([rename.notice_type, rename.card_new, rename.card_old], ['group_card', 'Anna', 'Ann']);
  await world.a.report({ kind: 'leave', room, who: ann });
  await world.a.report({ kind: 'join', room, who: ann });
  const [left, came] = [await bot.event(), await bot.event()];
  assert.deepEqual([left.notice_type, left.sub_type], ['group_decrease', 'leave']);
  assert.deepEqual([came.notice_type, came.user_id], ['group_increase', user_id]);
  for (const event of [said, reaction, recall, rename, left, came]) {
    assert.ok(parseEvent(event), 'our own client reads it');
  }
});

test('an answer, a mention of the bot, a picture, a place, a card and a forward come as segments', async () => {
  await using media = await createMediaStore();
  await using world = await openOneBot({ media: media.store });
  await using bot = await world.connect('/onebot/a', await world.token('bot'));
  await bot.next();
  await world.a.report({
    kind: 'message',
    room: 'r',
    native: 'm1',
    sender: ann,
    body: [{ type: 'text', text: 'one' }],
  });
  const first = await bot.event();
  await world.a.report({
    kind: 'message',
    room: 'r',
    sender: { id: 'bob', name: 'Bob' },
    replyTo: { native: 'm1' },
    body: [
      { type: 'mention', user: 'self-a', name: 'a' },
      { type: 'mention', user: 'all', name: 'all' },
      { type: 'image', url: 'https://example.org/cat.png', name: 'cat.png', alt: 'a cat' },
      { type: 'place', latitude: 1.5, longitude: -2, name: 'here' },
      { type: 'card', title: 'a page', url: 'https://example.org/' },
      { type: 'forward', messages: [{ sender: ann, at: 1_000, body: [{ type: 'text', text: 'before' }] }] },
    ],
  });
  const { message, message_id, self_id } = await bot.event();
  assert.deepEqual(message, [
    { type: 'reply', data: { id: String(first.message_id) } },
    { type: 'at', data: { qq: String(self_id), name: 'a' } },
    { type: 'at', data: { qq: 'all', name: 'all' } },
    {
      type: 'image',
      data: {
        file: 'https://example.org/cat.png',
        url: 'https://example.org/cat.png',
        name: 'cat.png',
        summary: 'a cat',
      },
    },
    { type: 'location', data: { lat: '1.5', lon: '-2', title: 'here' } },
    { type: 'share', data: { url: 'https://example.org/', title: 'a page' } },
    { type: 'forward', data: { id: `${message_id}-5` } },
  ]);
  const { data } = await bot.call('get_forward_msg', { id: `${message_id}-5` });
  assert.deepEqual(
    data.messages.map(({ data: node }: Json) => [node.nickname, node.content]),
    [['Ann', [{ type: 'text', data: { text: 'before' } }]]],
  );
});

test('what two people write to each other is told to no bot, in no way', async () => {
  await using world = await openOneBot();
  await using bot = await world.connect('/onebot', await world.token('bot'));
  await bot.next();
  // The other account’s network can reach nobody alone, so it is refused; what is marked private in the journal counts.
  const body = [{ type: 'text' as const, text: 'secret' }];
  const event = {
    kind: 'message' as const,
    id: 'private-1',
    position: 0,
    room: 'a/@ann' as const,
    at: Date.now(),
    sender: ann,
    body,
    to: { account: 'b', user: 'bob' },
  };
  const { position } = await world.journal.append({ event, key: 'private-1', deliveries: [] });
  await world.a.say('r', 'Ann', 'public');
  const { raw_message, message_id } = await bot.event();
  assert.deepEqual([raw_message, message_id], ['public', position + 1]);
  assert.equal((await bot.call('get_msg', { message_id: position })).status, 'failed');
});

test('a token for some rooms hears and speaks there only; own messages are told where that is wished', async () => {
  await using world = await openOneBot({ config: { ownMessages: true } });
  await using all = await world.connect('/onebot', await world.token('all'));
  await using some = await world.connect(
    '/onebot/a',
    await world.token('some', ['read', 'send'], { rooms: ['a/r'] }),
  );
  await all.next();
  await some.next();
  await world.a.report({
    kind: 'message',
    room: 'other',
    direct: true,
    sender: ann,
    body: [{ type: 'text', text: 'elsewhere' }],
  });
  await world.a.say('r', 'Ann', 'here');
  const elsewhere = await all.event();
  const here = await some.event();
  assert.deepEqual([elsewhere.raw_message, here.raw_message], ['elsewhere', 'here']);
  assert.equal((await some.call('get_msg', { message_id: elsewhere.message_id })).status, 'failed');
  assert.equal(
    (await some.call('send_private_msg', { user_id: elsewhere.user_id, message: 'x' })).status,
    'failed',
  );
  const sent = await some.call('send_group_msg', { group_id: here.group_id, message: 'mine' });
  const own = await some.event();
  assert.deepEqual(
    [own.post_type, own.message_id, own.user_id],
    ['message_sent', sent.data.message_id, own.self_id],
  );
});
