// Private messages between people on XMPP and people elsewhere, through puppets, by a hub as somebody runs it:
// - what is written to a puppet's address, or to it as an occupant of a room, reaches the person, and nobody else;
// - the answer comes from the puppet, also after the hub was killed;
// - two who write to one person get their own answers only;
// - who cannot be written to is told by an error, and who is nobody does not become anybody.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { xml, type XmlElement } from '../../src/wire/xmpp/element.ts';
import { toCorrection, toReply, toRetraction } from '../../src/wire/xmpp/message-acts.ts';
import { readStanzaError } from '../../src/wire/xmpp/stanza-error.ts';
import type { LineClient } from '../fakes/line-client.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { enter } from './bridge-people.ts';
import { addressOf, COMPONENT, configure } from './xmpp-component-peer.ts';
import { clock, PASSWORD, Peer, USERS } from './xmpp-peer.ts';

const PERSISTENT = 'muc_room_default_persistent = true';
const MUC_USER = 'http://jabber.org/protocol/muc#user';
const BURST = 12;

const programs: [
  name: string,
  skip: string | false,
  start: (options: XmppServerOptions) => Promise<XmppServer>,
][] = [
  ['Prosody', skipProsody, (options) => startProsody({ ...options, extraConfig: PERSISTENT })],
  ['ejabberd', skipEjabberd, startEjabberd],
];

/** Writes to an address, and answers the message's id. */
async function write(peer: Peer, to: string, text: string, ...more: readonly XmlElement[]): Promise<string> {
  const id = clock.id();
  await peer.session.send(xml('message', { to, type: 'chat', id }, xml('body', {}, text), ...more));
  return id;
}

/** A message to the peer alone with this text. */
function told(peer: Peer, text: string): Promise<XmlElement> {
  return peer.until(
    (stanza) =>
      stanza.name === 'message' &&
      stanza.attr('type') === 'chat' &&
      stanza.childText('body')?.endsWith(text) === true,
  );
}

function errorFor(peer: Peer, id: string): Promise<XmlElement> {
  return peer.until(
    (stanza) => stanza.name === 'message' && stanza.attr('type') === 'error' && stanza.attr('id') === id,
  );
}

/** All that the peer was told alone. */
function all(peer: Peer): XmlElement[] {
  return peer.stanzas.filter(
    (stanza) => stanza.attr('type') === 'chat' && stanza.childText('body') !== undefined,
  );
}

function toComponent(name: string, { componentPort }: XmppServer): string {
  return `  ${name}: { network: xmpp, component: ${COMPONENT.domain}, secret: "\${SECRET}", server: "xmpp://127.0.0.1:${componentPort}" }\n`;
}

/** Somebody of the house has a puppet in the room once they have spoken. */
async function withPuppet(person: LineClient, nick: string, peer: Peer, room: string): Promise<string> {
  person.send('say hello\r\n');
  await peer.untilHeard(room, nick, 1);
  const address = addressOf(peer, room, nick);
  assert.ok(address);
  return address;
}

