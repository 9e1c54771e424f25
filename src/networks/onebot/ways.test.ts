// What not every implementation can send: merged forwards, places and files, as such and in the words that stand in for
// them, against a strict fake implementation.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GROUP, OneBotImplementation, toText } from '../../../test/fakes/onebot-implementation.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import { textBody, type Segment } from '../../hub/message.ts';
import type { Session } from '../../hub/network.ts';
import { createOneBotNetwork } from './index.ts';

const ROOM = `group:${GROUP}`;
const FILE: Segment = { type: 'file', url: 'https://hub.example/media/report.pdf', name: '报告.pdf' };
const PLACE: Segment = { type: 'place', latitude: 39.9, longitude: 116.4, name: '胡同' };

interface World extends AsyncDisposable {
  qq: OneBotImplementation;
  port: FakePort;
  session: Session;
}

async function open(config: object = {}): Promise<World> {
  const stack = new AsyncDisposableStack();
  const qq = stack.use(await new OneBotImplementation({ token: 'secret' }).listen());
  const kind = createOneBotNetwork({ clock: createSystemClock() });
  const port = new FakePort();
  const controller = new AbortController();
  const settings = { url: qq.url, token: 'secret', ...config };
  const over = kind
    .open('qq', kind.config.parse(settings))
    .run(port, controller.signal)
    .catch(() => {
      // It is ended below.
    });
  stack.defer(async () => {
    controller.abort(new Error('the test is over'));
    await over;
  });
  port.linkRooms([ROOM]);
  const session = await port.until(({ session: opened }) => opened);
  await qq.until(() => qq.calls.at(-1)?.action === 'get_group_msg_history');
  return { qq, port, session, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

let tokens = 0;
function saying(body: readonly Segment[], room = ROOM) {
  tokens += 1;
  return { room, token: `t${tokens}`, body, at: 0, hops: [] };
}

function toForward(texts: readonly string[], id = '10001'): Segment {
  const sender = { id, name: '安' };
  return { type: 'forward', messages: texts.map((text) => ({ sender, at: 5000, body: textBody(text) })) };
}

test('forwarded messages are one message that opens, with who said what and when', async () => {
  await using world = await open();
  const { qq, session } = world;
  const said: Segment = {
    type: 'forward',
    messages: [
      {
        sender: { id: '10001', name: '安' },
        at: 5000,
        body: [...textBody('看'), { type: 'emoji', text: '🐶' }],
      },
      { sender: { id: 'ann', name: 'ann' }, body: [FILE, toForward(['深'])] },
    ],
  };
  const { native } = await session.actions.send(saying([said]));
  assert.equal(native, String(qq.said()[0]?.id));
  assert.deepEqual(qq.calls.at(-1), {
    action: 'send_group_forward_msg',
    params: {
      group_id: GROUP,
      messages: [
        {
          type: 'node',
          data: {
            user_id: '10001',
            nickname: '安',
            uin: '10001',
            name: '安',
            time: '5',
            content: [
              { type: 'text', data: { text: '看' } },
              { type: 'face', data: { id: '179' } },
            ],
          },
        },
        {
          type: 'node',
          data: {
            user_id: '10000',
            nickname: 'ann',
            uin: '10000',
            name: 'ann',
            content: [
              { type: 'text', data: { text: '[报告.pdf] https://hub.example/media/report.pdf' } },
              { type: 'text', data: { text: '[forwarded messages]\n安: 深' } },
            ],
          },
        },
      ],
    },
  });
  await session.actions.send(saying([toForward(['hi'])], 'private:10001'));
  assert.equal(qq.calls.at(-1)?.action, 'send_private_forward_msg');
});

test('a forward whose answer is lost is found, and not said twice', async () => {
  await using world = await open({ callSeconds: 0.2 });
  const { qq, session } = world;
  qq.misbehaviour.dropReplies = 'send_group_forward_msg';
  const message = saying([toForward(['hi'])]);
  await assert.rejects(
    session.actions.send(message),
    (error) => error instanceof DeliveryError && error.outcome === 'unknown',
  );
  const found = await session.actions.find!({ room: ROOM, token: message.token, since: 0 });
  assert.deepEqual(found, { native: String(qq.said()[0]?.id) });
});

test('where there are no forwards they are words, all of them, and it is not asked for again', async () => {
  await using world = await open();
  const { qq, session } = world;
  qq.misbehaviour.lacking = ['send_group_forward_msg'];
  const long = Array.from({ length: 90 }, (_, number) => `${number} ${'很长'.repeat(30)}`);
  const { native } = await session.actions.send(saying([toForward(long)]));
  assert.equal(native, String(qq.said()[0]?.id));
  const heard = qq.heard();
  assert.ok(heard.length > 1 && heard.every((text) => Buffer.byteLength(text) <= 4500));
  assert.equal(heard.join(''), `[forwarded messages]\n${long.map((text) => `安: ${text}`).join('\n')}`);
  qq.misbehaviour.lacking = [];
  await session.actions.send(saying([toForward(['hi'])]));
  assert.equal(qq.heard().at(-1), '[forwarded messages]\n安: hi');
});

test('words of several messages go on where they stopped, and their echoes are no news', async () => {
  await using world = await open({ callSeconds: 0.2 });
  const { qq, port, session } = world;
  qq.misbehaviour.lacking = ['send_group_forward_msg'];
  const long = Array.from({ length: 90 }, (_, number) => `${number} ${'很长'.repeat(30)}`);
  const whole = `[forwarded messages]\n${long.map((text) => `安: ${text}`).join('\n')}`;
  const message = saying([toForward(long)]);
  let left = 1;
  qq.misbehaviour.refusesMessage = () => left-- <= 0;
  await assert.rejects(session.actions.send(message), (error) => error instanceof DeliveryError);
  assert.equal(qq.heard().length, 1);
  qq.misbehaviour.refusesMessage = undefined;
  // The second arrives, and its answer is lost.
  qq.misbehaviour.dropReplies = 'send_group_msg';
  await assert.rejects(
    session.actions.send(message),
    (error) => error instanceof DeliveryError && error.outcome === 'unknown',
  );
  qq.misbehaviour.dropReplies = undefined;
  assert.equal(await session.actions.find!({ room: ROOM, token: message.token, since: 0 }), 'absent');
  const { native } = await session.actions.send(message);
  assert.equal(native, String(qq.said()[0]?.id));
  assert.equal(qq.heard().join(''), whole);
  assert.ok(qq.heard().length > 2);
  await qq.say('后来');
  await port.until(() => port.of('message').find(({ own }) => own !== true));
  const own = port.of('message').filter((report) => report.own === true);
  assert.deepEqual(
    own.map((report) => report.native),
    [native],
    'the hub knows this one by its receipt, and is told of no other',
  );
});

test('more messages than a forward holds are words', async () => {
  await using world = await open();
  await world.session.actions.send(saying([toForward(Array.from({ length: 101 }, () => '好'))]));
  assert.ok(!world.qq.calls.some(({ action }) => action === 'send_group_forward_msg'));
});

test('a place is one, or is words where it is refused', async () => {
  await using world = await open();
  const { qq, session } = world;
  await session.actions.send(saying([PLACE]));
  assert.deepEqual(qq.said()[0]?.message, [
    { type: 'location', data: { lat: '39.9', lon: '116.4', title: '胡同' } },
  ]);
  qq.misbehaviour.refuses = ['location'];
  await session.actions.send(saying([PLACE]));
  assert.equal(qq.heard()[1], '[胡同: 39.9, 116.4]');
});

test('a file goes into the message, else among the files of the group, else it is a link', async () => {
  await using world = await open();
  const { qq, port, session } = world;
  const first = await session.actions.send(saying([FILE]));
  assert.equal(first.native, String(qq.said()[0]?.id));

  qq.misbehaviour.refuses = ['file'];
  assert.deepEqual(await session.actions.send(saying([FILE])), {});
  assert.deepEqual(qq.uploads, [
    { group_id: GROUP, file: 'https://hub.example/media/report.pdf', name: '报告.pdf' },
  ]);

  qq.misbehaviour.lacking = ['upload_group_file', 'upload_private_file'];
  await session.actions.send(saying([FILE]));
  assert.equal(toText(qq.said().at(-1)!.message), '[报告.pdf] https://hub.example/media/report.pdf');

  // What was put among the group's files is told by a notice, which is no news to the hub; that of somebody else is.
  const file = { id: '/x', name: 'x.zip', size: 1, busid: 102 };
  await qq.notify({
    post_type: 'notice',
    notice_type: 'group_upload',
    group_id: GROUP,
    user_id: 10_001,
    file,
  });
  await port.until((seen) => seen.of('message').find(({ native }) => native === 'file:/x'));
  assert.ok(!port.of('message').some(({ native }) => native === 'file:/1'));
});
