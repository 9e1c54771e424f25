// People on XMPP use the component as a gateway, with a client that nobody here wrote, against real servers: they
// register, look what is linked, and one who may links a room of theirs with the house. What is said passes; the room is
// taken out again. All of it is in hutong.yaml afterwards, and the comments there are as they were.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { skipWithout } from '../servers/available.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { enter } from './bridge-people.ts';
import { GatewayUser } from './gateway-user.ts';
import { COMPONENT } from './xmpp-component-peer.ts';

const PASSWORD = 'secret-of-the-tests';
const USERS = ['boss', 'ann'].map((name) => [name, PASSWORD] as const);

const skipSlixmpp = skipWithout('slixmpp', 'python3-slixmpp', ['/usr/lib/python3/dist-packages/slixmpp']);

const SERVERS: [
  name: string,
  skip: string | false,
  start: (options: XmppServerOptions) => Promise<XmppServer>,
][] = [
  ['Prosody', skipProsody, startProsody],
  ['ejabberd', skipEjabberd, startEjabberd],
];

function toYaml({ domain, componentPort }: XmppServer): string {
  return `# The bridge of our club.
http: { listen: "127.0.0.1:0" }
accounts:
  # Rooms for people without an account anywhere.
  house: { network: house, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }   # telnet only here
  xmpp:
    network: xmpp
    component: ${COMPONENT.domain}
    secret: "\${SECRET}"
    server: "xmpp://127.0.0.1:${componentPort}"
    admins: [boss@${domain}]

# Nothing is linked yet.
links: []
`;
}

for (const [name, skip, start] of SERVERS) {
  test(
    `${name}: people register, look, link a room and take it out again`,
    { skip: skip || skipSlixmpp },
    async () => {
      await using server = await start({ users: USERS, component: COMPONENT });
      const yaml = toYaml(server);
      const room = `tea@${server.mucDomain}`;
      await using home = await HubHome.create(yaml, { SECRET: COMPONENT.secret });
      const hub = home.start();
      const telnet = await hub.telnet();
      await hub.said(/web: http/);
      await using boss = await GatewayUser.connect(server, 'boss', PASSWORD, COMPONENT.domain);
      await using ann = await GatewayUser.connect(server, 'ann', PASSWORD, COMPONENT.domain);

      const features = (await ann.do('info')) as string[];
      for (const feature of ['jabber:iq:register', 'http://jabber.org/protocol/commands']) {
        assert.ok(features.includes(feature), feature);
      }
      assert.equal(await ann.do('run', 'rooms'), 'error forbidden', 'who is not registered sees nothing');
      await ann.do('write', 'rooms');
      assert.equal(await ann.told('refused'), 'registration-required');
      assert.match(String(await ann.do('register')), /Nothing has to be filled in/);
      await ann.told('contact');
      assert.deepEqual(((await ann.do('commands')) as string[]).toSorted(), ['rooms', 'state', 'who']);
      assert.deepEqual((await ann.run('rooms'))[0]?.values, ['No room is linked yet.']);
      assert.equal(await ann.do('run', 'link'), 'error forbidden', 'who is no admin links nothing');

      await boss.do('join', room);
      await boss.do('register');
      const [form, shown, done] = await boss.run('link', { ROOM: room, TARGET: 'house/lobby' }, {});
      assert.equal(form?.status, 'executing');
      assert.deepEqual(shown?.values, [`link ${room} added: xmpp/${room}, house/lobby`]);
      assert.deepEqual(done, {
        status: 'completed',
        notes: [`Done: link ${room} added: xmpp/${room}, house/lobby`],
        values: [],
      });
      assert.equal(
        await readFile(home.config, 'utf8'),
        yaml.replace('links: []', `links:\n  - name: ${room}\n    rooms: [xmpp/${room}, house/lobby]`),
      );
      await hub.said(new RegExp(`configuration \\(by boss@${server.domain}\\): link ${room} added`));

      await using tom = await enter(telnet, 'tom');
      // The component may still be on its way into the room: what is said meanwhile waits.
      tom.send('say 你好 from the house\r\n');
      assert.deepEqual(await boss.told('heard'), ['tom', '你好 from the house']);
      await boss.do('say', room, 'hello house');
      await tom.until(/boss@.*: hello house/);

      const people = await ann.run('who', { ROOM: room });
      assert.match(people[1]?.values.join('\n') ?? '', /xmpp\/tea@.*: .*boss[^]*house\/lobby: tom/);
      await ann.do('write', 'rooms');
      assert.match(
        String(await ann.told('answer')),
        new RegExp(`^${room}: xmpp/${room} .* - house/lobby \\(1 person\\)`),
      );
      await ann.do('write', `unlink ${room}`);
      assert.match(String(await ann.told('answer')), /^There is no command unlink/);

      await boss.do('write', `unlink ${room}`);
      assert.equal(await boss.told('answer'), `Done:\nlink ${room} removed`);
      assert.equal(await readFile(home.config, 'utf8'), yaml);
      const told = hub.log.filter(({ msg }) => msg.startsWith('configuration'));
      assert.equal(told.length, 2, 'what was written by the hub itself is not taken for another edit');
      tom.send('say nobody hears this\r\n');
      await tom.until(/tom: nobody hears this/);
      assert.equal(await ann.do('unregister'), true);
      assert.equal(await ann.do('run', 'rooms'), 'error forbidden');
      await hub.stop();
    },
  );
}
