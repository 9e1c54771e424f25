/** What puppets tell and how they fail, each as the hub has to know it: the real driver, with a puppet of the test's. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import {
  ANN,
  DRIVER_MAIN,
  FakeWeChat,
  GROUP,
  SELF,
  TOPIC,
  type WeChatOptions,
} from '../../../test/fakes/wechat.ts';
import { createSystemClock, type Clock } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { toPlainText } from '../../hub/message.ts';
import type { Network } from '../../hub/network.ts';
import { createWechatyNetwork } from './index.ts';

const clock = createSystemClock();

/** Timers fire sooner and time passes faster, so many times. */
function hurried(times: number): Clock {
  return {
    ...clock,
    after: (delayMs, fire) => clock.after(delayMs / times, fire),
    monotonicMs: () => clock.monotonicMs() * times,
  };
}

interface Options extends WeChatOptions {
  settings?: object;
  /** What the puppet is told. */
  puppet?: object;
  clock?: Clock;
  main?: string;
  linked?: string[];
  /** Changes the world before anybody logs in. */
  prepare?(wechat: FakeWeChat): void;
}

async function openAccount(options: Options = {}) {
  const wechat = await new FakeWeChat(options).listen();
  options.prepare?.(wechat);
  const kind = createWechatyNetwork({ clock: options.clock ?? clock, main: options.main ?? DRIVER_MAIN });
  const config = kind.config.parse({ ...wechat.settings({}, options.puppet), ...options.settings });
  const network = kind.open('wx', config);
  const port = new FakePort();
  port.folder = wechat.folder;
  port.linkRooms(options.linked ?? [TOPIC]);
  const stopping = new AbortController();
  const runs: Promise<unknown>[] = [];
  const run = (each: Network = network) => {
    const over = each.run(port, stopping.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    runs.push(over);
    return over;
  };
  const over = run();
  return {
    wechat,
    port,
    over,
    run,
    online: () => port.until(({ session }) => session),
    async send(text: string, more = {}) {
      const { actions } = await port.until(({ session }) => session);
      const body = [{ type: 'text' as const, text }];
      return actions.send({ room: TOPIC, token: clock.id(), body, at: clock.now(), hops: [], ...more });
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the test is over'));
      await Promise.all(runs);
      await wechat[Symbol.asyncDispose]();
    },
  };
}

async function endOf(options: Options): Promise<AccountError> {
  await using world = await openAccount(options);
  const error = await world.over;
  assert.ok(error instanceof AccountError, String(error));
  return error;
}

test('a code is shown with its age, and told again only when it is another one', async () => {
  await using world = await openAccount({ loggedIn: false });
  const { wechat, port } = world;
  wechat.emit('scan', { qrcode: 'one', status: 2 });
  wechat.emit('scan', { qrcode: 'one', status: 2 });
  wechat.emit('scan', { qrcode: 'two', status: 2 });
  wechat.emit('scan', { status: 3 });
  await port.until(({ states }) => states.find(({ message }) => message?.startsWith('scanned')));
  const codes = port.prompts.map((step) => step?.type === 'qr' && step.data);
  assert.deepEqual(codes, ['one', 'two']);
  const [step] = port.prompts;
  assert.ok(step?.type === 'qr' && step.expiresAt! > clock.now());
  wechat.login();
  await world.online();
  assert.equal(port.prompts.at(-1), undefined);
});

test('a code that nobody scans grows old: the run ends, and the next one shows a new code', async () => {
  await using world = await openAccount({
    loggedIn: false,
    clock: hurried(20),
    settings: { scanSeconds: 10, startSeconds: 600 },
  });
  world.wechat.emit('scan', { qrcode: 'one', status: 2 });
  const error = await world.over;
  assert.ok(error instanceof AccountError && !error.final);
  assert.match(error.message, /grown old/);
  await world.wechat.gone();
  const again = world.run();
  world.wechat.emit('scan', { qrcode: 'two', status: 2 });
  await world.port.until(({ prompts }) => prompts.find((step) => step?.type === 'qr' && step.data === 'two'));
  await again;
});

test('a kept login that leads nowhere is put aside, and a scan is asked for', async () => {
  await using world = await openAccount({ loggedIn: false, settings: { startSeconds: 1 } });
  const folder = join(world.wechat.folder, 'wechaty', 'accounts', 'wx');
  const file = join(folder, 'session.memory-card.json');
  await world.port.until(({ states }) => states[0]);
  await writeFile(file, '{"login":"corrupt"}');
  assert.match(String(await world.over), /neither logs in nor shows a code/);
  assert.match(String(await world.run()), /neither logs in nor shows a code/);
  assert.ok(existsSync(file));
  await world.wechat.gone();
  const third = world.run();
  world.wechat.emit('scan', { qrcode: 'one', status: 2 });
  await world.port.until(({ prompts }) => prompts.find((step) => step?.type === 'qr'));
  assert.ok(!existsSync(file));
  world.wechat.order({ throw: 'enough' });
  await third;
  assert.ok(!existsSync(file), 'it led nowhere: who has scanned has another one');
});

test('a wall clock that jumps by days disturbs nothing', async () => {
  const dayMs = 24 * 60 * 60 * 1000;
  let days = 0;
  const jumping = { ...clock, now: () => clock.now() + (days = -days || 3) * dayMs };
  await using world = await openAccount({ clock: jumping });
  await world.online();
  for (const text of ['one', 'two', 'three']) {
    world.wechat.say(text);
    await world.send(text);
  }
  await world.port.until((port) => port.of('message').filter(({ own }) => !own)[2]);
  assert.deepEqual(
    world.port.of('message').map(({ body }) => toPlainText(body)),
    ['one', 'two', 'three'],
  );
});

test('contacts are rooms in which the account talks with one person', async () => {
  await using world = await openAccount({
    prepare: (wechat) => (wechat.world.contacts['wxid_eve'] = { name: 'Eve', friend: false }),
  });
  const { actions } = await world.online();
  const people = async () => (await actions.rooms!()).filter(({ direct }) => direct);
  while ((await people()).length < 2) await new Promise((done) => setImmediate(done));
  assert.deepEqual(await people(), [
    { room: `direct:${ANN}`, name: 'Ann', direct: true },
    { room: 'direct:wxid_bob', name: 'Bob', direct: true },
  ]);
});

test('a logout ends the run, with its reason', async () => {
  await using world = await openAccount();
  await world.online();
  world.wechat.emit('logout', { contactId: SELF, data: 'kicked' });
  const error = await world.over;
  assert.ok(error instanceof AccountError && !error.final);
  assert.match(error.message, /logged the account out: kicked/);
});

test('a puppet that hangs, dies or refuses at its start is tried again', async () => {
  const hanging = await endOf({ puppet: { fault: 'hangs' }, settings: { startSeconds: 1 } });
  assert.match(hanging.message, /neither logs in nor shows a code/);
  const dying = await endOf({ puppet: { fault: 'dies' }, loggedIn: false });
  assert.match(dying.message, /it dies at login/);
  const refusing = await endOf({ puppet: { fault: 'throws' } });
  assert.match(refusing.message, /does not want to start/);
  for (const error of [hanging, dying, refusing]) assert.equal(error.final, false);
});

test('a package that is no puppet is a mistake in the configuration', async () => {
  const error = await endOf({ settings: { puppet: join(import.meta.dirname, 'config.ts') } });
  assert.equal(error.code, 'account-setup');
  assert.match(error.message, /no class as its default export/);
});

test('a puppet that is not installed is a step of the login', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-wechaty-'));
  const kind = createWechatyNetwork({ clock });
  const port = new FakePort();
  port.folder = folder;
  const stopping = new AbortController();
  const over = kind.open('wx', kind.config.parse({})).run(port, stopping.signal);
  const step = await port.until(({ prompts }) => prompts.find((each) => each?.type === 'code'));
  assert.match(step.message, /driver install wechaty wechaty-puppet-wechat4u/);
  step.answer('no');
  stopping.abort(new Error('enough'));
  await assert.rejects(over, /enough/);
  await rm(folder, { recursive: true });
});

