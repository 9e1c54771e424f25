// Two hubs, each a process: one is the other's QQ. What is said in the house of one is heard in the house of the other, by
// each way in which OneBot connects, and nothing is missed when the one that serves is killed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { samples } from '../fakes/media-samples.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { eventually, journaled } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

const SECRET = 'between-two-hubs';
const PATIENCE_MS = 30_000;

interface TwoHubs extends AsyncDisposable {
  other: { home: HubHome; hub: HubProcess; http: string };
  /** The number of the lobby of the hub that serves. */
  group: number;
  /** In the house of the hub that serves OneBot, by telnet. */
  ann: Onlooker;
  /** In the house of the other. */
  bea: Onlooker;
}

function toHouse(name: string, http = '127.0.0.1:0'): string {
  return `http: { listen: "${http}" }
accounts:
  house: { network: house, name: ${name}, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
`;
}

/** Connects them. `settings` makes the other hub's account, and the targets of the one that serves. */
async function openTwoHubs(
  settings: (at: { serving: string; other: string }, token: string) => { account: string; targets: string },
): Promise<TwoHubs> {
  const stack = new AsyncDisposableStack();
  const yaml = toHouse('East');
  const home = stack.use(await HubHome.create(`${yaml}faces: { onebot: {} }\n`));
  const otherHome = stack.use(await HubHome.create(toHouse('West')));
  const [hub, otherHub] = [home.start(), otherHome.start()];
  const at = { serving: await hub.http(), other: await otherHub.http() };
  await using journal = await home.openJournal();
  const scopes = ['read', 'send'] as const;
  const token = await new Access(journal).createToken({
    name: 'west',
    scopes,
    account: 'house',
    createdAt: 0,
  });
  const group = await findGroup(at.serving, token);
  const { account, targets } = settings(at, token);
  await otherHome.write(`${toHouse('West')}  qq: { network: onebot, ${account}, sendsPerSecond: 100 }
links:
  - { name: both, rooms: [house/lobby, "qq/group:${group}"] }
faces: { onebot: {} }
`);
  await home.write(`${yaml}faces: { onebot: { heartbeatSeconds: 1, targets: [${targets}] } }\n`);
  const ann = stack.use(await Onlooker.enter(await hub.telnet(), 'ann'));
  const bea = stack.use(await Onlooker.enter(await otherHub.telnet(), 'bea'));
  await otherHub.said(/^logged in$/);
  return {
    other: { home: otherHome, hub: otherHub, http: at.other },
    group,
    ann,
    bea,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function findGroup(http: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`http://${http}/onebot/house/get_group_list`, { headers });
  const { data } = (await response.json()) as { data: { group_id: number; group_name: string }[] };
  assert.deepEqual(
    data.map(({ group_name }) => group_name),
    ['lobby'],
  );
  return data[0]!.group_id;
}

const ways: Readonly<Record<string, Parameters<typeof openTwoHubs>[0]>> = {
  'forward WebSocket': ({ serving }, token) => ({
    account: `url: "ws://${serving}/onebot/house", token: "${token}"`,
    targets: '',
  }),
  'reverse WebSocket': ({ other }) => ({
    account: `reverse: {}, token: ${SECRET}`,
    targets: `{ url: "ws://${other}/in/qq/", account: house, token: ${SECRET} }`,
  }),
  'HTTP and HTTP POST': ({ serving, other }, token) => ({
    account: `http: { url: "http://${serving}/onebot/house", secret: ${SECRET} }, token: "${token}"`,
    targets: `{ url: "http://${other}/in/qq/", account: house, secret: ${SECRET} }`,
  }),
};

for (const [way, settings] of Object.entries(ways)) {
  test(`two houses are one by ${way}`, async () => {
    await using hubs = await openTwoHubs(settings);
    const { ann, bea } = hubs;
    const texts = Array.from({ length: 20 }, (_, number) => `你好 ${number}`);
    for (const text of texts) bea.send(`say ${text}`);
    await eventually('ann hears bea', () => heard(ann, /bea/).length >= texts.length, PATIENCE_MS);
    assert.deepEqual(heard(ann, /bea/), texts);
    for (const text of texts) ann.send(`say ${text}`);
    await eventually('bea hears ann', () => heard(bea, /ann/).length >= texts.length, PATIENCE_MS);
    assert.deepEqual(heard(bea, /ann/), texts);
  });
}

test('what is said while the other hub is killed reaches it afterwards, once and in order', async () => {
  await using hubs = await openTwoHubs(ways['forward WebSocket']!);
  const { ann, bea, other, group } = hubs;
  const texts = Array.from({ length: 30 }, (_, number) => `你好 ${number}`);
  const say = (from: number, to: number) => texts.slice(from, to).forEach((text) => ann.send(`say ${text}`));
  say(0, 10);
  await eventually('bea hears ann', () => heard(bea, /ann/).length >= 5, PATIENCE_MS);
  await other.hub.kill();
  say(10, 20);
  await eventually('all was said', () => heard(ann, /ann/).length === 20, PATIENCE_MS);
  const again = other.home.start();
  await again.said(/^logged in$/);
  say(20, 30);
  await using journal = await other.home.openJournal();
  const arrived = () => journaled(journal, `qq/group:${group}`);
  await eventually('all arrives', async () => (await arrived()).length >= texts.length, PATIENCE_MS);
  assert.deepEqual(await arrived(), texts);
});

test('more than texts goes from a bot through two hubs: pictures, forwards, answers, reactions, recalls', async () => {
  await using hubs = await openTwoHubs(ways['forward WebSocket']!);
  const { ann, bea, other } = hubs;
  await using journal = await other.home.openJournal();
  const token = await new Access(journal).createToken({
    name: 'bot',
    scopes: ['read', 'send'],
    account: 'qq',
    createdAt: 0,
  });
  const call = async (action: string, params: object) => {
    const response = await fetch(`http://${other.http}/onebot/qq/${action}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
    assert.equal(response.status, 200, action);
    const answer = (await response.json()) as { status: string; wording?: string; data: never };
    assert.equal(answer.status, 'ok', `${action}: ${answer.wording}`);
    return answer.data;
  };
  const [{ group_id }] = (await call('get_group_list', {})) as [{ group_id: number }];
  const says = (message: object) =>
    call('send_group_msg', { group_id, message }) as Promise<{ message_id: number }>;
  const seen = (pattern: RegExp) =>
    eventually(String(pattern), () => ann.lines.some(({ line }) => pattern.test(line)), PATIENCE_MS);

  ann.send('say 谁在？');
  await eventually('bea hears ann', () => bea.lines.some(({ line }) => line.endsWith('谁在？')), PATIENCE_MS);
  const { messages } = (await call('get_group_msg_history', { group_id })) as {
    messages: { message_id: number; raw_message: string; sender: { nickname: string } }[];
  };
  const asked = messages.find(({ raw_message }) => raw_message === '谁在？')!;
  assert.equal(asked.sender.nickname, 'ann');
  await says([
    { type: 'reply', data: { id: asked.message_id } },
    { type: 'text', data: { text: '我在' } },
  ]);
  await seen(/^> ann: 谁在？$/);
  await seen(/^\[East\]: 我在$/);

  await says([{ type: 'image', data: { file: `base64://${samples.png.toString('base64')}` } }]);
  await seen(/^\[East\]: \[\S+\] http:\/\/127\.0\.0\.1:\d+\/media\/[0-9a-f]{40}\//);

  const node = (nickname: string, text: string) => ({
    type: 'node',
    data: { user_id: asked.message_id, nickname, content: [{ type: 'text', data: { text } }] },
  });
  await call('send_group_forward_msg', { group_id, messages: [node('甲', '一'), node('乙', '二')] });
  await seen(/^ {2}\| 甲: 一$/);
  await seen(/^ {2}\| 乙: 二$/);

  await says([{ type: 'location', data: { lat: '39.9', lon: '116.4', title: '胡同口' } }]);
  await seen(/胡同口: 39\.9, 116\.4/);

  await call('set_msg_emoji_like', { message_id: asked.message_id, emoji_id: '128077' });
  await seen(/👍/);

  const { message_id } = await says([{ type: 'text', data: { text: '说错了' } }]);
  await seen(/^\[East\]: 说错了$/);
  await call('delete_msg', { message_id });
  await seen(/^A message of \[East\] was taken back$/);
});

/** What somebody heard from those whose name, or words before the text, are of this pattern. */
function heard({ lines }: Onlooker, from: RegExp): string[] {
  return lines.flatMap(({ line }) => {
    const at = line.lastIndexOf('你好');
    return at > 0 && from.test(line.slice(0, at)) ? line.slice(at) : [];
  });
}
