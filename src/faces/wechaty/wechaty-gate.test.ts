// The Wechaty face behind its gate, a process of its own: what bots notice of a hub that goes and comes back, and of a gate
// that does.
import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { createSystemClock } from '../../hub/clock.ts';
import { openWechatyFace, WechatyBot } from '../../../test/fakes/wechaty-face.ts';
import { takeFreePorts } from '../../../test/servers/free-port.ts';
import { endGate } from './gate/keeper.ts';
import { findSocketPath } from './gate/socket-path.ts';

/** A data folder, whose gate ends with it. */
async function createFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hutong-gate-'));
  const { path } = folder;
  return {
    path,
    async [Symbol.asyncDispose]() {
      await endGate(path, createSystemClock());
      await folder.remove();
    },
  };
}

test('a bot stays connected while the hub is stopped and started, and is told everything once', async () => {
  await using folder = await createFolder();
  await using first = await openWechatyFace({ folder: folder.path });
  await using bot = await WechatyBot.connect(first.endpoint, await first.token('bot'));
  await first.wx.say('r1', 'Ann', 'before');
  await bot.until(() => bot.messages.length === 1);
  await first.wx.say('r1', 'Ann', '', {
    body: [
      { type: 'text', text: 'look' },
      { type: 'place', latitude: 1, longitude: 2, name: 'there' },
    ],
  });
  await bot.until(() => bot.messages.length === 3);
  await first.stop();
  const said = bot.call('messageSendText', { conversationId: 'r1', text: 'meanwhile' });
  const asked = bot.call('roomPayload', { id: 'r1' });
  await using second = await openWechatyFace({ folder: folder.path, journal: first.journal });
  assert.equal(second.endpoint, first.endpoint);
  await said;
  assert.equal((await asked)['topic'], 'Family');
  await second.wx.say('r1', 'Ann', 'after', { native: 'another' });
  await bot.until(() => bot.messages.length === 5);
  assert.deepEqual(bot.texts(), ['before', 'look', 'there 1, 2', 'meanwhile', 'after']);
  assert.equal(bot.of('LOGIN').length, 1);
  assert.deepEqual([bot.ended, bot.of('LOGOUT'), bot.failures], [undefined, [], []]);
  await second.wx.hasSent(1);
  assert.deepEqual(second.wx.sent, ['r1: meanwhile']);
});

test('who has left is known by name, also to a hub that did not tell of them', async () => {
  await using folder = await createFolder();
  await using first = await openWechatyFace({ folder: folder.path, links: ['qq/r1', 'wx/r1'] });
  await using bot = await WechatyBot.connect(first.endpoint, await first.token('bot'));
  await first.wx.say('r1', 'Guest', 'bye');
  await first.qq.say('r1', 'Stranger', 'bye');
  await bot.until(() => bot.messages.length === 2);
  await first.stop();
  const later = { folder: folder.path, journal: first.journal };
  await using second = await openWechatyFace({ ...later, links: ['qq/r1', 'wx/r1'] });
  assert.equal((await bot.call('contactPayload', { id: 'id-guest' }))['name'], 'Guest');
  assert.equal((await bot.call('contactPayload', { id: 'qq/id-stranger' }))['name'], 'Stranger');
  await second.stop();
  await using unlinked = await openWechatyFace(later);
  await assert.rejects(bot.call('contactPayload', { id: 'qq/id-stranger' }), /nobody of the account/);
  await unlinked.stop();
});

test('an account that has become somebody else logs its bots out and in again', async () => {
  await using folder = await createFolder();
  await using first = await openWechatyFace({ folder: folder.path });
  await using bot = await WechatyBot.connect(first.endpoint, await first.token('bot'));
  await first.stop();
  const starting = { folder: folder.path, journal: first.journal, starting: true };
  await using second = await openWechatyFace(starting);
  second.wx.self = { id: 'another', name: 'Another' };
  await second.begin();
  await bot.until(() => bot.of('LOGIN').length === 2);
  assert.deepEqual(
    bot.of('LOGOUT').map(({ contactId }) => contactId),
    ['self-wx'],
  );
  assert.deepEqual(bot.of('LOGIN')[1], { contactId: 'another' });
});