test('what is no frame on the pipe ends the process, and so does its own end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-wechaty-'));
  const drivers: [string, RegExp][] = [
    [
      `import { writeSync } from 'node:fs'; writeSync(3, 'hello?\\n'); setInterval(() => {}, 1000);`,
      /not understood/,
    ],
    [
      `import { writeSync } from 'node:fs'; writeSync(3, '{"type":"event"}\\n'); setInterval(() => {}, 1000);`,
      /not understood/,
    ],
    [`process.exit(3)`, /with code 3/],
    [
      `import { writeSync } from 'node:fs'; writeSync(3, '{"type":"hello","protocol":99}\\n'); setInterval(() => {}, 1000);`,
      /another version/,
    ],
  ];
  for (const [source, expected] of drivers) {
    const main = join(folder, 'main.mjs');
    await writeFile(main, source);
    assert.match((await endOf({ main })).message, expected);
  }
  await rm(folder, { recursive: true });
});

test('a puppet that keeps its process busy is noticed, and ended', async () => {
  await using world = await openAccount({ clock: hurried(10), settings: { startSeconds: 600 } });
  await world.online();
  world.wechat.order({ spin: true });
  const error = await world.over;
  assert.ok(error instanceof AccountError && error.code === 'account-silent');
});

test('what a puppet throws ends its process, and what it prints goes to the log for developers only', async () => {
  await using world = await openAccount();
  await world.online();
  world.wechat.order({ print: '{"type":"fatal","message":"it is only printed"}' });
  const { logged } = world.port;
  while (!logged.some(({ fields }) => 'printed' in fields))
    await new Promise((done) => clock.after(10, () => done(undefined)));
  world.wechat.order({ throw: 'something in a timer' });
  const error = await world.over;
  assert.match(String(error), /something in a timer/);
  const printed = logged.filter(({ fields }) => JSON.stringify(fields).includes('only printed'));
  assert.deepEqual(new Set(printed.map(({ level }) => level)), new Set(['debug']));
});

