// Two hubs, each a process: one is the other's QQ. What is said in the house of one is heard in the house of the other, by
// each way in which OneBot connects, and nothing is missed when the one that serves is killed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { eventually, journaled } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

const SECRET = 'between-two-hubs';
const PATIENCE_MS = 30_000;

interface TwoHubs extends AsyncDisposable {
  other: { home: HubHome; hub: HubProcess };
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
`);
  await home.write(`${yaml}faces: { onebot: { heartbeatSeconds: 1, targets: [${targets}] } }\n`);
  const ann = stack.use(await Onlooker.enter(await hub.telnet(), 'ann'));
  const bea = stack.use(await Onlooker.enter(await otherHub.telnet(), 'bea'));
  await otherHub.said(/^logged in$/);
  return {
    other: { home: otherHome, hub: otherHub },
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

/** What somebody heard from those whose name, or words before the text, are of this pattern. */
function heard({ lines }: Onlooker, from: RegExp): string[] {
  return lines.flatMap(({ line }) => {
    const at = line.lastIndexOf('你好');
    return at > 0 && from.test(line.slice(0, at)) ? line.slice(at) : [];
  });
}