test('bots stay when other settings change, and go when the face listens elsewhere, has no gate, or is off', async () => {
  await using folder = await createFolder();
  await using world = await openWechatyFace({ folder: folder.path });
  const token = await world.token('bot');
  const { endpoint } = world;
  await using stays = await WechatyBot.connect(endpoint, token);
  const apply = async (settings: object) => {
    const listening = world.listening();
    world.change(settings);
    await listening;
  };
  await apply({ replayMinutes: 7 });
  await world.wx.say('r1', 'Ann', 'still there?');
  await stays.until(() => stays.messages.length === 1);
  assert.deepEqual([world.endpoint, stays.ended], [endpoint, undefined]);
  await apply({ listen: 'localhost:0' });
  await stays.until(() => stays.ended);
  await using other = await WechatyBot.connect(world.endpoint, token);
  await apply({ gate: false });
  await other.until(() => other.ended);
  await using direct = await WechatyBot.connect(world.endpoint, token);
  await apply({});
  await direct.until(() => direct.ended);
  await using last = await WechatyBot.connect(world.endpoint, token);
  world.change(undefined);
  await last.until(() => last.ended);
  assert.deepEqual(
    [stays, other, last].map(({ ended }) => (ended as { code: number }).code),
    [14, 14, 14],
  );
  assert.deepEqual(world.errors, []);
  const staying = () => world.said.filter((line) => line.includes('stay connected'));
  assert.deepEqual(staying(), []);
  await apply({});
  await using held = await WechatyBot.connect(world.endpoint, token);
  await world.stop();
  assert.equal(held.ended, undefined);
  assert.deepEqual(staying(), ['Wechaty bots stay connected for 30 s, for a hub that starts meanwhile']);
});

test('a gate that has ended is begun anew at the same address', async () => {
  await using folder = await createFolder();
  const [port] = await takeFreePorts(1);
  const settings = { listen: `127.0.0.1:${port}` };
  await using world = await openWechatyFace({ folder: folder.path, settings });
  const token = await world.token('bot');
  const listening = world.listening();
  await endGate(folder.path, createSystemClock());
  await listening;
  await using bot = await WechatyBot.connect(world.endpoint, token);
  await world.wx.say('r1', 'Ann', 'ding');
  await bot.until(() => bot.messages.length === 1);
});

test('a port that the gate of another hub has is told as taken', async () => {
  await using folder = await createFolder();
  await using world = await openWechatyFace({ folder: folder.path });
  await using another = await createFolder();
  await using second = await openWechatyFace({ folder: another.path });
  const failed = second.failed();
  second.change({ listen: world.endpoint });
  const { code, message } = await failed;
  assert.equal(code, 'listen-failed');
  assert.match(message, /faces\.wechaty\.listen\): .*EADDRINUSE/);
});

test('a data folder deep down has its gate, too, and by TLS bots stay as well', async () => {
  await using folder = await createFolder();
  const deep = join(folder.path, 'd'.repeat(120));
  await mkdir(deep);
  const settings = { tls: undefined, lingerSeconds: 60 };
  await using first = await openWechatyFace({ folder: deep, settings });
  const certificate = await (await fetch(`${first.web}/wechaty/certificate.pem`)).text();
  await using bot = new WechatyBot(first.endpoint, await first.token('bot'), certificate);
  bot.listen();
  await bot.until(() => bot.of('LOGIN').length > 0);
  await first.stop();
  await using second = await openWechatyFace({ folder: deep, settings, journal: first.journal });
  await second.wx.say('r1', 'Ann', 'ding');
  await bot.until(() => bot.messages.length === 1);
  assert.equal(bot.ended, undefined);
  await second.stop();
  await endGate(deep, createSystemClock());
  await rm(dirname(await findSocketPath(deep)), { recursive: true });
});