test('messages of every kind are shown readably', async () => {
  await using world = await openAccount();
  const { wechat, port } = world;
  wechat.answer = (method) =>
    ({
      messageUrl: { title: 'News', url: 'https://news.example/1', description: 'of today' },
      messageMiniProgram: { title: 'Taxi', description: 'Ride' },
      messageLocation: { latitude: 1, longitude: 2, name: 'Gate', address: 'East', accuracy: 1 },
      messageContact: 'wxid_bob',
    })[method] ?? { error: 'Wechaty Puppet Unsupported API Error.' };
  await world.online();
  const talker = { talkerId: ANN, roomId: GROUP };
  const first = wechat.say('@Bob\u2005 hi @Bobby @nobody', { mentionIdList: ['wxid_bob'] });
  for (const type of [14, 9, 8, 3, 12, 6, 10]) wechat.message({ ...talker, type });
  wechat.message({ ...talker, type: 0, text: '<xml/>' });
  wechat.message({ ...talker, type: 13, text: first });
  await port.until((each) => each.of('recall')[0]);
  assert.deepEqual(
    port
      .of('message')
      .map(({ body }) => body)
      .slice(0, 5),
    [
      [
        { type: 'mention', user: 'wxid_bob', name: 'Bob' },
        { type: 'text', text: '  hi @Bobby @nobody' },
      ],
      [{ type: 'card', title: 'News', text: 'of today', url: 'https://news.example/1' }],
      [{ type: 'card', title: 'Taxi', text: 'Ride (mini program)' }],
      [{ type: 'place', latitude: 1, longitude: 2, name: 'Gate, East' }],
      [{ type: 'card', title: 'Bob', text: 'contact card' }],
    ],
  );
  assert.deepEqual(
    port
      .of('message')
      .map(({ body }) => toPlainText(body))
      .slice(5),
    ['[red envelope]', '[picture]', '[group note]'],
  );
  assert.equal(port.of('recall')[0]?.target, first);
});

