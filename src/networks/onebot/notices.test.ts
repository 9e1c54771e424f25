// What happens on QQ beside messages, as the hub is told it.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { GROUP, OneBotImplementation, SELF_ID, toText } from '../../../test/fakes/onebot-implementation.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import { RequestError } from '../../hub/errors.ts';
import { createOneBotNetwork } from './index.ts';

const ROOM = `group:${GROUP}`;

interface World extends AsyncDisposable {
  qq: OneBotImplementation;
  port: FakePort;
  /** The notice is told; answers what the hub was told for it. */
  told(notice: object): Promise<NetworkEvent>;
}

async function open(): Promise<World> {
  const stack = new AsyncDisposableStack();
  const qq = stack.use(await new OneBotImplementation().listen());
  const port = new FakePort();
  port.linkRooms([ROOM]);
  const kind = createOneBotNetwork({ clock: createSystemClock() });
  const controller = new AbortController();
  const over = kind
    .open('qq', kind.config.parse({ url: qq.url }))
    .run(port, controller.signal)
    .catch(() => {});
  stack.defer(async () => {
    controller.abort(new Error('the test is over'));
    await over;
  });
  await port.until(() => port.session);
  await qq.until(() => qq.calls.at(-1)?.action === 'get_group_msg_history');
  return {
    qq,
    port,
    async told(notice) {
      const count = port.events.length;
      await qq.notify({ post_type: 'notice', group_id: GROUP, time: 5, ...notice });
      return port.until(() => port.events[count]);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function toCardNative(user: number, before: string, after: string): string {
  return `card:${user}:5:${hash('sha256', JSON.stringify([before, after]), 'base64url')}`;
}

test('comings, goings and new cards are told with names', async () => {
  await using world = await open();
  const common = { room: ROOM, at: 5000 };
  assert.deepEqual(
    await world.told({ notice_type: 'group_increase', sub_type: 'invite', user_id: 77, operator_id: 10_001 }),
    {
      kind: 'join',
      native: 'join:77:5',
      who: { id: '77', name: '新人' },
      reason: 'invited by 安',
      ...common,
    },
  );
  assert.deepEqual(
    await world.told({ notice_type: 'group_decrease', sub_type: 'kick', user_id: 77, operator_id: 10_001 }),
    {
      kind: 'leave',
      native: 'leave:77:5',
      who: { id: '77', name: '新人' },
      reason: 'kicked by 安',
      ...common,
    },
  );
  assert.deepEqual(
    await world.told({ notice_type: 'group_card', user_id: 10_001, card_new: '小安子', card_old: '安' }),
    {
      kind: 'rename',
      native: toCardNative(10_001, '安', '小安子'),
      who: { id: '10001', name: '小安子' },
      oldName: '安',
      ...common,
    },
  );
  const ours = { notice_type: 'group_card', user_id: SELF_ID, card_new: '胡同口', card_old: '胡同' };
  const who = { id: String(SELF_ID), name: '胡同口' };
  assert.deepEqual(await world.told(ours), {
    kind: 'rename',
    native: toCardNative(SELF_ID, '胡同', '胡同口'),
    who,
    oldName: '胡同',
    own: true,
    ...common,
  });
});

test('cards that change within a second are told one by one, each once however often it comes', async () => {
  await using world = await open();
  world.qq.misbehaviour = { repeatEvents: 2 };
  const card = { post_type: 'notice', notice_type: 'group_card', group_id: GROUP, user_id: 10_001, time: 5 };
  await world.qq.notify({ ...card, card_new: '甲', card_old: '安' });
  await world.qq.notify({ ...card, card_new: '乙', card_old: '甲' });
  await world.port.until(() => world.port.of('rename')[3]);
  const renames = world.port.of('rename');
  assert.deepEqual(
    renames.map(({ oldName, who }) => [oldName, who.name]),
    [
      ['安', '甲'],
      ['安', '甲'],
      ['甲', '乙'],
      ['甲', '乙'],
    ],
  );
  assert.equal(new Set(renames.map(({ native }) => native)).size, 2);
});

test('a first card is told by its notice, though words under it come before', async () => {
  await using world = await open();
  const { qq } = world;
  qq.members.set(10_001, { nickname: '小安', card: '' });
  await qq.say('no card yet');
  qq.members.set(10_001, { nickname: '小安', card: '安子' });
  await qq.say('with a card');
  await world.port.until(() => world.port.of('message')[1]);
  const renamed = await world.told({
    notice_type: 'group_card',
    user_id: 10_001,
    card_new: '安子',
    card_old: '',
  });
  assert.ok(renamed.kind === 'rename');
  assert.deepEqual([renamed.oldName, renamed.who.name], ['小安', '安子']);
});

test('recalls, pokes, mutes and reactions are told', async () => {
  await using world = await open();
  const said = await world.qq.say('hello');
  await world.port.until(() => world.port.events[0]);
  const common = { room: ROOM, at: 5000 };
  const ann = { id: '10001', name: '安' };
  const poke = { notice_type: 'notify', sub_type: 'poke', user_id: 10_001, target_id: SELF_ID };
  assert.deepEqual(await world.told(poke), {
    kind: 'message',
    native: `poke:10001:${SELF_ID}:5`,
    sender: ann,
    body: [{ type: 'text', text: '戳了戳 胡同' }],
    action: true,
    ...common,
  });
  const ban = { notice_type: 'group_ban', sub_type: 'ban', operator_id: 10_001, user_id: 77, duration: 600 };
  const banned = await world.told(ban);
  assert.ok(banned.kind === 'message');
  assert.deepEqual(banned.body, [{ type: 'text', text: 'muted 77 for 10 min' }]);
  const like = { notice_type: 'group_msg_emoji_like', user_id: 10_001, message_id: said.id };
  const reaction = await world.told({ ...like, likes: [{ emoji_id: '128077', count: 1 }], is_add: true });
  assert.deepEqual([reaction.kind, 'emoji' in reaction && reaction.emoji], ['reaction', '👍']);
  const recall = { notice_type: 'group_recall', user_id: 10_001, message_id: said.id };
  assert.deepEqual(await world.told({ ...recall, operator_id: 5 }), {
    kind: 'recall',
    native: `recall:${said.id}`,
    actor: { id: '5', name: '5' },
    target: String(said.id),
    moderator: true,
    ...common,
  });
});

test('a file of a group is told once, by its notice where no message tells it', async () => {
  await using world = await open();
  const upload = { notice_type: 'group_upload', user_id: 10_001 };
  await world.qq.say([{ type: 'file', data: { file: 'a.pdf', file_id: '/a', file_size: 5 } }]);
  await world.port.until(() => world.port.events[0]);
  await world.qq.notify({
    post_type: 'notice',
    group_id: GROUP,
    ...upload,
    file: { id: '/a', name: 'a.pdf', size: 5 },
  });
  const only = await world.told({ ...upload, file: { id: '/b', name: 'b.pdf', size: 5 } });
  assert.ok(only.kind === 'message');
  assert.deepEqual([only.native, only.body], ['file:/b', [{ type: 'text', text: '[文件 b.pdf]' }]]);
  assert.equal(world.port.events.length, 2);
});

test('people talk with the account alone, and it with them', async () => {
  await using world = await open();
  const { actions } = world.port.session!;
  const author = { name: 'ann', account: 'house', user: 'ann' };
  assert.equal(actions.direct?.('10001', author), 'private:10001');
  assert.throws(() => actions.direct?.('anonymous:3', author), RequestError);
  await world.qq.whisper('悄悄话');
  const heard = await world.port.until(() => world.port.of('message')[0]);
  assert.deepEqual([heard.room, heard.sender.id], ['private:10001', '10001']);
  await actions.send({
    room: 'private:10001',
    token: 't',
    body: [{ type: 'text', text: '嗯' }],
    at: 0,
    hops: [],
  });
  const { peer, message } = world.qq.kept.at(-1)!;
  assert.deepEqual([peer, toText(message)], [10_001, '嗯']);
  assert.equal(
    world.qq.calls.at(-1)?.params['group_id'],
    GROUP,
    'through a group, in case they are no friends',
  );
});
