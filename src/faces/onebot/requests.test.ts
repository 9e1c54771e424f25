// Requests, as bots are told of them, and what they decide: by action, and by a quick operation.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openOneBot, type Bot, type OneBotWorld } from '../../../test/fakes/onebot.ts';
import type { RequestReport } from '../../hub/event.ts';
import { parseEvent } from '../../wire/onebot11/events.ts';

const contact: RequestReport = {
  kind: 'request',
  room: '@ann',
  direct: true,
  ask: 'contact',
  request: 'q1',
  from: { id: 'ann', name: 'Ann' },
  comment: '你好',
};
const newcomer: RequestReport = { ...contact, room: 'r', direct: false, ask: 'join', request: 'q2' };
const invitation: RequestReport = { ...newcomer, room: 'r9', ask: 'invite', request: 'q3' };

async function connect(world: OneBotWorld, name = 'bot', path = '/onebot/a'): Promise<Bot> {
  const bot = await world.connect(path, await world.token(name));
  await bot.next();
  return bot;
}

/** Resolves when the account's network has been asked to answer so many. */
async function answered(world: OneBotWorld, count: number): Promise<string[]> {
  const patience = AbortSignal.timeout(60_000);
  for await (const page of world.hub.follow(0, { kinds: ['outcome'] }, patience)) {
    void page;
    if (world.a.done.length >= count) break;
  }
  return world.a.done;
}

test('a bot is told who wants to be a friend, accepts, and is told of the friend', async () => {
  await using world = await openOneBot();
  await using bot = await connect(world);
  await world.a.report(contact);
  const event = await bot.event();
  const { post_type, request_type, comment, user_id, flag } = event;
  assert.deepEqual([post_type, request_type, comment], ['request', 'friend', '你好']);
  assert.ok(parseEvent(event), 'our own client reads it');
  assert.equal((await bot.call('get_stranger_info', { user_id })).data.nickname, 'Ann');
  const { status } = await bot.call('set_friend_add_request', { flag, approve: true, remark: 'Annie' });
  assert.equal(status, 'ok');
  const friend = await bot.event();
  assert.deepEqual([friend.notice_type, friend.user_id], ['friend_add', user_id]);
  assert.deepEqual(await answered(world, 1), ['answer q1: yes']);
  const other = await bot.call('set_friend_add_request', { flag, approve: false });
  assert.deepEqual([other.retcode, /already/.test(other.wording)], [103, true]);
});

test('who wants into a group is refused with a reason, an invitation is accepted', async () => {
  await using world = await openOneBot();
  await using bot = await connect(world);
  await world.a.report(newcomer);
  await world.a.report(invitation);
  const [join, invite] = [await bot.event(), await bot.event()];
  assert.deepEqual(
    [join.request_type, join.sub_type, invite.request_type, invite.sub_type],
    ['group', 'add', 'group', 'invite'],
  );
  assert.ok(join.group_id > 0 && invite.group_id > 0 && join.group_id !== invite.group_id);
  const refuse = { flag: join.flag, sub_type: 'add', approve: false, reason: '人满了' };
  assert.equal((await bot.call('set_group_add_request', refuse)).status, 'ok');
  const accept = { flag: invite.flag, sub_type: 'invite' };
  assert.equal((await bot.call('set_group_add_request', accept)).status, 'ok');
  assert.deepEqual((await answered(world, 2)).toSorted(), ['answer q2: 人满了', 'answer q3: yes']);
});

test('a quick operation decides, and one that says nothing leaves it open', async () => {
  await using world = await openOneBot();
  await using bot = await connect(world);
  await world.a.report(newcomer);
  const context = await bot.event();
  const quick = (operation: object) => bot.call('.handle_quick_operation', { context, operation });
  assert.equal((await quick({})).status, 'ok');
  assert.equal((await world.hub.request(context.flag)).state, 'open');
  assert.equal((await quick({ approve: false, reason: 'no' })).status, 'ok');
  assert.deepEqual(await answered(world, 1), ['answer q2: no']);
});

test('an unknown flag, one of another account or of the other sort is refused', async () => {
  await using world = await openOneBot();
  await using bot = await connect(world);
  await using elsewhere = await connect(world, 'elsewhere', '/onebot/b');
  await using reader = await world.connect('/onebot/a', await world.token('reader', ['read']));
  await world.a.report(contact);
  const { flag } = await bot.event();
  assert.equal((await bot.call('set_friend_add_request', { flag: 'x' })).retcode, 103);
  assert.equal((await bot.call('set_group_add_request', { flag, sub_type: 'add' })).retcode, 100);
  assert.equal((await elsewhere.call('set_friend_add_request', { flag })).retcode, 100);
  assert.equal((await reader.call('set_friend_add_request', { flag })).retcode, 1403);
  assert.equal((await world.hub.request(flag)).state, 'open');
});