test('a message without sender, a wrong clock and nonsense are borne', async () => {
  await using world = await openAccount();
  const { wechat, port } = world;
  await world.online();
  wechat.say('nobody’s', { talkerId: undefined, timestamp: 0 });
  wechat.message({ type: 7, text: 'lost' });
  wechat.emit('room-join', { nonsense: true });
  wechat.say('of tomorrow', { timestamp: clock.now() * 2 });
  wechat.say('in seconds', { timestamp: 1_700_000_000 });
  await port.until((each) => each.of('message')[2]);
  assert.deepEqual(
    port.of('message').map(({ sender, at, body }) => [sender.id, at, toPlainText(body)]),
    [
      ['?', undefined, 'nobody’s'],
      [ANN, undefined, 'of tomorrow'],
      [ANN, 1_700_000_000_000, 'in seconds'],
    ],
  );
  assert.ok(port.logged.some(({ level }) => level === 'warn'));
});

test('comings, goings and topics are told; a group keeps its room under a new topic, and nobody takes its place', async () => {
  await using world = await openAccount();
  const { wechat, port } = world;
  await world.online();
  const about = { roomId: GROUP, timestamp: clock.now() };
  wechat.emit('room-join', { ...about, inviteeIdList: ['wxid_bob', SELF], inviterId: ANN });
  wechat.emit('room-topic', { ...about, changerId: ANN, oldTopic: TOPIC, newTopic: 'Clan' });
  wechat.world.rooms['8@chatroom'] = { topic: TOPIC };
  wechat.order({ world: wechat.world });
  wechat.say('an impostor', { roomId: '8@chatroom' });
  wechat.emit('room-leave', { ...about, removeeIdList: ['wxid_bob'], removerId: ANN });
  await port.until((each) => each.of('leave')[0]);
  await port.until((each) => each.of('message')[0]);
  assert.deepEqual(
    port.events.filter(({ room }) => room === TOPIC).map(({ kind }) => kind),
    ['join', 'topic', 'leave'],
  );
  assert.equal(port.of('join')[0]?.reason, 'invited by Ann');
  assert.equal(port.of('message')[0]?.room, '8@chatroom');
  await world.send('to the clan');
  assert.equal(wechat.said[0]?.conversation, GROUP);
});

test('a name that several groups have is refused, with what to do', async () => {
  await using world = await openAccount({
    prepare: (wechat) => (wechat.world.rooms['8@chatroom'] = { topic: TOPIC }),
  });
  const words = /several groups are called "Family".*7@chatroom, 8@chatroom/;
  await world.port.until(({ states }) => states.find(({ message = '' }) => words.test(message)));
  await assert.rejects(world.send('where?'), words);
});

test('where ids change with each login, a group that was named by its topic is found again', async () => {
  await using world = await openAccount({
    prepare: (wechat) => (wechat.world.rooms = { '@@first': { topic: TOPIC } }),
  });
  await world.online();
  await world.wechat.cut();
  await world.over;
  world.wechat.restore();
  world.wechat.world.rooms = { '@@second': { topic: TOPIC } };
  world.port.session = undefined;
  void world.run();
  await world.send('found?');
  assert.equal(world.wechat.said.at(-1)?.conversation, '@@second');
});

test('a private conversation is a room of its own', async () => {
  await using world = await openAccount();
  const { actions } = await world.online();
  const room = actions.direct!(ANN, { name: 'x', account: 'y', user: 'z' });
  await world.send('hello', { room });
  world.wechat.message({ talkerId: ANN, listenerId: SELF, type: 7, text: 'hi' });
  const report = await world.port.until((port) => port.of('message').find(({ own }) => !own));
  assert.deepEqual([report.room, report.direct, toPlainText(report.body)], [room, true, 'hi']);
});

