// A bot of Koishi, a program of its own with Koishi's Satori adapter, serves the house. It is stopped while 100 messages pass,
// and in a second round the hub is killed behind them, too: when it is back it is told all of them, in their order, though it
// remembers nothing, and its answers are in the room.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { skipWithoutClients } from '../clients/installed.ts';
import { startClient, type ClientProcess } from '../clients/start.ts';
import { takeFreePorts } from '../servers/free-port.ts';
import { HubHome } from '../servers/hub-process.ts';
import { eventually } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

const COUNT = 100;

interface World extends AsyncDisposable {
  home: HubHome;
  startBot(this: void): Promise<ClientProcess>;
}

/** A hub whose addresses stay the same when it is started again, and a token of a bot. */
async function open(): Promise<World> {
  const [web, telnet] = await takeFreePorts(2);
  const home = await HubHome.create(`
http: { listen: "127.0.0.1:${web}" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:${telnet}" } }
faces:
  satori: {}
`);
  await home.start().http();
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({
    name: 'koishi',
    scopes: ['read', 'send'],
    createdAt: 0,
  });
  const env = { SATORI_URL: `http://127.0.0.1:${web}/satori`, SATORI_TOKEN: token };
  return {
    home,
    startBot: () => startClient('bots', 'koishi-satori-bot.cjs', env),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** What the bot has answered, each once, in its order: it may be told a few messages again. */
function answers(ann: Onlooker): string[] {
  return [...new Set(ann.texts('[Hutong]').filter((text) => text.startsWith('koishi heard ')))];
}

async function say(ann: Onlooker, count: number, round: string): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, number) => `count ${round} ${number}`);
  for (const text of texts) ann.send(`say ${text}`);
  await eventually('all is in the room', () => ann.texts('ann').length >= count);
  return texts.map((text) => `koishi heard ${text}`);
}

test(
  'a Koishi bot that is stopped while 100 messages pass gets them all on return',
  { skip: skipWithoutClients('bots') },
  async () => {
    await using world = await open();
    const { home, startBot } = world;
    const expected: string[] = [];
    {
      await using ann = await Onlooker.enter(await home.hubs[0]!.telnet(), 'ann');
      const bot = await startBot();
      expected.push(...(await say(ann, 3, 'here')));
      await eventually('the bot has answered', () => answers(ann).length === expected.length);
      ann.send('say /who');
      await eventually('who is there', () =>
        ann.texts('[Hutong]').some((text) => /^koishi sees .*ann/.test(text)),
      );
      await bot[Symbol.asyncDispose]();
      expected.push(...(await say(ann, COUNT, 'away')));
      await using again = await startBot();
      await eventually(`all are answered: ${again.output}`, () => answers(ann).length === expected.length);
      assert.deepEqual(answers(ann), expected);
    }

    await using beth = await Onlooker.enter(await home.hubs[0]!.telnet(), 'ann');
    const away = await say(beth, COUNT, 'killed');
    await home.hubs[0]!.kill();
    const hub = home.start();
    await using cleo = await Onlooker.enter(await hub.telnet(), 'ann');
    await using bot = await startBot();
    const isAll = () => away.every((text) => answers(cleo).includes(text));
    await eventually(`all are answered after a kill: ${bot.output}`, isAll);
    const told = answers(cleo).filter((text) => away.includes(text));
    assert.deepEqual(told, away);
  },
);
