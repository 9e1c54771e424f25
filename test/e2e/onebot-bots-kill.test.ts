// The hub is killed, as by a power cut, while bots of node-napcat-ts and Koishi are connected. The one comes back by itself.
// Koishi's adapter takes itself for offline when a forward WebSocket was closed and stays away, from whatever
// implementation: it is started again. Both answer what was said while they were not there.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { skipWithoutClients } from '../clients/installed.ts';
import { startClient } from '../clients/start.ts';
import { HubHome } from '../servers/hub-process.ts';
import { eventually } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

const LIBRARIES = ['napcat', 'koishi'] as const;
const PATIENCE_MS = 30_000;

function toYaml(http: string): string {
  return `http: { listen: "${http}" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
faces: { onebot: {} }
`;
}

/** Each bot has a token of its own: its place in the events is kept by that. */
async function makeToken(home: HubHome, name: string): Promise<string> {
  await using journal = await home.openJournal();
  return await new Access(journal).createToken({ name, scopes: ['send', 'read'], createdAt: 0 });
}

async function ask(person: Onlooker): Promise<void> {
  const before = person.texts('ann').length;
  for (const sign of ['!', '/']) person.send(`say ${sign}ping`);
  // What somebody sees of their own is durable.
  await eventually('it is said', () => person.texts('ann').length === before + 2, PATIENCE_MS);
}

async function isAnswered(person: Onlooker): Promise<void> {
  for (const library of LIBRARIES) {
    await eventually(
      `${library} answers`,
      () => person.lines.some(({ line }) => line === `[Hutong]: @ann 乒乓 🐶 ${library}`),
      PATIENCE_MS,
    );
  }
}

test('bots of two libraries outlive a kill of the hub', { skip: skipWithoutClients('bots') }, async () => {
  await using home = await HubHome.create(toYaml('127.0.0.1:0'));
  const hub = home.start();
  const at = await hub.http();
  // It has to be found again where it was.
  await home.write(toYaml(at));
  const [napcatToken, koishiToken] = [await makeToken(home, 'napcat'), await makeToken(home, 'koishi')];
  const endpoint = `ws://${at}/onebot/house`;
  const response = await fetch(`http://${at}/onebot/house/get_login_info?access_token=${koishiToken}`);
  const { data } = (await response.json()) as { data: { user_id: number } };
  const bots = JSON.stringify([{ endpoint, selfId: String(data.user_id) }]);
  const startKoishi = () =>
    startClient('bots', 'koishi-bot.cjs', { ONEBOT_BOTS: bots, ONEBOT_TOKEN: koishiToken }, '1 ready');

  await using napcat = await startClient('bots', 'napcat-bot.mjs', {
    ONEBOT_URL: endpoint,
    ONEBOT_TOKEN: napcatToken,
  });
  {
    await using _koishi = await startKoishi();
    await using ann = await Onlooker.enter(await hub.telnet(), 'ann');
    await ask(ann);
    await isAnswered(ann);
    await hub.kill();
  }
  const again = home.start();
  await using ann = await Onlooker.enter(await again.telnet(), 'ann');
  await ask(ann);
  await using koishi = await startKoishi();
  await isAnswered(ann);
  assert.doesNotMatch(napcat.output + koishi.output, /failed/);
});
