// Bots that were written with the `wechaty` package, as programs of their own, on a hub process: they serve a telnet room, a
// room on a real Prosody, a QQ group (a strict fake implementation) and a group of WeChat (wechaty-puppet-mock in the real
// driver), which are linked; two of them at once, as two accounts; and they miss nothing when the hub was killed.
import assert from 'node:assert/strict';
import { execFile as execFileWithCallback } from 'node:child_process';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { Access } from '../../src/hub/access.ts';
import { WechatyBot } from '../fakes/wechaty-face.ts';
import { clientsFolder, skipWithoutClients } from '../clients/installed.ts';
import { startClient, type ClientProcess } from '../clients/start.ts';
import { takeFreePorts } from '../servers/free-port.ts';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody } from '../servers/prosody.ts';
import { eventually } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';
import { ALLEY, openThreeRooms } from './onebot-hub.ts';
import {
  addStrungPuppet,
  installDriver,
  linkDriver,
  MOCK,
  Strings,
  toWeChatAccount,
  toYaml as toWeChatYaml,
} from './wechaty-hub.ts';

const execFile = promisify(execFileWithCallback);
const PATIENCE_MS = 30_000;
/** How soon bots have to be back when a hub runs again. */
const BACK_WITHIN_MS = 5_000;
/** Messages in each room, before the hub is killed, meanwhile and after. */
const COUNT = 20;

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
  'two bots answer people in WeChat, XMPP, QQ and telnet, and are back soon after the hub was killed',
  { skip: skipProsody || skipWithoutClients('wechaty') },
  async (t) => {
    await using installed = await HubHome.create(toWeChatYaml(MOCK, 0));
    const { code, errors } = await installDriver(installed);
    if (code !== 0 && process.env['CI'] === undefined) return t.skip(errors);
    assert.equal(code, 0, errors);
    const driver = join(installed.data, 'wechaty', 'driver');
    await using wechat = await Strings.open();
    const account = toWeChatAccount(await addStrungPuppet(driver), wechat.port);
    await using rooms = await openThreeRooms('', { account, room: 'wx/Family' });
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-wechaty-'));
    const { ann, bea, qq, home, hub } = rooms;
    // The account sees by itself that its driver has been installed.
    await linkDriver(home, driver);
    await wechat.started(1);
    wechat.order({ do: 'login' });
    const [port = 0] = await takeFreePorts(1);
    const endpoint = `127.0.0.1:${port}`;
    // The face is switched on while the hub runs.
    const config = await readFile(home.config, 'utf8');
    const face = `wechaty: { listen: "${endpoint}", tls: false }`;
    await home.write(config.replace(/^faces: \{/m, `faces: { ${face},`));
    await hub.said(/^Wechaty bots: /);
    const service = { home, endpoint, folder: folder.path };
    // One is the account of WeChat, the other that of XMPP.
    await using one = await startBot(service, 'one', 'wx');
    await using two = await startBot(service, 'two', 'jabber');
    const bots = [one, two];

    /** What people see who were there all the time. */
    const seen = () => [ann.lines.map(({ line }) => line), bea.texts(ALLEY), qq.heard(), wechat.said()];
    const places: Record<string, { who: string; say: (text: string) => void | Promise<unknown> }> = {
      'the telnet room': { who: 'ann', say: (text) => ann.send(`say ${text}`) },
      'the XMPP room': { who: 'bea', say: (text) => bea.say(ALLEY, text) },
      'the QQ group': { who: '安', say: (text) => qq.say(text) },
      'the WeChat group': { who: 'Ann', say: (text) => wechat.say(text) },
    };
    const wrong = () => qq.said().find(({ message }) => JSON.stringify(message).includes('wrong two'));
    let answers = 0;
    for (const [room, { who, say }] of Object.entries(places)) {
      await t.test(`both answer in ${room}, and everywhere else`, async () => {
        await say('ding');
        answers += 1;
        for (const name of ['one', 'two']) {
          const dong = new RegExp(`dong ${name}$`);
          const isAnswered = (texts: readonly string[]) =>
            texts.filter((text) => dong.test(text)).length >= answers;
          await eventually(`${name} answers`, () => seen().every(isAnswered), PATIENCE_MS);
        }
        for (const bot of bots)
          assert.ok(heard(bot).some(({ text, from }) => text === 'ding' && from === who));
      });
    }

    await t.test('a bot knows who is there, calls people by name, and takes back what it said', async () => {
      ann.send('say who two');
      await eventually(
        'who is there',
        () => ann.lines.some(({ line }) => /two sees .*Ann.*ann.*bea.*hutong/.test(line)),
        PATIENCE_MS,
      );
      await bea.say(ALLEY, 'call two');
      await eventually(
        'a call by name',
        () => bea.texts(ALLEY).some((text) => /@bea\s+here you are/.test(text)),
        PATIENCE_MS,
      );
      await bea.say(ALLEY, 'err two');
      await eventually('a mistake', () => wrong() !== undefined, PATIENCE_MS);
      await bea.say(ALLEY, 'undo two');
      await eventually('taken back', () => wrong()?.isRecalled === true, PATIENCE_MS);
    });

    await t.test('the hub is killed and started again: both are back soon and miss nothing', async () => {
      const said: { place: string; text: string }[] = [];
      const sayIn = async (names: readonly string[], when: string) => {
        for (let count = 0; count < COUNT; count += 1) {
          for (const place of names) {
            const text = `${when} in ${place} ${count}`;
            said.push({ place, text });
            await places[place]!.say(text);
          }
        }
      };
      const missedBy = (bot: ClientProcess, names: readonly string[]) => {
        const texts = new Set(heard(bot).map(({ text }) => text));
        return said.flatMap(({ place, text }) => (names.includes(place) && !texts.has(text) ? text : []));
      };
      /** How long it takes until a bot has all that was said there. */
      const timeUntilAll = async (bot: ClientProcess, names: readonly string[], sinceMs: number) => {
        await eventually('a bot has all', () => missedBy(bot, names).length === 0, PATIENCE_MS).catch(() => {
          assert.deepEqual(missedBy(bot, names), []);
        });
        return Math.round(performance.now() - sinceMs);
      };
      const all = Object.keys(places);
      const [telnet = '', xmpp = '', group = '', wechatGroup = ''] = all;
      await sayIn(all, 'before');
      // The house has no other memory of it than the hub's. QQ and XMPP have theirs, the driver has its spool.
      const last = `before in ${telnet} ${COUNT - 1}`;
      await eventually('said', () => ann.texts('ann').includes(last), PATIENCE_MS);
      await hub.kill();
      // The puppet ends with the hub: what is said in WeChat meanwhile is told by WeChat at the next login or never, and the
      // mock has no such memory.
      await sayIn([xmpp, group], 'meanwhile');
      const again = home.start();
      await using bob = await Onlooker.enter(await again.telnet(), 'bob');
      const hubMs = performance.now();
      places[telnet] = { who: 'bob', say: (text) => bob.send(`say ${text}`) };
      await sayIn([telnet, xmpp, group], 'after');
      // How soon XMPP, QQ and WeChat are back is their servers' affair; what comes from there may come later.
      const areBack = Promise.all(bots.map((bot) => timeUntilAll(bot, [telnet], hubMs)));
      await wechat.started(2);
      wechat.order({ do: 'login' });
      await sayIn([wechatGroup], 'after');
      const backMs = await areBack;
      const tookMs = Math.max(...backMs);
      const allMs = Math.max(...(await Promise.all(bots.map((bot) => timeUntilAll(bot, all, hubMs)))));
      t.diagnostic(
        `they were back ${backMs.join(' and ')} ms after the hub, and had all of all rooms after ${allMs} ms`,
      );
      assert.ok(tookMs < BACK_WITHIN_MS, `it took ${tookMs} ms`);
      for (const bot of bots) {
        const texts = heard(bot).flatMap(({ text, self }) => (self ? [] : [text]));
        const own = new Set(said.map(({ text }) => text));
        const twice = texts.filter((text, index) => own.has(text) && texts.indexOf(text) < index);
        assert.deepEqual(twice, [], 'nothing is told twice');
        assert.doesNotMatch(bot.output, /^error/m);
      }
      await wechat.say('ding');
      answers += 1;
      for (const name of ['one', 'two']) {
        const isAnswered = () =>
          wechat.said().filter((text) => text.endsWith(`dong ${name}`)).length >= answers &&
          bob.lines.some(({ line }) => line.endsWith(`dong ${name}`));
        await eventually(`${name} answers again`, isAnswered, PATIENCE_MS);
      }
    });
    assert.doesNotMatch(one.output + two.output, /^failed/m);
  },
);

