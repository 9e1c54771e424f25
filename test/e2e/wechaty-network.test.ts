// WeChat by the real driver and wechaty-puppet-mock, installed from npm as somebody would, joined with the house: what people
// in both say, see and are shown, and what happens to it when the driver or the hub is killed while they talk.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { toPlainText } from '../../src/hub/message.ts';
import { HubHome } from '../servers/hub-process.ts';
import { eventually } from './bridge-hub.ts';
import {
  installDriver,
  linkDriver,
  MOCK,
  openRest,
  openWeChatHub,
  toYaml,
  type Answer,
  type WeChatHub,
} from './wechaty-hub.ts';

/** A red dot, 1 × 1. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** Messages each way while things are killed. */
const COUNT = 40;

/** Where the driver was installed, in which steps; or why the tests cannot run. */
const installed = { driver: '', steps: [] as Answer[], problem: '' };
const homes = new AsyncDisposableStack();

// Somebody has an account and no driver: the account's login says so, and installs it when it is told to.
before(
  async () => {
    const home = homes.use(await HubHome.create(toYaml(MOCK, 0)));
    installed.driver = join(home.data, 'wechaty', 'driver');
    const { rest } = await openRest(home, home.start());
    const step = async (found: (answer: Answer) => boolean) => {
      await eventually('the next step', async () => found(await rest('GET', '/v1/accounts/wx')), 120_000);
      installed.steps.push(await rest('GET', '/v1/accounts/wx'));
    };
    await step(({ login }) => login?.type === 'code');
    await rest('POST', '/v1/accounts/wx/login', { code: 'install' });
    await step(({ message }) => /npm installs/.test(message ?? ''));
    await step(({ message }) => !/npm installs/.test(message ?? ''));
    const { login, message = '' } = installed.steps.at(-1)!;
    if (login?.type === 'code') installed.problem = message;
    if (process.env['CI'] !== undefined) assert.equal(installed.problem, '');
    await Promise.all(home.hubs.map((hub) => hub.stop()));
  },
  { timeout: 150_000 },
);
after(() => homes.disposeAsync());

test('a driver that is not there is installed as a step of the login, or by the command line', async (context) => {
  if (installed.problem !== '') return context.skip(installed.problem);
  const [missing, under, done] = installed.steps;
  assert.equal(missing?.phase, 'login');
  assert.deepEqual(missing?.login?.choices, ['install']);
  assert.match(missing?.login?.message ?? '', /driver install wechaty wechaty-puppet-mock/);
  assert.equal(under?.message, `npm installs ${MOCK}`);
  assert.equal(done?.login?.type, 'none');
  await using home = await HubHome.create(toYaml(MOCK, 0));
  await linkDriver(home, installed.driver);
  const { code, out } = await installDriver(home);
  assert.deepEqual([code, out.startsWith('Installed in ')], [0, true]);
});

async function open(): Promise<WeChatHub> {
  return openWeChatHub(installed.driver);
}

/** Logged in, and everybody is there. */
async function openLoggedIn(): Promise<WeChatHub> {
  const world = await open();
  await world.strings.started(1);
  world.strings.order({ do: 'login' });
  await world.account(({ phase }) => phase === 'online');
  return world;
}

/** What has happened in the group, as the journal has it. */
async function inRoom({ home }: WeChatHub) {
  await using journal = await home.openJournal();
  const kinds = ['message', 'join', 'leave', 'topic'] as const;
  return journal.read(0, { rooms: ['wx/Family'], kinds }, 1000);
}

/** The numbers that texts have in this pattern's group, each once, in the order in which they came first. */
function numbers(texts: readonly string[], pattern: RegExp): string[] {
  return [...new Set(texts.flatMap((text) => pattern.exec(text)?.[1] ?? []))];
}