for (const [name, skip, start] of programs) {
  describe(`private messages through a component of ${name}`, { skip }, () => {
    let server: XmppServer;
    let home: HubHome;
    let hub: HubProcess;
    let room: string;
    let ann: Peer;
    before(async () => {
      server = await start({ users: USERS, component: COMPONENT });
      room = `lobby@${server.mucDomain}`;
      ann = await Peer.connect(server, 'ann', room);
      await configure(ann, room, { 'muc#roomconfig_whois': 'anyone' });
      home = await HubHome.create(
        `http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, telnet: { listen: "127.0.0.1:0" } }
${toComponent('jabber', server)}links:
  - { name: lobby, rooms: [house/lobby, "jabber/${room}"] }
`,
        { SECRET: COMPONENT.secret },
      );
      hub = home.start();
      await inside();
    });
    after(async () => {
      await home[Symbol.asyncDispose]();
      await ann[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
    const inside = () =>
      ann.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === `${room}/hutong`);

    test('what two write to a puppet reaches the person, and each gets the answer that is theirs', async () => {
      await using bea = await Peer.connect(server, 'bea');
      const address = await hub.telnet();
      await using bob = await enter(address, 'bob');
      await using eve = await enter(address, 'eve');
      const puppet = await withPuppet(bob, 'bob', ann, room);
      await write(ann, puppet, 'are you there?');
      await bob.until(`ann_${server.domain}@jabber whispers to you: are you there?`);
      await write(bea, puppet, 'and for me?');
      await bob.until(`bea_${server.domain}@jabber whispers to you: and for me?`);
      bob.send(`msg ann_${server.domain}@jabber yes, ann\r\nmsg bea_${server.domain}@jabber yes, bea\r\n`);
      const answer = await told(ann, 'yes, ann');
      assert.equal(answer.attr('from')?.split('/')[0], puppet);
      assert.equal(answer.child('nick', 'http://jabber.org/protocol/nick')?.text(), 'bob');
      await told(bea, 'yes, bea');
      assert.deepEqual(
        [all(ann), all(bea)].map((stanzas) => stanzas.map((stanza) => stanza.childText('body'))),
        [['yes, ann'], ['yes, bea']],
      );
      eve.send('look\r\n');
      const seen = await eve.until('eve');
      assert.ok(!seen.some((line) => line.includes('whispers') || line.includes('yes, ')));
    });

    test('an edit and a recall reach the person, too', async () => {
      await using tim = await enter(await hub.telnet(), 'tim');
      const puppet = await withPuppet(tim, 'tim', ann, room);
      const id = await write(ann, puppet, 'a mistkae');
      await tim.until(/whispers to you: a mistkae$/);
      await write(ann, puppet, 'a mistake', toCorrection(id));
      await tim.until(/whispers to you: \[edited\] a mistake$/);
      await ann.session.send(
        xml('message', { to: puppet, type: 'chat', id: clock.id() }, ...toRetraction(id)),
      );
      await tim.until(/^A message of \S+ was taken back$/);
    });

    test('an occupant’s private message goes the same way, and comes back into the room’s window', async () => {
      await using ron = await enter(await hub.telnet(), 'ron');
      await withPuppet(ron, 'ron', ann, room);
      await write(ann, `${room}/ron`, 'between us', xml('x', { xmlns: MUC_USER }));
      await ron.until('ann@jabber whispers to you: between us');
      ron.send('msg ann@jabber of course\r\n');
      const answer = await told(ann, 'of course');
      assert.equal(answer.attr('from'), `${room}/ron`);
      assert.notEqual(answer.childIn(MUC_USER), undefined);
    });

    test('who has left, or never was, is told by an error', async () => {
      await using kim = await enter(await hub.telnet(), 'kim');
      const puppet = await withPuppet(kim, 'kim', ann, room);
      kim.send('logout\r\n');
      await kim.until('Goodbye!');
      const gone = readStanzaError(await errorFor(ann, await write(ann, puppet, 'still there?')));
      assert.deepEqual(gone, {
        condition: 'recipient-unavailable',
        type: 'wait',
        text: 'they have left the house',
      });
      await using again = await enter(await hub.telnet(), 'kim');
      again.send('say hello again\r\n');
      assert.deepEqual(await ann.untilHeard(room, 'kim', 2), ['hello', 'hello again']);
      assert.notEqual(addressOf(ann, room, 'kim'), puppet, 'whoever has the name now is somebody else');
      const nobody = await errorFor(ann, await write(ann, `house.nobody@${COMPONENT.domain}`, 'hello?'));
      assert.equal(readStanzaError(nobody).condition, 'item-not-found');
    });

    test('answers that were accepted before the hub was killed arrive, in order, from the same puppet', async () => {
      const jon = await enter(await hub.telnet(), 'jon');
      const puppet = await withPuppet(jon, 'jon', ann, room);
      await write(ann, puppet, 'tell me all');
      await jon.until(/whispers to you: tell me all$/);
      await server.kill();
      const texts = Array.from({ length: BURST }, (_, number) => `answer ${number}`);
      jon.send(texts.map((text) => `msg ann_${server.domain}@jabber ${text}\r\n`).join(''));
      await jon.until(`You whisper to ann_${server.domain}@jabber: ${texts.at(-1)}`);
      await hub.kill();
      await server.start();
      ann = await Peer.connect(server, 'ann', room);
      hub = home.start();
      await told(ann, texts.at(-1) ?? '');
      const heard = all(ann);
      // Nobody can tell of one whether it went out: then it comes again, under the same id.
      const ids = [...new Set(heard.map((stanza) => stanza.attr('id')))];
      const once = ids.map((id) => heard.find((stanza) => stanza.attr('id') === id));
      assert.deepEqual(
        once.map((stanza) => stanza?.childText('body')),
        texts,
      );
      assert.deepEqual([...new Set(heard.map((stanza) => stanza.attr('from')?.split('/')[0]))], [puppet]);
    });
  });
}

describe('private messages between two XMPP servers', { skip: skipProsody }, () => {
  test('a component’s puppet stands for somebody whom a plain account talks with, through kills', async () => {
    await using west = await startProsody({ users: USERS, component: COMPONENT, extraConfig: PERSISTENT });
    await using east = await startProsody({
      users: [...USERS, ['tom', PASSWORD]],
      extraConfig: PERSISTENT,
    });
    const room = `lobby@${west.mucDomain}`;
    await using ann = await Peer.connect(west, 'ann', room);
    await configure(ann, room, { 'muc#roomconfig_whois': 'anyone' });
    await using tom = await Peer.connect(east, 'tom', room);
    await using bea = await Peer.connect(west, 'bea');
    await using home = await HubHome.create(
      `http: { listen: "127.0.0.1:0" }
accounts:
${toComponent('west', west)}  east: { network: xmpp, jid: bridge@${east.domain}, password: "\${PASSWORD}", nick: hutong, server: "xmpp://${east.host}:${east.port}", tls: { ca: "${east.caPath}" } }
links:
  - { name: lobby, rooms: ["west/${room}", "east/${room}"] }
`,
      { SECRET: COMPONENT.secret, PASSWORD },
    );
    // A hub that was killed is seen to leave when the next one takes its place.
    const arrived = (peer: Peer) =>
      peer.until(
        (stanza) =>
          stanza.name === 'presence' &&
          stanza.attr('from') === `${room}/hutong` &&
          stanza.attr('type') === undefined,
      );
    let hub = home.start();
    await Promise.all([arrived(ann), arrived(tom)]);
    await tom.say(room, 'hello');
    await ann.untilHeard(room, 'tom', 1);
    const puppet = addressOf(ann, room, 'tom') ?? '';

    const written = await write(ann, puppet, 'a word');
    const word = await told(tom, 'a word');
    assert.equal(word.attr('from'), `${room}/hutong`);
    assert.match(word.childText('body') ?? '', /^\[private from ann[·@]localhost\] a word$/);
    await write(tom, `${room}/hutong`, 'for the only one');
    assert.equal((await told(ann, 'for the only one')).attr('from')?.split('/')[0], puppet);

    await write(bea, puppet, 'a word of mine');
    const other = await told(tom, 'a word of mine');
    await hub.kill();
    tom.stanzas.length = 0;
    hub = home.start();
    await arrived(tom);
    await write(tom, `${room}/hutong`, 'for whom?');
    await told(tom, '"@ann@localhost"');
    await write(
      tom,
      `${room}/hutong`,
      'for bea',
      toReply({ id: other.attr('id') ?? '', to: `${room}/hutong` }),
    );
    await write(tom, `${room}/hutong`, '@ann@localhost for ann');
    await told(bea, 'for bea');
    await told(ann, 'for ann');
    assert.deepEqual(
      all(bea).map((stanza) => stanza.childText('body')?.split('\n').at(-1)),
      ['for bea'],
    );
    assert.equal((await told(ann, 'for ann')).childText('body'), 'for ann');

    await write(ann, puppet, 'a better word', toCorrection(written));
    const better = await told(tom, 'a better word');
    assert.equal(better.childIn('urn:xmpp:message-correct:0')?.attr('id'), word.attr('id'));
  });
});