test('what a bot says while the hub is killed is said once, and what it asks is answered by the next', async () => {
  const [port = 0] = await takeFreePorts(1);
  const endpoint = `127.0.0.1:${port}`;
  await using home = await HubHome.create(`http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, rooms: [lobby], telnet: false }
faces:
  wechaty: { listen: "${endpoint}", tls: false, account: house }
`);
  const hub = home.start();
  await hub.http();
  const service = { home, endpoint, folder: '' };
  await using speaker = await WechatyBot.connect(endpoint, await createToken(service, 'speaker', 'house'));
  await using listener = await WechatyBot.connect(endpoint, await createToken(service, 'listener', 'house'));
  const texts = Array.from({ length: 5 * COUNT }, (_, index) => `words ${index}`);
  const sent = texts.map((text) => speaker.call('messageSendText', { conversationId: 'lobby', text }));
  await Promise.any(sent);
  await hub.kill();
  const asked = speaker.call('roomPayload', { id: 'lobby' });
  home.start();
  await Promise.all(sent);
  assert.equal((await asked)['topic'], 'lobby');
  await listener.until(() => listener.messages.length >= texts.length);
  await speaker.call('messageSendText', { conversationId: 'lobby', text: 'the end' });
  await listener.until(() => listener.texts().includes('the end'));
  assert.deepEqual(listener.texts().map(String).toSorted(), [...texts, 'the end'].toSorted());
  assert.deepEqual([speaker.ended, listener.ended, listener.failures], [undefined, undefined, []]);
});

