// A puppet that runs elsewhere: an account of the network wechaty, with Wechaty's own wechaty-puppet-service in its driver, is
// connected by endpoint and token to a puppet service, which here is hutong's own face, with the house behind it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { toPlainText } from '../../src/hub/message.ts';
import { takeFreePorts } from '../servers/free-port.ts';
import { HubHome } from '../servers/hub-process.ts';
import { eventually } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';
import { installDriver, openRest, runCommand } from './wechaty-hub.ts';

const SERVICE = 'wechaty-puppet-service';

function toYaml(port: number, token: string): string {
  return `
http: { listen: "127.0.0.1:0", requestsPerMinute: 1000000 }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
  remote:
    network: wechaty
    puppet: ${SERVICE}
    endpoint: "127.0.0.1:${port}"
    token: ${token}
    options: { tls: { disable: true } }
    sendsPerSecond: 100
faces:
  wechaty: { listen: "127.0.0.1:${port}", tls: false, account: house }
`;
}

test('a remote puppet service is an account like any other', async (context) => {
  const [port = 0] = await takeFreePorts(1);
  await using home = await HubHome.create(toYaml(port, 'none_yet'));
  const installed = await installDriver(home, SERVICE);
  if (installed.code !== 0 && process.env['CI'] === undefined) return context.skip(installed.errors);
  assert.equal(installed.code, 0, installed.errors);
  const created = await runCommand(
    home,
    'token',
    'create',
    'wechaty-bot',
    '--face=wechaty',
    '--account=house',
  );
  await home.write(toYaml(port, created.out.trim()));
  const hub = home.start();
  const { rest } = await openRest(home, hub);
  await eventually('the account is online', async () => {
    return (await rest('GET', '/v1/accounts/remote')).phase === 'online';
  });
  await using tom = await Onlooker.enter(await hub.telnet(), 'tom');
  tom.send('say hello over there');
  const inRoom = async () => {
    await using journal = await home.openJournal();
    return (await journal.read(0, { rooms: ['remote/lobby'], kinds: ['message'] }, 100)).events;
  };
  await eventually('it came by the service', async () => (await inRoom()).length === 1);
  const [event] = await inRoom();
  assert.ok(event?.kind === 'message' && event.sender.name === 'tom');
  assert.equal(toPlainText(event.body), 'hello over there');
  await rest('POST', '/v1/messages?wait=20000', { room: 'remote/lobby', text: 'and back' });
  await eventually('it went by the service', () => tom.lines.some(({ line }) => line.endsWith(': and back')));
  assert.equal(tom.lines.filter(({ line }) => line.endsWith('and back')).length, 1);
});
