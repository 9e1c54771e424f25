// Requests, as bots on Satori are told of them, and the methods by which they decide.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openSatoriFace, SatoriBot, type SatoriWorld } from '../../../test/fakes/satori-face.ts';
import { person } from '../../../test/fakes/waas.ts';

const contact = {
  room: 'dm-id-zoe',
  direct: true,
  ask: 'contact',
  request: 'q1',
  from: person('Zoe'),
  comment: 'a < b',
} as const;
const newcomer = { ...contact, room: 'r1', direct: false, ask: 'join', request: 'q2' } as const;
const invitation = { ...newcomer, room: 'r9', ask: 'invite', request: 'q3', roomName: 'Neighbours' } as const;

async function connect(world: SatoriWorld): Promise<{ token: string; bot: SatoriBot }> {
  const token = await world.token('bot');
  const bot = await SatoriBot.connect(world.url, { token });
  await bot.until(({ frames }) => frames[0]);
  return { token, bot };
}

test('each sort of request has its event, and is decided by its method', async () => {
  await using world = await openSatoriFace();
  const { token, bot } = await connect(world);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => bot.kill());
  for (const request of [contact, newcomer, invitation]) await world.wx.ask(request);
  const invited = await bot.until(() => bot.events('guild-request')[0]);
  const [friend] = bot.events('friend-request');
  const [join] = bot.events('guild-member-request');
  assert.deepEqual(
    [friend.user, friend.message.content, friend.guild],
    [person('Zoe'), 'a &lt; b', undefined],
  );
  assert.deepEqual([join.guild, join.member.user], [{ id: 'r1', name: 'Family' }, person('Zoe')]);
  assert.deepEqual(invited.guild, { id: 'r9', name: 'Neighbours' });
  const decide = async (method: string, { message }: typeof friend, approve: boolean, comment = '') =>
    (await world.call(token, method, { message_id: message.id, approve, comment })).status;
  assert.equal(await decide('friend.approve', friend, true), 200);
  assert.equal(await decide('guild.member.approve', join, false, 'full'), 200);
  assert.equal(await decide('guild.approve', invited, true), 200);
  await world.wx.hasSent(3);
  assert.deepEqual(world.wx.sent.toSorted(), ['answer q1: yes', 'answer q2: full', 'answer q3: yes']);
  assert.equal(await decide('friend.approve', friend, true), 200, 'the same again adds nothing');
  assert.equal(await decide('friend.approve', friend, false), 409);
});

test('a request is not found by another method, another login or a token for other rooms', async () => {
  await using world = await openSatoriFace();
  await world.wx.ask(contact);
  const [status] = await world.hub.requests('wx');
  assert.ok(status);
  const { request } = status;
  const asked = { message_id: request.id, approve: true };
  const statusOf = async (token: string, method: string, more: Record<string, string> = {}) =>
    (await world.call(token, method, asked, more)).status;
  const token = await world.token('bot');
  assert.equal(await statusOf(token, 'guild.approve'), 404);
  const other = { 'satori-platform': 'fake', 'satori-user-id': 'self-qq' };
  assert.equal(await statusOf(token, 'friend.approve', other), 404);
  const bound = await world.token('bound', ['read', 'send'], { rooms: ['wx/r1'] });
  assert.equal(await statusOf(bound, 'friend.approve'), 404);
  assert.equal(await statusOf(await world.token('reader', ['read']), 'friend.approve'), 403);
  assert.equal((await world.hub.request(request.id)).state, 'open');
});
