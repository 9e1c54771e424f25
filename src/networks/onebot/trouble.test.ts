// The account against an implementation that misbehaves as real ones do.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GROUP, OneBotImplementation, SELF_ID } from '../../../test/fakes/onebot-implementation.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock, type Clock } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { textBody, toPlainText } from '../../hub/message.ts';
import { createOneBotNetwork } from './index.ts';

const ROOM = `group:${GROUP}`;
const TOKEN = 'secret';

interface Run extends AsyncDisposable {
  port: FakePort;
  over: Promise<unknown>;
}

/** Starts a run. */
function start(config: object, port = new FakePort(), clock: Clock = createSystemClock()): Run {
  const kind = createOneBotNetwork({ clock });
  const controller = new AbortController();
  const network = kind.open('qq', kind.config.parse({ token: TOKEN, ...config }));
  const over = network.run(port, controller.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    port,
    over,
    async [Symbol.asyncDispose]() {
      controller.abort(new Error('the test is over'));
      await over;
    },
  };
}

async function online(run: Run, qq: OneBotImplementation) {
  run.port.linkRooms([ROOM]);
  const session = await run.port.until((port) => port.session);
  await qq.until(() => qq.calls.at(-1)?.action === 'get_group_msg_history');
  return session;
}

let tokens = 0;
function saying(text: string, room = ROOM) {
  tokens += 1;
  return { room, token: `t${tokens}`, body: textBody(text), at: 0, hops: [] };
}

function texts(port: FakePort): string[] {
  return port.of('message').map(({ body }) => toPlainText(body));
}

const isDelivery = (outcome: string) => (error: unknown) =>
  error instanceof DeliveryError && error.outcome === outcome;

test('a refused token ends the run for good, whether told by status or by frame', async () => {
  await using qq = await new OneBotImplementation({ token: 'another' }).listen();
  for (const refuseByFrame of [false, true]) {
    qq.misbehaviour = { refuseByFrame };
    await using run = start({ url: qq.url });
    const error = await run.over;
    assert.ok(error instanceof AccountError && error.final, String(error));
    assert.equal(error.code, 'account-auth');
  }
  assert.deepEqual(qq.calls, [], 'nothing was done for who was refused');
});

test('an implementation that is not logged in is not online', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  qq.misbehaviour = { offline: true };
  await using run = start({ url: qq.url });
  const error = await run.over;
  assert.match(String(error), /not logged in/);
  assert.equal(run.port.session, undefined);
});

test('a heartbeat that says offline ends the run', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  await using run = start({ url: qq.url });
  await online(run, qq);
  await qq.notify({
    post_type: 'meta_event',
    meta_event_type: 'heartbeat',
    status: { online: false, good: true },
    interval: 3000,
  });
  assert.match(String(await run.over), /not logged in/);
});

test('a lost reply is found by the echo, and not said twice', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  await using run = start({ url: qq.url, callSeconds: 0.2 });
  const { actions } = await online(run, qq);
  qq.misbehaviour.dropReplies = 'send_group_msg';
  const message = saying('你好，&amp; [CQ:face,id=1]');
  await assert.rejects(actions.send(message), isDelivery('unknown'));
  const found = await actions.find!({ room: ROOM, token: message.token, since: 0 });
  assert.deepEqual(found, { native: String(qq.said()[0]?.id) });
});

test('a lost reply is found in the history where there is no echo, in the next run too', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  const port = new FakePort();
  const message = saying('没有回音');
  {
    await using run = start({ url: qq.url, callSeconds: 0.2 }, port);
    const { actions } = await online(run, qq);
    qq.misbehaviour = { tellsOwn: false, dropReplies: 'send_group_msg' };
    await assert.rejects(actions.send(message), isDelivery('unknown'));
  }
  port.session = undefined;
  await using run = start({ url: qq.url }, port);
  const { actions } = await online(run, qq);
  const found = await actions.find!({ room: ROOM, token: message.token, since: 0 });
  assert.deepEqual(found, { native: String(qq.said()[0]?.id) });
});

test('sends that a history has are not reported, so nobody waits for them while another is looked for', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  qq.misbehaviour = { tellsOwn: false };
  const port = new FakePort();
  {
    await using run = start({ url: qq.url }, port);
    const { actions } = await online(run, qq);
    await actions.send(saying('来了'));
  }
  await qq.say('你好');
  port.session = undefined;
  await using run = start({ url: qq.url }, port);
  await online(run, qq);
  await port.until(() => (texts(port).includes('你好') ? true : undefined));
  assert.deepEqual(texts(port), ['你好']);
});

test('two messages of the same words are two, each found once', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  await using run = start({ url: qq.url, callSeconds: 0.2 });
  const { actions } = await online(run, qq);
  const first = await actions.send(saying('好'));
  qq.misbehaviour.dropReplies = 'send_group_msg';
  const second = saying('好');
  await assert.rejects(actions.send(second), isDelivery('unknown'));
  const found = await actions.find!({ room: ROOM, token: second.token, since: 0 });
  assert.notDeepEqual(found, first);
  assert.deepEqual(found, { native: String(qq.said()[1]?.id) });
});

test('what is not there yet is not called absent before it had time to arrive', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  const clock = new ShiftedClock();
  await using run = start({ url: qq.url, callSeconds: 0.2 }, new FakePort(), clock);
  qq.timeShiftSeconds = -600;
  await qq.say('long ago');
  qq.timeShiftSeconds = 0;
  const { actions } = await online(run, qq);
  qq.misbehaviour.loseCalls = 'send_group_msg';
  const message = saying('late');
  await assert.rejects(actions.send(message), isDelivery('unknown'));
  const sought = { room: ROOM, token: message.token, since: 0 };
  await assert.rejects(actions.find!(sought), isDelivery('failed'));
  clock.shiftMs = 60_000;
  assert.equal(await actions.find!(sought), 'absent');
});