test('the gate of a hub that was killed ends after the time that was set, whatever bots are connected', async () => {
  const [port = 0] = await takeFreePorts(1);
  const endpoint = `127.0.0.1:${port}`;
  await using home = await HubHome.create(`http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, rooms: [lobby], telnet: false }
faces:
  wechaty: { listen: "${endpoint}", tls: false, account: house, lingerSeconds: 1 }
`);
  const hub = home.start();
  await hub.http();
  const token = await createToken({ home, endpoint, folder: '' }, 'patient', 'house');
  await using bot = await WechatyBot.connect(endpoint, token);
  await hub.kill();
  const waiting = bot.call('contactList');
  await assert.rejects(waiting, { code: 14 });
  await bot.until(() => bot.ended);
  assert.equal((bot.ended as { code: number }).code, 14);
  const isFree = () =>
    fetch(`http://${endpoint}`).then(
      () => false,
      ({ cause }) => cause.code === 'ECONNREFUSED',
    );
  await eventually('the port is free', isFree, PATIENCE_MS);
});

test(
  'without a gate, a bot that looks for the hub by itself is back soon after it was killed',
  { skip: skipWithoutClients('wechaty') },
  async () => {
    const [port = 0] = await takeFreePorts(1);
    const endpoint = `127.0.0.1:${port}`;
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-wechaty-'));
    await using home = await HubHome.create(`http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
faces:
  wechaty: { listen: "${endpoint}", tls: false, account: house, gate: false }
`);
    const hub = home.start();
    await using ann = await Onlooker.enter(await hub.telnet(), 'ann');
    const service = { home, endpoint, folder: folder.path };
    await using bot = await startBot(service, 'back', 'house', { BOT_RETURNS: 'yes' });
    ann.send('say before');
    await eventually('before', () => heard(bot).some(({ text }) => text === 'before'), PATIENCE_MS);
    await hub.kill();
    const again = home.start();
    await using bob = await Onlooker.enter(await again.telnet(), 'bob');
    const sinceMs = performance.now();
    bob.send('say after');
    await eventually('after', () => heard(bot).some(({ text }) => text === 'after'), PATIENCE_MS);
    const tookMs = Math.round(performance.now() - sinceMs);
    assert.ok(tookMs < BACK_WITHIN_MS, `it took ${tookMs} ms`);
    assert.match(bot.output, /^error .*(UNAVAILABLE|CANCELLED)/m);
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