/** Waits until a line that fits is seen at telnet. */
async function seen(world: WeChatHub, pattern: RegExp): Promise<string> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const line = world.tom.lines.find((each) => pattern.test(each.line));
    if (line) return line.line;
    if (performance.now() > deadline) {
      throw new Error(
        `${String(pattern)} was not seen in:\n${world.tom.lines.map((each) => each.line).join('\n')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a code is shown, renewed, scanned; after a logout there is a new one without a restart', async (context) => {
  if (installed.problem !== '') return context.skip(installed.problem);
  await using world = await open();
  const { strings } = world;
  await strings.started(1);
  strings.order({ do: 'scan', code: 'https://weixin.example/l/1' });
  const first = await world.account(({ login }) => login?.type === 'qr');
  assert.equal(first.phase, 'login');
  strings.order({ do: 'scan', code: 'https://weixin.example/l/2' });
  await world.account(({ login }) => JSON.stringify(login).includes('/l/2'));
  strings.order({ do: 'login' });
  await world.account(({ phase, login }) => phase === 'online' && login?.type === 'none');
  strings.order({ do: 'logout' });
  await world.account(({ phase }) => phase !== 'online');
  await strings.started(2);
  strings.order({ do: 'scan', code: 'https://weixin.example/l/3' });
  await world.account(({ login }) => JSON.stringify(login).includes('/l/3'));
});

test('people of WeChat and of the house talk, and see who comes and goes', async (context) => {
  if (installed.problem !== '') return context.skip(installed.problem);
  await using world = await openLoggedIn();
  const { strings, tom } = world;
  strings.order({ do: 'say', n: 1, text: '你好 <all>' });
  await seen(world, /^Ann.*: 你好 <all>$/);
  tom.send('say hello Ann');
  await strings.until(() => strings.said().includes('<tom> hello Ann'));
  strings.order({ do: 'add' });
  strings.order({ do: 'topic', topic: 'Clan' });
  strings.order({ do: 'remove' });
  await eventually('Bob has left', async () => (await inRoom(world)).events.at(-1)?.kind === 'leave');
  const { events } = await inRoom(world);
  assert.deepEqual(
    events.map((event) => event.kind),
    ['message', 'join', 'topic', 'leave'],
  );
  const [, joined, topic] = events;
  assert.ok(joined?.kind === 'join' && joined.who.name === 'Bob' && joined.reason === 'invited by Ann');
  assert.ok(topic?.kind === 'topic' && topic.topic === 'Clan');
  // The group is kept under its new topic.
  tom.send('say still here?');
  await strings.until(() => strings.said().includes('<tom> still here?'));
  strings.order({ do: 'private', text: 'psst' });
  strings.order({ do: 'picture', base64: PICTURE, name: 'dot.png' });
  const line = await seen(world, /^Ann.*http:\S+/);
  const link = /http:\S+/.exec(line)![0];
  const response = await fetch(link);
  assert.equal(response.headers.get('content-type'), 'image/png');
  assert.equal(Buffer.from(await response.arrayBuffer()).toString('base64'), PICTURE);
  // What was said in it did not come back.
  assert.equal(strings.said().filter((text) => text.includes('hello Ann')).length, 1);
});

test('a file goes to the puppet by its folder, whole, and whoever asks to be a contact is let in', async (context) => {
  if (installed.problem !== '') return context.skip(installed.problem);
  await using world = await openLoggedIn();
  const { strings, rest } = world;
  const bytes = randomBytes(3 * 1024 * 1024);
  const { url, name } = await rest('POST', '/v1/media?name=large.bin', bytes);
  await rest('POST', '/v1/messages', { room: 'wx/Family', body: [{ type: 'file', url, name }] });
  const sent = await strings.until(() => strings.told.find((told) => 'sent' in told));
  assert.equal(sent.sent, 'large.bin');
  assert.ok(Buffer.from(sent.bytes, 'base64').equals(bytes));

  strings.order({ do: 'friend', id: 'f1', hello: 'it is me' });
  const path = '/v1/accounts/wx/requests';
  await eventually('the request is listed', async () => (await rest('GET', path)).requests?.length === 1);
  const { request } = (await rest('GET', path)).requests![0]!;
  assert.deepEqual([request.ask, request.from.name, request.comment], ['contact', 'Bob', 'it is me']);
  await rest('POST', `${path}/${request.id}`, { accept: true });
  await strings.until(() => strings.told.find((told) => 'accepted' in told && told.accepted === 'f1'));
});

test('a puppet that does not answer any more is ended and begun anew, by itself', async (context) => {
  if (installed.problem !== '') return context.skip(installed.problem);
  await using world = await openLoggedIn();
  world.strings.order({ do: 'deafen' });
  const waiting = await world.account(({ phase }) => phase === 'waiting' || phase === 'connecting');
  assert.match(waiting.message ?? '', /^nothing was heard|starts/);
  await world.strings.started(2);
  world.strings.order({ do: 'login' });
  await world.account(({ phase }) => phase === 'online');
  world.tom.send('say are you back?');
  await world.strings.until(() => world.strings.said().includes('<tom> are you back?'));
});

test('what the hub was told and had not kept when it was killed is told again', async (context) => {
  if (installed.problem !== '') return context.skip(installed.problem);
  await using world = await openLoggedIn();
  const { strings } = world;
  for (let n = 0; n < COUNT; n += 1) {
    strings.order({ do: 'say', n, text: `before ${n}.` });
    await strings.until(() => strings.told.some((told) => 'done' in told && told.done === n));
    // Nobody knows how far it has got with the last ones.
    if (n === COUNT - 1) await world.restart();
  }
  const pid = strings.pids.at(-1)!;
  await strings.started(2);
  assert.deepEqual(strings.ended, [pid], 'the hub’s end is the driver’s, and the next one has waited for it');
  strings.order({ do: 'login' });
  await world.account(({ phase }) => phase === 'online');
  strings.order({ do: 'say', n: COUNT, text: `before ${COUNT}.` });
  await seen(world, new RegExp(`before ${COUNT}\\.`));
  const { events } = await inRoom(world);
  const told = events.flatMap((event) => {
    const text = event.kind === 'message' ? /before (\d+)\./.exec(toPlainText(event.body)) : undefined;
    return text?.[1] ?? [];
  });
  assert.deepEqual(
    told,
    Array.from({ length: COUNT + 1 }, (_, n) => String(n)),
  );
});

test('nothing is lost, and order is kept, while the driver is killed in the middle of it', async (context) => {
  if (installed.problem !== '') return context.skip(installed.problem);
  await using world = await openLoggedIn();
  const { strings, tom } = world;
  let processes = 1;
  const kill = async () => {
    process.kill(strings.pids.at(-1)!, 'SIGKILL');
    processes += 1;
    await strings.started(processes);
    strings.order({ do: 'login' });
  };
  for (let n = 0; n < COUNT; n += 1) {
    tom.send(`say to wechat ${n}.`);
    strings.order({ do: 'say', n, text: `to telnet ${n}.` });
    await strings.until(() => strings.told.some((each) => 'done' in each && each.done === n));
    if (n === 15 || n === 30) await kill();
  }
  await seen(world, new RegExp(`to telnet ${COUNT - 1}\\.`));
  await strings.until(() =>
    strings
      .said()
      .at(-1)
      ?.includes(`to wechat ${COUNT - 1}.`),
  );
  const expected = Array.from({ length: COUNT }, (_, n) => String(n));
  assert.deepEqual(numbers(strings.said(), /to wechat (\d+)\./), expected);
  assert.deepEqual(
    numbers(
      tom.lines.map(({ line }) => line),
      /to telnet (\d+)\./,
    ),
    expected,
  );
});
