// Who wants to be a friend, to be let into a group, or invites the account: as the hub is told it, and its answers.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GROUP, OneBotImplementation, SELF_ID } from '../../../test/fakes/onebot-implementation.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import type { RequestReport } from '../../hub/event.ts';
import { createOneBotNetwork } from './index.ts';

interface World extends AsyncDisposable {
  qq: OneBotImplementation;
  port: FakePort;
  /** Somebody asks; answers what the hub was told. */
  ask(flag: string, about: object): Promise<RequestReport>;
  /** The hub answers. */
  answer(report: RequestReport, accepted: boolean, reason?: string): Promise<void>;
}

async function open(
  prepare: (qq: OneBotImplementation) => void = () => {},
  port = new FakePort(),
): Promise<World> {
  const stack = new AsyncDisposableStack();
  const qq = stack.use(await new OneBotImplementation().listen());
  prepare(qq);
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
  return {
    qq,
    port,
    async ask(flag, about) {
      const count = port.of('request').length;
      await qq.ask(flag, { time: 5, ...about });
      return port.until(() => port.of('request')[count]);
    },
    answer: ({ room, request, ask }, accepted, reason) =>
      port.session!.actions.answer!({
        room,
        request,
        ask,
        accepted,
        token: 't1',
        ...(reason !== undefined && { reason }),
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const friend = { request_type: 'friend', user_id: 5, comment: '你好' };
const newcomer = {
  request_type: 'group',
  sub_type: 'add',
  group_id: GROUP,
  user_id: 77,
  comment: '问题：1\n答案：2',
};
const invitation = { request_type: 'group', sub_type: 'invite', group_id: 999, user_id: 10_001 };

test('a friend request names who asks, and is accepted by its flag', async () => {
  await using world = await open();
  const report = await world.ask('f|1', friend);
  assert.deepEqual(report, {
    kind: 'request',
    room: 'private:5',
    direct: true,
    at: 5000,
    ask: 'contact',
    request: 'contact:f|1',
    from: { id: '5', name: '用户5' },
    comment: '你好',
  });
  await world.answer(report, true);
  assert.equal(world.qq.requests.get('f|1')?.approved, true);
});

test('who wants to join a group is refused with a reason', async () => {
  await using world = await open();
  const report = await world.ask('g1', newcomer);
  assert.deepEqual(
    [report.room, report.ask, report.direct, report.comment],
    [`group:${GROUP}`, 'join', undefined, '问题：1\n答案：2'],
  );
  await world.answer(report, false, '人满了');
  assert.deepEqual(
    [world.qq.requests.get('g1')?.approved, world.qq.requests.get('g1')?.reason],
    [false, '人满了'],
  );
});

test('an invitation names the group, and is accepted', async () => {
  await using world = await open();
  const report = await world.ask('i1', invitation);
  assert.deepEqual([report.room, report.ask, report.roomName], ['group:999', 'invite', '邻居']);
  await world.answer(report, true);
  assert.equal(world.qq.requests.get('i1')?.approved, true);
});

test('an answer that QQ does not take any more is refused for good', async () => {
  await using world = await open();
  const report = await world.ask('f1', friend);
  await world.answer(report, false);
  await assert.rejects(
    world.answer(report, true),
    (error) => error instanceof DeliveryError && error.permanent && error.message.includes('请求已处理'),
  );
});

test('an answer whose reply is lost is not known to have arrived', async () => {
  await using world = await open();
  const report = await world.ask('f1', friend);
  world.qq.misbehaviour.dropReplies = 'set_friend_add_request';
  const answering = world.answer(report, true);
  await world.qq.until(() => world.qq.requests.get('f1')?.approved !== undefined);
  await world.qq.cut();
  await assert.rejects(answering, (error) => error instanceof DeliveryError && error.outcome === 'unknown');
});

test('what somebody answers in QQ is seen when the person is in', async () => {
  await using world = await open();
  const { qq, port } = world;
  await world.ask('f1', friend);
  await world.ask('g1', newcomer);
  await world.ask('i1', invitation);
  await qq.notify({ post_type: 'notice', notice_type: 'friend_add', user_id: 5 });
  const joined = { post_type: 'notice', notice_type: 'group_increase', sub_type: 'approve' };
  await qq.notify({ ...joined, group_id: GROUP, user_id: 77, operator_id: 10_001 });
  await qq.notify({ ...joined, group_id: 999, user_id: SELF_ID, operator_id: 10_001 });
  await port.until(() => (port.of('answer').length === 3 ? true : undefined));
  assert.deepEqual(
    port.of('answer').map(({ request, answer, actor }) => [request, answer, actor?.id]),
    [
      ['contact:f1', 'accepted', undefined],
      ['join:g1', 'accepted', '10001'],
      ['invite:i1', 'accepted', '10001'],
    ],
  );
});

test('a request without a flag cannot be answered here: the log says so', async () => {
  await using world = await open();
  await world.qq.ask('', friend);
  await world.qq.whisper('after it', 5);
  await world.port.until(() => world.port.of('message')[0]);
  assert.deepEqual(world.port.of('request'), []);
  assert.ok(world.port.logged.some(({ message }) => message.includes('has no flag')));
});

test('requests that came while nobody was connected are told, those that were answered are not', async () => {
  await using world = await open((qq) => {
    qq.askUnheard('31', newcomer);
    qq.askUnheard('32', invitation);
    qq.askUnheard('33', { ...newcomer, user_id: 78 });
    qq.requests.get('33')!.approved = true;
    qq.doubtful = [
      { flag: 'u_6', uin: '6', nick: '小六', msg: '你好', time: '5', type: 'doubt' },
      { nick: 'without a number' },
      'nobody',
    ];
  });
  const { port, qq } = world;
  const told = (request: string) =>
    port.until(() => port.of('request').find((report) => report.request === request));
  const [join, invite, doubtful] = [
    await told('join:31'),
    await told('invite:32'),
    await told('doubtful:u_6'),
  ];
  assert.deepEqual(
    [join.room, join.from, join.comment],
    [`group:${GROUP}`, { id: '77', name: '用户77' }, '问题：1\n答案：2'],
  );
  assert.deepEqual([invite.room, invite.ask, invite.roomName], ['group:999', 'invite', '邻居']);
  assert.deepEqual(doubtful, {
    kind: 'request',
    room: 'private:6',
    direct: true,
    at: 5000,
    ask: 'contact',
    request: 'doubtful:u_6',
    from: { id: '6', name: '小六' },
    comment: '你好',
  });
  assert.equal(port.of('request').length, 3);
  await world.answer(join, false, '人满了');
  assert.equal(qq.requests.get('31')?.reason, '人满了');
  await world.answer(doubtful, false);
  assert.deepEqual(qq.accepted, [], 'QQ would accept them');
  await world.answer(doubtful, true);
  assert.deepEqual(qq.accepted, ['u_6']);
});

test('a request that was told under a longer flag is not told again after an outage', async () => {
  const port = new FakePort();
  {
    await using world = await open(undefined, port);
    await world.ask(`${GROUP}|31|7|0`, newcomer);
  }
  port.session = undefined;
  await using world = await open((qq) => {
    qq.askUnheard(`${GROUP}|31|7|0`, newcomer);
    qq.askUnheard('32', { ...newcomer, user_id: 78 });
  }, port);
  await world.port.until(() => port.of('request').find(({ request }) => request === 'join:32'));
  assert.deepEqual(
    port.of('request').map(({ request }) => request),
    [`join:${GROUP}|31|7|0`, 'join:32'],
  );
});

test('an implementation without such lists is as good', async () => {
  await using world = await open((qq) => {
    qq.misbehaviour = { lacking: ['get_group_system_msg', 'get_doubt_friends_add_request'] };
  });
  await world.ask('f1', friend);
  assert.deepEqual(
    world.port.logged.filter(({ level }) => level === 'warn'),
    [],
  );
});
