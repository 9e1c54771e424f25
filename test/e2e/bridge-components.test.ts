// Two rooms on two XMPP servers, linked through a component on each, by a hub as somebody runs it:
// - 20 people are seen on the other side each under an address and a nick of their own;
// - replies, corrections, retractions and reactions arrive as such, from whom they are;
// - a correction by somebody else is a message of somebody else, and changes nothing;
// - the hub ends, and none of its people stays behind.
import assert from 'node:assert/strict';
import test from 'node:test';
import { xml, type XmlElement } from '../../src/wire/xmpp/element.ts';
import { toCorrection, toReactions, toReply, toRetraction } from '../../src/wire/xmpp/message-acts.ts';
import { readStanzaId } from '../../src/wire/xmpp/stanza-ids.ts';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { addressOf, COMPONENT, configure } from './xmpp-component-peer.ts';
import { Peer, PASSWORD } from './xmpp-peer.ts';

const PEOPLE = Array.from({ length: 20 }, (_, i) => `p${i + 1}`);

const toAccount = (name: string, { componentPort }: XmppServer) =>
  `  ${name}: { network: xmpp, component: ${COMPONENT.domain}, secret: "\${SECRET}", server: "xmpp://127.0.0.1:${componentPort}" }\n`;

const emojisOf = (stanza: XmlElement) =>
  stanza
    .childIn('urn:xmpp:reactions:0')
    ?.elements()
    .map((each) => each.text());

test(
  'people of two servers meet through components, each as somebody of their own',
  { skip: skipProsody },
  async () => {
    const users = [...PEOPLE, 'ann'].map((name) => [name, PASSWORD] as const);
    await using west = await startProsody({ users, component: COMPONENT });
    await using east = await startProsody({ users, component: COMPONENT });
    const room = `lobby@${west.mucDomain}`;
    await using ann = await Peer.connect(east, 'ann', room);
    await configure(ann, room, { 'muc#roomconfig_whois': 'anyone' });
    const people = await Promise.all(PEOPLE.map((name) => Peer.connect(west, name, room)));
    await using _ = {
      [Symbol.asyncDispose]: async () =>
        void (await Promise.all(people.map((each) => each[Symbol.asyncDispose]()))),
    };
    const [first, second] = people as [Peer, Peer];
    await using home = await HubHome.create(
      `http: { listen: "127.0.0.1:0" }
accounts:
${toAccount('west', west)}${toAccount('east', east)}links:
  - { name: lobby, rooms: ["west/${room}", "east/${room}"] }
`,
      { SECRET: COMPONENT.secret },
    );
    const hub = home.start();
    await ann.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === `${room}/hutong`);
    await first.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === `${room}/hutong`);

    await Promise.all(people.map((each, i) => each.say(room, `I am ${PEOPLE[i]}`)));
    for (const name of PEOPLE) assert.deepEqual(await ann.untilHeard(room, name, 1), [`I am ${name}`]);
    const addresses = PEOPLE.map((name) => addressOf(ann, room, name));
    assert.equal(new Set(addresses).size, PEOPLE.length);
    for (const address of addresses) assert.match(address ?? '', /^west\..+@qq\.localhost$/);

    const idIn = async (peer: Peer, text: string): Promise<string> => {
      const said = await peer.until((stanza) => stanza.childText('body') === text);
      return readStanzaId(said, room) ?? '';
    };
    const seen = (peer: Peer, nick: string, is: (stanza: XmlElement) => boolean) =>
      peer.until((stanza) => stanza.attr('from') === `${room}/${nick}` && is(stanza));

    // A reply, both ways: each points at the copy on its own side.
    await ann.say(room, 'hello p1', toReply({ id: await idIn(ann, 'I am p1'), to: `${room}/p1` }));
    const toFirst = await seen(
      first,
      'ann',
      (stanza) => stanza.childText('body')?.endsWith('hello p1') ?? false,
    );
    assert.equal(toFirst.childIn('urn:xmpp:reply:0')?.attr('id'), await idIn(first, 'I am p1'));
    await first.say(room, 'hello ann', toReply({ id: readStanzaId(toFirst, room) ?? '', to: `${room}/ann` }));
    const toAnn = await seen(ann, 'p1', (stanza) => stanza.childText('body')?.endsWith('hello ann') ?? false);
    assert.equal(toAnn.childIn('urn:xmpp:reply:0')?.attr('id'), await idIn(ann, 'hello p1'));

    // A correction by the author, and one that claims another's message.
    const said = await first.say(room, 'a mistkae');
    const copy = await seen(ann, 'p1', (stanza) => stanza.childText('body') === 'a mistkae');
    await first.say(room, 'a mistake', toCorrection(said));
    const corrected = await seen(ann, 'p1', (stanza) => stanza.childText('body') === 'a mistake');
    assert.equal(corrected.childIn('urn:xmpp:message-correct:0')?.attr('id'), copy.attr('id'));
    await second.say(room, 'forged', toCorrection(said));
    const forged = await seen(ann, 'p2', (stanza) => stanza.childText('body') === 'forged');
    assert.equal(forged.childIn('urn:xmpp:message-correct:0'), undefined, 'it is a message of its own');
    await ann.say(room, 'forged here', toCorrection(copy.attr('id') ?? ''));
    const back = await seen(first, 'ann', (stanza) => stanza.childText('body') === 'forged here');
    assert.equal(back.childIn('urn:xmpp:message-correct:0'), undefined);

    // Reactions of two people, each with their own, and one taken back.
    const target = readStanzaId(toFirst, room) ?? '';
    const react = (peer: Peer, emojis: string[]) =>
      peer.session.send(
        xml('message', { to: room, type: 'groupchat', id: 'r' }, ...toReactions({ id: target, emojis })),
      );
    await react(first, ['👍', '🎉']);
    await react(second, ['👍']);
    await seen(ann, 'p1', (stanza) => emojisOf(stanza)?.length === 2);
    const reacted = await seen(ann, 'p2', (stanza) => emojisOf(stanza)?.length === 1);
    assert.equal(reacted.childIn('urn:xmpp:reactions:0')?.attr('id'), await idIn(ann, 'hello p1'));
    await react(second, []);
    await seen(ann, 'p2', (stanza) => emojisOf(stanza)?.length === 0);

    // A retraction.
    const retraction = toRetraction(await idIn(first, 'a mistkae'));
    await first.session.send(xml('message', { to: room, type: 'groupchat', id: 'gone' }, ...retraction));
    const gone = await seen(
      ann,
      'p1',
      (stanza) => stanza.childIn('urn:xmpp:message-retract:1') !== undefined,
    );
    assert.equal(gone.childIn('urn:xmpp:message-retract:1')?.attr('id'), readStanzaId(copy, room));

    await hub.stop();
    for (const name of [...PEOPLE, 'hutong']) {
      await seen(ann, name, (stanza) => stanza.attr('type') === 'unavailable');
    }
  },
);
