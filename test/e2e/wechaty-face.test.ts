// Bots that were written with the `wechaty` package, as programs of their own, on a hub process: they serve a telnet room, a
// room on a real Prosody and a QQ group (a strict fake implementation) by way of one account, two of them at once, and find
// everything again when the hub was killed.
import assert from 'node:assert/strict';
import { execFile as execFileWithCallback } from 'node:child_process';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { Access } from '../../src/hub/access.ts';
import { clientsFolder, skipWithoutClients } from '../clients/installed.ts';
import { startClient, type ClientProcess } from '../clients/start.ts';
import { takeFreePorts } from '../servers/free-port.ts';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody } from '../servers/prosody.ts';
import { eventually } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';
import { ALLEY, openThreeRooms } from './onebot-hub.ts';

const execFile = promisify(execFileWithCallback);
const PATIENCE_MS = 30_000;
/** How soon bots have to be back when a hub runs again. */
const BACK_WITHIN_MS = 5_000;

interface Said {
  id: string;
  text: string;
  from: string;
  room: string | null;
  self: boolean;
}

/** What a bot has printed of the messages that it got. */
function heard({ output }: ClientProcess): Said[] {
  return output.split('\n').flatMap((line) => (line.startsWith('{') ? (JSON.parse(line) as Said) : []));
}

interface Service {
  home: HubHome;
  endpoint: string;
  /** Wechaty keeps what it knows in its home; a test's bots have one of their own. */
  folder: string;
}

async function createToken({ home }: Service, name: string, account: string): Promise<string> {
  await using journal = await home.openJournal();
  const token = { name, account, scopes: ['read', 'send'] as const, createdAt: 0 };
  return await new Access(journal).createToken(token, 'wechaty');
}

async function startBot(service: Service, name: string, account: string, more = {}): Promise<ClientProcess> {
  const token = await createToken(service, name, account);
  const env = {
    WECHATY_TOKEN: token,
    WECHATY_ENDPOINT: service.endpoint,
    BOT_NAME: name,
    HOME: service.folder,
  };
  return startClient('wechaty', 'wechaty-bot.mjs', { ...env, ...more }, 'ready as');
}