test('repeated events and messages as strings are reported alike', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  await using run = start({ url: qq.url });
  await online(run, qq);
  qq.misbehaviour = { repeatEvents: 2, asStrings: true };
  const said = await qq.say('[CQ:face,id=14] 一, 二 & 三');
  const [first, second] = await run.port.until((port) =>
    port.of('message').length >= 2 ? port.of('message') : undefined,
  );
  assert.deepEqual(first, second);
  assert.equal(first?.native, String(said.id));
  assert.deepEqual(first?.sender, { id: '10001', name: '安' });
  assert.deepEqual(first?.body, textBody('[CQ:face,id=14] 一, 二 & 三'));
});

test('a connection cut in the middle of a frame ends the run, and the next one goes on', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  const port = new FakePort();
  {
    await using run = start({ url: qq.url }, port);
    await online(run, qq);
    await qq.say('before');
    await port.until(() => (texts(port).length === 1 ? true : undefined));
    qq.cutInFrame();
    assert.ok((await run.over) instanceof AccountError);
  }
  await qq.say('meanwhile');
  port.session = undefined;
  await using _ = start({ url: qq.url }, port);
  await port.until(() => (texts(port).length === 2 ? true : undefined));
  assert.deepEqual(texts(port), ['before', 'meanwhile']);
});

test('without a history or other extras it works as far as the specification goes', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  qq.misbehaviour = { lacking: ['get_group_msg_history', 'get_group_member_list', 'set_msg_emoji_like'] };
  await using run = start({ url: qq.url });
  run.port.linkRooms([ROOM]);
  const { actions } = await run.port.until((port) => port.session);
  await qq.say('hello');
  await run.port.until((port) => (texts(port).length === 1 ? true : undefined));
  await assert.rejects(
    actions.react!({
      room: ROOM,
      target: '1001',
      token: 't',
      emoji: '👍',
      added: true,
      author: { name: 'ann', account: 'house', user: 'ann' },
    }),
    (error) => error instanceof DeliveryError && error.permanent,
  );
});

test('while the account is muted nothing is sent, and the hub is told until when', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  await using run = start({ url: qq.url });
  const { actions } = await online(run, qq);
  const ban = { post_type: 'notice', notice_type: 'group_ban', group_id: GROUP, operator_id: 10_001 };
  await qq.notify({ ...ban, sub_type: 'ban', user_id: SELF_ID, duration: 600 });
  await run.port.until((port) => port.of('message').find(({ action }) => action === true));
  await assert.rejects(
    actions.send(saying('psst')),
    (error) => error instanceof DeliveryError && error.outcome === 'failed' && (error.retryAfterMs ?? 0) > 0,
  );
  await qq.notify({ ...ban, sub_type: 'lift_ban', user_id: SELF_ID, duration: 0 });
  await run.port.until((port) => (port.of('message').length === 2 ? true : undefined));
  assert.ok((await actions.send(saying('here'))).native);
});

class ShiftedClock implements Clock {
  shiftMs = 0;
  readonly #clock = createSystemClock();
  now(): number {
    return this.#clock.now() + this.shiftMs;
  }
  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }
  after(delayMs: number, fire: () => void) {
    return this.#clock.after(delayMs, fire);
  }
  random(): number {
    return this.#clock.random();
  }
  id(): string {
    return this.#clock.id();
  }
}

test('what an implementation tells wrongly ends nothing, and what comes behind it is told', async () => {
  await using qq = await new OneBotImplementation({ token: TOKEN }).listen();
  await using run = start({ url: qq.url });
  await online(run, qq);
  const said = { post_type: 'message', message_type: 'group', group_id: GROUP, user_id: 10_001 };
  const text = { type: 'text', data: { text: 'a' } };
  const wrong: Record<string, unknown>[] = [
    {},
    { post_type: 5 },
    { post_type: 'message' },
    { post_type: 'notice', notice_type: 'toString' },
    { post_type: 'notice', notice_type: 'group_recall', group_id: {}, message_id: [] },
    { post_type: 'request', request_type: 'friend', user_id: null },
    { ...said, message_id: 'many', message: 'x' },
    { ...said, message_id: 1, message: 5 },
    { ...said, message_id: 2, message: [[], null, { type: 5 }] },
    { ...said, message_id: 3, message: Array.from({ length: 200_000 }, () => text) },
    {
      ...said,
      message_id: 4,
      message: [{ type: 'image', data: { file: `base64://${'A'.repeat(50_000_000)}` } }],
    },
    {
      ...said,
      message_id: 5,
      message: [{ type: 'image', data: { file: 'file:///etc/passwd', url: 'file:///etc/passwd' } }],
    },
    { ...said, message_id: 6, message: [{ type: 'reply', data: { id: '987654' } }, text] },
  ];
  for (const event of wrong) await qq.notify(event);
  await qq.say('weiter');
  await run.port.until((port) => texts(port).find((each) => each === 'weiter'));
  const kept = run.port.of('message').map(({ native, body }) => [native, body.map(({ type }) => type)]);
  assert.deepEqual(kept.slice(0, -1), [
    ['4', ['text']],
    ['5', ['text']],
    ['6', ['text']],
  ]);
});