test('what becomes of a send is told by its id, by the own message, or not at all', async () => {
  await using world = await openAccount({ ids: false, settings: { callSeconds: 0.5 } });
  const { wechat, port } = world;
  const { actions } = await world.online();
  const find = (token: string) => actions.find!({ room: TOPIC, token, since: 0 });
  assert.deepEqual(await world.send('told back'), { native: 'm1' });
  wechat.fates.push({ error: 'you talk too much' });
  await assert.rejects(world.send('refused'), { outcome: 'failed', permanent: false });
  wechat.fates.push('silent');
  await assert.rejects(world.send('the answer is lost', { token: 't1' }), { outcome: 'unknown' });
  assert.deepEqual(await find('t1'), { native: 'm2' });
  wechat.fates.push('lost');
  await assert.rejects(world.send('it is lost', { token: 't2' }), { outcome: 'unknown' });
  await assert.rejects(find('t2'), (error) => error instanceof DeliveryError && error.outcome === 'failed');
  assert.equal(await find('never'), 'absent');
  assert.deepEqual(
    port.of('message').filter(({ native }) => native !== 'm2'),
    [],
  );
});

test('a puppet that tells neither ids nor own messages is believed, and what it tells late is nobody else’s', async () => {
  await using world = await openAccount({
    ids: false,
    echo: false,
    clock: hurried(20),
    settings: { startSeconds: 600 },
  });
  const { wechat, port } = world;
  await world.online();
  assert.deepEqual(await world.send('no id'), {});
  wechat.message({ talkerId: SELF, roomId: GROUP, type: 7, text: 'no id' });
  wechat.message({ talkerId: SELF, roomId: GROUP, type: 7, text: 'said on the phone' });
  const report = await port.until((each) => each.of('message')[0]);
  assert.deepEqual([report.own, toPlainText(report.body)], [true, 'said on the phone']);
});

test('a message is taken back, where the puppet can', async () => {
  await using world = await openAccount();
  const { actions } = await world.online();
  await actions.recall!({ room: TOPIC, target: 'm1', token: 't' });
  world.wechat.answer = () => false;
  await assert.rejects(actions.recall!({ room: TOPIC, target: 'm2', token: 't' }), { permanent: true });
  world.wechat.answer = () => ({ error: 'Wechaty Puppet Unsupported API Error.' });
  await assert.rejects(actions.recall!({ room: TOPIC, target: 'm3', token: 't' }), { permanent: true });
});

test('requests and invitations are told, and accepted', async () => {
  await using world = await openAccount();
  const { wechat, port } = world;
  const { actions } = await world.online();
  const friend = { contactId: 'wxid_bob', hello: 'me', type: 2, timestamp: clock.now() };
  wechat.emit('friendship', { friendshipId: 'f1' }, { id: 'f1', payload: { id: 'f1', ...friend } });
  const invitation = { inviterId: ANN, topic: 'Choir', timestamp: clock.now() };
  wechat.emit('room-invite', { roomInvitationId: 'i1' }, { id: 'i1', payload: invitation });
  await port.until((each) => each.of('request')[1]);
  const told = port
    .of('request')
    .map(({ ask, request, room, comment, roomName }) => [ask, request, room, comment ?? roomName]);
  assert.deepEqual(told, [
    ['contact', 'f1', 'direct:wxid_bob', 'me'],
    ['invite', 'i1', `direct:${ANN}`, 'Choir'],
  ]);
  const answer = { room: 'x', token: 't', accepted: true };
  await actions.answer!({ ...answer, request: 'f1', ask: 'contact' });
  await actions.answer!({ ...answer, request: 'i1', ask: 'invite' });
  await actions.answer!({ ...answer, request: 'i1', ask: 'invite', accepted: false });
  assert.deepEqual(
    wechat.calls.map(({ method, args }) => [method, args[0]]),
    [
      ['friendshipAccept', 'f1'],
      ['roomInvitationAccept', 'i1'],
    ],
  );
});