test(
  'two bots of one account answer people in all three rooms, and are back soon after the hub was killed',
  { skip: skipProsody || skipWithoutClients('wechaty') },
  async (t) => {
    await using rooms = await openThreeRooms();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-wechaty-'));
    const { ann, bea, qq, home, hub } = rooms;
    const [port = 0] = await takeFreePorts(1);
    const endpoint = `127.0.0.1:${port}`;
    // The face is switched on while the hub runs.
    const config = await readFile(home.config, 'utf8');
    const face = `wechaty: { listen: "${endpoint}", tls: false }`;
    await home.write(config.replace(/^faces: \{/m, `faces: { ${face},`));
    await hub.said(/^Wechaty bots: /);
    const service = { home, endpoint, folder: folder.path };
    await using one = await startBot(service, 'one', 'jabber');
    await using two = await startBot(service, 'two', 'jabber');
    const bots = [one, two];

    const askings = {
      'the telnet room': { who: 'ann', ask: () => ann.send('say ding') },
      'the XMPP room': { who: 'bea', ask: () => bea.say(ALLEY, 'ding') },
      'the QQ group': { who: '安', ask: () => qq.say('ding') },
    };
    let answers = 0;
    for (const [room, { who, ask }] of Object.entries(askings)) {
      await t.test(`both answer in ${room}`, async () => {
        await ask();
        answers += 1;
        for (const name of ['one', 'two']) {
          const has = (texts: readonly string[], pattern: RegExp) =>
            texts.filter((text) => pattern.test(text)).length >= answers;
          const dong = new RegExp(`dong ${name}$`);
          await eventually(
            `${name} answers everywhere`,
            () =>
              has(
                ann.lines.map(({ line }) => line),
                dong,
              ) &&
              has(bea.texts(ALLEY), dong) &&
              has(qq.heard(), dong),
            PATIENCE_MS,
          );
        }
        for (const bot of bots)
          assert.ok(heard(bot).some(({ text, from }) => text === 'ding' && from === who));
      });
    }

    await t.test('a bot knows who is there, calls people by name, and takes back what it said', async () => {
      ann.send('say who one');
      await eventually(
        'who is there',
        () => ann.lines.some(({ line }) => /one sees .*ann.*bea.*hutong/.test(line)),
        PATIENCE_MS,
      );
      await bea.say(ALLEY, 'call one');
      await eventually(
        'a call by name',
        () => bea.texts(ALLEY).some((text) => /@bea\s+here you are/.test(text)),
        PATIENCE_MS,
      );
      await bea.say(ALLEY, 'undo two');
      await eventually(
        'taken back',
        () =>
          qq
            .said()
            .some(({ isRecalled, message }) => isRecalled && JSON.stringify(message).includes('wrong two')),
        PATIENCE_MS,
      );
    });

    await t.test(
      'the hub is killed and started again: both are back within seconds and miss nothing',
      async () => {
        const before = Array.from({ length: 20 }, (_, count) => `before ${count}`);
        for (const text of before) ann.send(`say ${text}`);
        await eventually('said', () => ann.texts('ann').includes(before.at(-1)!), PATIENCE_MS);
        await hub.kill();
        const again = home.start();
        await using bob = await Onlooker.enter(await again.telnet(), 'bob');
        const startedMs = performance.now();
        const after = Array.from({ length: 20 }, (_, count) => `after ${count}`);
        for (const text of after) bob.send(`say ${text}`);
        const isBack = () => bots.every((bot) => heard(bot).some(({ text }) => text === after.at(-1)));
        await eventually('both are back', isBack, PATIENCE_MS);
        const tookMs = Math.round(performance.now() - startedMs);
        t.diagnostic(`both had everything ${tookMs} ms after the hub was there again`);
        assert.ok(tookMs < BACK_WITHIN_MS, `it took ${tookMs} ms`);
        for (const bot of bots) {
          const texts = new Set(heard(bot).map(({ text }) => text));
          assert.deepEqual(
            [...before, ...after].filter((text) => !texts.has(text)),
            [],
          );
        }
        bob.send('say ding');
        await eventually(
          'an answer',
          () => bob.lines.some(({ line }) => line.endsWith('dong two')),
          PATIENCE_MS,
        );
      },
    );
    assert.doesNotMatch(one.output + two.output, /^failed/m);
  },
);

test(
  'by TLS, with the certificate that the hub has made, a bot of the house answers; a bad token fails the start',
  { skip: skipWithoutClients('wechaty') },
  async () => {
    const [port = 0] = await takeFreePorts(1);
    const endpoint = `127.0.0.1:${port}`;
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-wechaty-'));
    await using home = await HubHome.create(`http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
faces:
  wechaty: { listen: "${endpoint}", account: house }
`);
    const hub = home.start();
    await using ann = await Onlooker.enter(await hub.telnet(), 'ann');
    const certificate = await fetch(`http://${await hub.http()}/wechaty/certificate.pem`);
    const service = { home, endpoint, folder: folder.path };
    const WECHATY_CA = await certificate.text();
    await using bot = await startBot(service, 'safe', 'house', { WECHATY_CA });
    ann.send('say ding');
    await eventually(
      'an answer',
      () => ann.lines.some(({ line }) => line.endsWith('dong safe')),
      PATIENCE_MS,
    );
    assert.doesNotMatch(bot.output, /^failed/m);

    const token = 'insecure_00000000-0000-4000-8000-000000000000';
    const script = `
      import { WechatyBuilder } from 'wechaty';
      const puppetOptions = { token: '${token}', endpoint: '${endpoint}', tls: { caCert: process.env.WECHATY_CA } };
      const bot = WechatyBuilder.build({ puppet: 'wechaty-puppet-service', puppetOptions });
      bot.start().then(() => console.log('started'), (error) => console.log('refused', error.message)).then(() => process.exit());`;
    const refused = execFile(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(clientsFolder, 'wechaty'),
      env: { ...process.env, WECHATY_CA, HOME: folder.path },
    });
    const { stdout } = await refused;
    assert.match(stdout, /refused .*UNAUTHENTICATED/);
  },
);
