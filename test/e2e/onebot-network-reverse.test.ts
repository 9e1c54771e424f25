// The implementation comes to the hub: over the real web server, at the account's place, with the token. It is away, comes
// again, and what was said meanwhile is there.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GROUP, OneBotImplementation } from '../fakes/onebot-implementation.ts';
import { HubHome } from '../servers/hub-process.ts';
import { eventually } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

const TOKEN = 'secret-of-the-implementation';

test('an implementation that connects to the hub is bridged, and again when it comes back', async () => {
  await using qq = new OneBotImplementation({ token: TOKEN });
  await using home = await HubHome.create(`
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
  qq: { network: onebot, reverse: {}, token: "${TOKEN}", avatars: false }
links:
  - { name: yard, rooms: [house/lobby, "qq/group:${GROUP}"] }
`);
  const hub = home.start();
  const url = `ws://${await hub.http()}/in/qq/`;
  await using ann = await Onlooker.enter(await hub.telnet(), 'ann');
  await assert.rejects(qq.connect(url, { authorization: 'Bearer wrong' }), /403/);
  await qq.connect(url);
  await qq.until(() => qq.calls.some(({ action }) => action === 'get_group_msg_history'));
  await qq.say('我来了');
  ann.send('say 欢迎');
  await eventually('both hear each other', () => {
    return ann.texts('安@qq').includes('我来了') && qq.heard().includes('<ann> 欢迎');
  });

  const read = hub.log.length;
  await qq.cut();
  await hub.said(/the connection was closed/, read);
  await qq.say('你们听不见');
  ann.send('say 还在吗');
  await eventually('it is taken again, and what was said meanwhile has arrived', async () => {
    // As implementations do: again and again, until it is taken and stays.
    if (qq.connections === 0) await qq.connect(url).catch(() => {});
    return ann.texts('安@qq').includes('你们听不见') && qq.heard().includes('<ann> 还在吗');
  });
  assert.deepEqual(ann.texts('安@qq'), ['我来了', '你们听不见']);
  assert.deepEqual(qq.heard(), ['<ann> 欢迎', '<ann> 还在吗']);
});
