// What somebody asks on QQ (the strict fake) goes through one hub to another, by OneBot and by Satori, is answered there by
// REST, and the answer comes back to QQ; or the hub accepts by itself, as its settings say.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { GROUP, OneBotImplementation } from '../fakes/onebot-implementation.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { eventually } from './bridge-hub.ts';

const friend = { request_type: 'friend', user_id: 5, comment: '你好' };
const newcomer = { request_type: 'group', sub_type: 'add', group_id: GROUP, user_id: 77 };

interface Listed {
  request: { id: string; ask: string; from: { name: string } };
  state: string;
  answer?: { postedBy?: string };
}

interface Program {
  /** Resolves when the account is online. */
  online(account: string): Promise<void>;
  requests(account: string): Promise<Listed[]>;
  /** Answers the request of who is called so, as soon as there is one. Resolves when that is durable. */
  answer(account: string, who: string, given: { accept: boolean; reason?: string }): Promise<void>;
}

async function createToken(home: HubHome): Promise<string> {
  await using journal = await home.openJournal();
  // Before the journal is closed.
  return await new Access(journal).createToken({ name: 'program', scopes: ['read', 'send'], createdAt: 0 });
}

async function openProgram(home: HubHome, hub: HubProcess): Promise<Program> {
  const base = `http://${await hub.http()}/v1/accounts`;
  const headers = { authorization: `Bearer ${await createToken(home)}`, 'content-type': 'application/json' };
  const requests = async (account: string) => {
    const response = await fetch(`${base}/${account}/requests`, { headers });
    return ((await response.json()) as { requests: Listed[] }).requests;
  };
  return {
    requests,
    online: (account) =>
      eventually(`${account} is online`, async () => {
        const response = await fetch(`${base}/${account}`, { headers });
        return ((await response.json()) as { phase: string }).phase === 'online';
      }),
    async answer(account, who, given) {
      let open: Listed | undefined;
      await eventually(`${account} is asked`, async () => {
        open = (await requests(account)).find(
          ({ request, state }) => state === 'open' && request.from.name === who,
        );
        return open !== undefined;
      });
      const path = `${base}/${account}/requests/${open!.request.id}`;
      const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(given) });
      assert.equal(response.status, 202);
    },
  };
}

function toYaml(accounts: string, faces = '{}'): string {
  return `http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby] }
${accounts}
faces: ${faces}
`;
}

test('a request goes through two hubs, by OneBot and by Satori, and its answer comes back', async () => {
  await using qq = await new OneBotImplementation().listen();
  await using home = await HubHome.create(
    toYaml(`  qq: { network: onebot, url: "${qq.url}" }`, '{ onebot: {}, satori: {} }'),
  );
  const hub = home.start();
  const serving = await hub.http();
  const token = await createToken(home);
  await hub.said(/logged in/);
  await using otherHome = await HubHome.create(
    toYaml(`  east: { network: onebot, url: "ws://${serving}/onebot/qq", token: "${token}" }
  star: { network: satori, url: "http://${serving}/satori", token: "${token}", platform: onebot }`),
  );
  const other = otherHome.start();
  const program = await openProgram(otherHome, other);
  await program.online('east');
  await program.online('star');

  await qq.ask('f1', friend);
  await program.answer('east', '用户5', { accept: true });
  await eventually('QQ hears the yes', () => qq.requests.get('f1')?.approved === true, 20_000);
  await qq.ask('g1', newcomer);
  await program.answer('east', '用户77', { accept: false, reason: '人满了' });
  await eventually('QQ hears the no', () => qq.requests.get('g1')?.approved === false, 20_000);
  assert.equal(qq.requests.get('g1')?.reason, '人满了');

  // The same account by Satori.
  await qq.ask('f2', { ...friend, user_id: 6 });
  await program.answer('star', '用户6', { accept: true });
  await eventually('QQ hears it', () => qq.requests.get('f2')?.approved === true, 20_000);
});

test('an account accepts by itself what its settings name, and nothing else', async () => {
  await using qq = await new OneBotImplementation().listen();
  await using home = await HubHome.create(
    toYaml(`  qq: { network: onebot, url: "${qq.url}", accept: [contact] }`),
  );
  const hub = home.start();
  const program = await openProgram(home, hub);
  await hub.said(/logged in/);
  await qq.ask('g1', newcomer);
  await qq.ask('f1', friend);
  await eventually('the friend is accepted', () => qq.requests.get('f1')?.approved === true);
  assert.equal(qq.requests.get('g1')?.approved, undefined);
  const asked = await program.requests('qq');
  assert.deepEqual(
    new Map(asked.map(({ request, state, answer }) => [request.ask, [state, answer?.postedBy]])),
    new Map([
      ['contact', ['accepted', 'hutong']],
      ['join', ['open', undefined]],
    ]),
  );
});
