/**
 * The XMPP network as a component against a real server: everybody from another network is somebody of their own in the
 * room, with an address and a nick, and what they do comes from them.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import test, { after, before, describe } from 'node:test';
import type { AccountError } from '../../src/hub/errors.ts';
import { toPlainText } from '../../src/hub/message.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import { toCorrection, toReactions, toReply, toRetraction } from '../../src/wire/xmpp/message-acts.ts';
import { MUC_STATUS, readMucPresence } from '../../src/wire/xmpp/muc.ts';
import { readStanzaId } from '../../src/wire/xmpp/stanza-ids.ts';
import { skipWithout } from '../servers/available.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { addressOf, COMPONENT, ComponentBridge, configure, person } from './xmpp-component-peer.ts';
import { Bridge, Peer, USERS } from './xmpp-peer.ts';

/** Addresses are shown to all, so that a test sees them. */
const SHOWN = { 'muc#roomconfig_whois': 'anyone' };

const programs: [
  name: string,
  skip: string | false,
  start: (options: XmppServerOptions) => Promise<XmppServer>,
][] = [
  [
    'Prosody',
    skipProsody,
    (options) => startProsody({ ...options, extraConfig: 'muc_room_default_persistent = true' }),
  ],
  ['ejabberd', skipEjabberd, startEjabberd],
];

for (const [name, skip, start] of programs) {
  describe(`a component of ${name}`, { skip }, () => {
    let server: XmppServer;
    let rooms = 0;
    const newRoom = () => `room${(rooms += 1)}@${server.mucDomain}`;
    before(async () => {
      server = await start({ users: USERS, component: COMPONENT });
    });
    after(() => server[Symbol.asyncDispose]());

    test('everybody speaks under an address and a nick of their own, in order', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await configure(ann, room, SHOWN);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      const people = [person('王小明', '1001'), person('Tom', 'u@x'), person('ann', '3')];
      const texts = Array.from({ length: 30 }, (_, i) => `message ${i}`);
      const receipts = await Promise.all(texts.map((text, i) => bridge.speak(room, people[i % 3]!, text)));
      assert.equal(new Set(receipts.map(({ native }) => native)).size, texts.length);
      await ann.until((stanza) => stanza.childText('body') === texts.at(-1));
      const heard = ann.stanzas.filter((stanza) => stanza.childText('body')?.startsWith('message '));
      assert.deepEqual(
        heard.map((stanza) => stanza.childText('body')),
        texts,
      );
      const nicks = ['王小明', 'Tom', 'ann@qq'];
      assert.deepEqual(
        heard.map((stanza) => stanza.attr('from')),
        texts.map((_, i) => `${room}/${nicks[i % 3]}`),
      );
      assert.deepEqual(
        nicks.map((nick) => addressOf(ann, room, nick)),
        ['qq.1001', String.raw`qq.u\40x`, 'qq.3'].map((local) => `${local}@${COMPONENT.domain}`),
      );
      await ann.say(room, 'last');
      assert.deepEqual(await bridge.told(room, 1), ['last'], 'nothing of our own is reported');
      assert.deepEqual(bridge.port.of('join'), [], 'nor that our own came in');
      const { actions } = await bridge.online();
      assert.deepEqual(
        actions.members?.(room).map((user) => user.name),
        ['ann'],
      );
    });

    test('replies, corrections, retractions and reactions go out as such, from who does them', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      const { actions } = await bridge.online();
      const [tom, eve] = [person('tom'), person('eve')];
      await ann.say(room, 'a question');
      const [asked] = await bridge.port.until((port) =>
        port.of('message').length > 0 ? port.of('message') : undefined,
      );
      const native = asked?.native ?? '';
      const from = (nick: string) => `${room}/${nick}`;
      const answer = bridge.message(room, tom, 'an answer');
      const { native: said = '' } = await actions.send({
        ...answer,
        replyTo: { native, quote: { name: 'ann', text: 'a question' } },
      });
      const reply = await ann.until((stanza) => stanza.child('reply', 'urn:xmpp:reply:0') !== undefined);
      assert.equal(reply.attr('from'), from('tom'));
      assert.equal(reply.child('reply', 'urn:xmpp:reply:0')?.attr('id'), native);
      assert.equal(reply.child('reply', 'urn:xmpp:reply:0')?.attr('to'), from('ann'));

      await actions.edit?.({ ...bridge.message(room, tom, 'a better answer'), target: said });
      const edited = await ann.until((stanza) => stanza.childText('body') === 'a better answer');
      assert.equal(edited.attr('from'), from('tom'));
      assert.equal(edited.child('replace', 'urn:xmpp:message-correct:0')?.attr('id'), answer.token);

      const reaction = { room, target: native, emoji: '👍', added: true };
      await actions.react?.({ ...reaction, token: bridge.token(), author: eve });
      await actions.react?.({ ...reaction, token: bridge.token(), author: tom });
      for (const nick of ['eve', 'tom']) {
        const reacted = await ann.until(
          (stanza) =>
            stanza.child('reactions', 'urn:xmpp:reactions:0') !== undefined &&
            stanza.attr('from') === from(nick),
        );
        assert.deepEqual(
          reacted
            .childIn('urn:xmpp:reactions:0')
            ?.elements()
            .map((each) => each.text()),
          ['👍'],
        );
      }

      await actions.recall?.({ room, target: said, token: bridge.token(), author: tom });
      const gone = await ann.until(
        (stanza) => stanza.child('retract', 'urn:xmpp:message-retract:1') !== undefined,
      );
      assert.equal(gone.attr('from'), from('tom'));
      assert.equal(gone.child('retract', 'urn:xmpp:message-retract:1')?.attr('id'), said);
    });

    test('what people here do to messages of people there is told, and only their own can be corrected', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bea = await Peer.connect(server, 'bea', room);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      const message = bridge.message(room, person('tom'), 'hello');
      const { actions } = await bridge.online();
      const { native = '' } = await actions.send(message);
      const heard = await ann.until((stanza) => stanza.childText('body') === 'hello');
      assert.equal(readStanzaId(heard, room) ?? heard.attr('id'), native);

      await ann.say(room, 'hi tom', toReply({ id: native, to: `${room}/tom` }));
      await ann.session.send(
        xml(
          'message',
          { to: room, type: 'groupchat', id: 'r1' },
          ...toReactions({ id: native, emojis: ['🎉'] }),
        ),
      );
      const own = await ann.say(room, 'mistake');
      await ann.say(room, 'no mistake', toCorrection(own));
      await bea.until((stanza) => stanza.childText('body') === 'no mistake');
      await bea.say(room, 'not by bea', toCorrection(own));
      await bea.say(room, 'not by bea either', toCorrection(message.token));
      const mistake = await bea.until((stanza) => stanza.childText('body') === 'mistake');
      const retraction = toRetraction(readStanzaId(mistake, room) ?? own);
      await ann.session.send(xml('message', { to: room, type: 'groupchat', id: 'r2' }, ...retraction));
      await bea.until((stanza) => stanza.attr('id') === 'r2');
      await bea.say(room, 'last');
      await bridge.port.until(
        (port) =>
          port.of('message').some(({ body: [said] }) => said?.type === 'text' && said.text === 'last') ||
          undefined,
      );

      assert.deepEqual(
        bridge.port
          .of('message')
          .map(({ sender, replyTo, body: [said] }) => [
            sender.name,
            said?.type === 'text' && said.text,
            replyTo?.native,
          ]),
        [
          ['ann', 'hi tom', native],
          ['ann', 'mistake', undefined],
          ['bea', 'not by bea', undefined],
          ['bea', 'not by bea either', undefined],
          ['bea', 'last', undefined],
        ],
      );
      assert.deepEqual(
        bridge.port
          .of('edit')
          .map(({ actor, body: [text] }) => [actor.name, text?.type === 'text' && text.text]),
        [['ann', 'no mistake']],
      );
      assert.deepEqual(
        bridge.port
          .of('reaction')
          .map(({ actor, target, emoji, added }) => [actor.name, target, emoji, added]),
        [['ann', native, '🎉', true]],
      );
      assert.deepEqual(
        bridge.port.of('recall').map(({ actor }) => actor.name),
        ['ann'],
      );
    });

    test('a new name is a new nick, and a name that is no nick becomes one', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      await bridge.speak(room, person('Tom', '7'), 'first');
      await bridge.speak(room, person('Thomas', '7'), 'second');
      await bridge.speak(room, person('ann', '7'), 'third');
      await bridge.speak(room, person('\u0000🎉\u202e 小 明 \u200b', '8'), 'fourth');
      await ann.until((stanza) => stanza.childText('body') === 'fourth');
      const spoken = ann.stanzas.filter((stanza) => stanza.childText('body') !== undefined);
      assert.deepEqual(
        spoken.map((stanza) => stanza.attr('from')?.slice(room.length + 1)),
        ['Tom', 'Thomas', 'ann@qq', '小 明'],
      );
      const renamed = ann.stanzas.filter(
        (stanza) => stanza.name === 'presence' && stanza.attr('type') === 'unavailable',
      );
      assert.deepEqual(
        renamed.map((stanza) => stanza.attr('from')?.slice(room.length + 1)),
        ['Tom', 'Thomas'],
        'it was one occupant all along',
      );
      assert.deepEqual(bridge.port.of('rename'), []);
      await ann.say(room, 'last');
      assert.deepEqual(await bridge.told(room, 1), ['last']);
    });

    test('who has another name elsewhere has another nick at once, with no word of it', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      await bridge.speak(room, person('Tom', '7'), 'first');
      await bridge.rename(room, person('Thomas', '7'), 'Tom');
      await bridge.speak(room, person('Thomas', '7'), 'second');
      // Who is not there is not brought in for it: the one that listens says it.
      await bridge.rename(room, person('Robert', '8'), 'Bob');
      await bridge.speak(room, person('Thomas', '7'), 'last');
      await ann.until((stanza) => stanza.childText('body') === 'last');
      assert.deepEqual(
        ann.stanzas.flatMap((stanza) =>
          stanza.childText('body') === undefined
            ? []
            : [[stanza.attr('from')?.slice(room.length + 1), stanza.childText('body')]],
        ),
        [
          ['Tom', 'first'],
          ['Thomas', 'second'],
          ['hutong', 'Bob is now known as Robert'],
          ['Thomas', 'last'],
        ],
      );
      const changes = ann.stanzas.flatMap((stanza) => {
        const presence = readMucPresence(stanza);
        return presence?.codes.has(MUC_STATUS.nickChanged) ? [[presence.nick, presence.newNick]] : [];
      });
      assert.deepEqual(changes, [['Tom', 'Thomas']]);
      await ann.say(room, 'done');
      assert.deepEqual(await bridge.told(room, 1), ['done']);
      assert.deepEqual(
        [bridge.port.of('rename'), bridge.port.of('leave')],
        [[], []],
        'our own are nobody’s news',
      );
    });

    test('a puppet’s new nick tells the other hubs of the room where it has been', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      await using other = new Bridge(server, { rooms: [room] });
      await other.inside(room);
      await bridge.speak(room, person('Tom', '7'), 'first');
      await bridge.rename(room, person('Thomas', '7'), 'Tom');
      await bridge.speak(room, person('Theo', '7'), 'second');
      await ann.session.send(xml('presence', { to: `${room}/anna` }));
      await other.port.until((port) => (port.of('rename').length === 3 ? true : undefined));
      assert.deepEqual(
        other.port.of('rename').map(({ oldName, who, hops }) => [oldName, who.name, hops]),
        [
          ['Tom', 'Thomas', ['hub0001']],
          ['Thomas', 'Theo', ['hub0001']],
          ['ann', 'anna', undefined],
        ],
      );
    });

    test('no more puppets than are allowed are in a room, and who was put out comes back', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room], settings: { puppetsPerRoom: 2 } });
      await bridge.inside(room);
      const people = ['p1', 'p2', 'p3', 'p1'].map((each) => person(each));
      for (const each of people) await bridge.speak(room, each, `I am ${each.name}`);
      await ann.until(
        (stanza) => stanza.attr('from') === `${room}/p2` && stanza.attr('type') === 'unavailable',
      );
      const left = ann.stanzas.filter((stanza) => stanza.attr('type') === 'unavailable');
      assert.deepEqual(
        left.map((stanza) => stanza.attr('from')?.slice(room.length + 1)),
        ['p1', 'p2'],
      );
      const kick = xml(
        'query',
        { xmlns: 'http://jabber.org/protocol/muc#admin' },
        xml('item', { nick: 'p3', role: 'none' }),
      );
      await ann.session.iq(xml('iq', { to: room, type: 'set' }, kick));
      await bridge.speak(room, person('p3'), 'back again');
      const said = await ann.until((stanza) => stanza.childText('body') === 'back again');
      assert.equal(said.attr('from'), `${room}/p3`);
    });

    test('who is banned is not heard, and is told so for good', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await configure(ann, room, SHOWN);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      await bridge.speak(room, person('eve'), 'spam');
      const ban = xml(
        'query',
        { xmlns: 'http://jabber.org/protocol/muc#admin' },
        xml('item', { jid: `qq.eve@${COMPONENT.domain}`, affiliation: 'outcast' }),
      );
      await ann.session.iq(xml('iq', { to: room, type: 'set' }, ban));
      await assert.rejects(bridge.speak(room, person('eve'), 'more spam'), {
        code: 'delivery-failed',
        permanent: true,
      });
      await bridge.speak(room, person('tom'), 'others go on');
      assert.equal(ann.heard(room, 'eve').length, 1);
    });

    test('who may not come in is spoken for by the one that listens', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await configure(ann, room, SHOWN);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      const member = xml('item', { jid: `hutong@${COMPONENT.domain}`, affiliation: 'member' });
      await ann.session.iq(
        xml(
          'iq',
          { to: room, type: 'set' },
          xml('query', { xmlns: 'http://jabber.org/protocol/muc#admin' }, member),
        ),
      );
      await configure(ann, room, { ...SHOWN, 'muc#roomconfig_membersonly': '1' });
      await bridge.inside(room);
      const { native = '' } = await bridge.speak(room, person('tom'), 'hello');
      assert.deepEqual(await ann.untilHeard(room, 'hutong', 1), ['<tom> hello']);
      const { actions } = await bridge.online();
      await actions.edit?.({ ...bridge.message(room, person('tom'), 'hello!'), target: native });
      assert.deepEqual(await ann.untilHeard(room, 'hutong', 2), ['<tom> hello', '<tom> hello!']);
    });

    test('it answers for itself and for its puppets', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      await bridge.speak(room, person('小明', '9'), 'hello');
      const ask = (to: string, xmlns: string, element = 'query') =>
        ann.session.iq(xml('iq', { to, type: 'get' }, xml(element, { xmlns })), { timeoutMs: 5000 });
      for (const to of [COMPONENT.domain, `qq.9@${COMPONENT.domain}`, `qq.9@${COMPONENT.domain}/hutong`]) {
        assert.equal((await ask(to, 'urn:xmpp:ping', 'ping')).attr('from'), to);
        const info = await ask(to, 'http://jabber.org/protocol/disco#info');
        assert.ok(info.childIn('http://jabber.org/protocol/disco#info')?.child('identity'));
        const version = await ask(to, 'jabber:iq:version');
        assert.equal(version.childIn('jabber:iq:version')?.childText('name'), 'hutong');
        await ask(to, 'http://jabber.org/protocol/disco#items');
      }
      const card = await ask(`qq.9@${COMPONENT.domain}`, 'vcard-temp', 'vCard');
      assert.equal(card.childIn('vcard-temp')?.childText('NICKNAME'), '小明');
      await assert.rejects(ask(`qq.9@${COMPONENT.domain}`, 'urn:example:unknown'), {
        condition: 'feature-not-implemented',
      });
    });

    test('a direct message to nobody comes back, and somebody who adds a puppet as a contact is let', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room] });
      await bridge.inside(room);
      await bridge.speak(room, person('tom'), 'hello');
      const nobody = `qq.nobody@${COMPONENT.domain}`;
      await ann.session.send(xml('message', { to: nobody, type: 'chat', id: 'd1' }, xml('body', {}, 'psst')));
      const back = await ann.until((stanza) => stanza.attr('id') === 'd1');
      assert.equal(back.attr('type'), 'error');
      assert.equal(back.attr('from'), nobody);
      const to = `qq.tom@${COMPONENT.domain}`;
      await ann.session.send(xml('presence', { to, type: 'subscribe' }));
      await ann.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === to);
      assert.deepEqual(bridge.port.of('message'), []);
      assert.ok(
        !ann.stanzas.some((stanza) => stanza.attr('type') === 'unavailable'),
        'no room took an error for a lost occupant',
      );
    });

    test('direct messages go to and come from the one that listens', async () => {
      await using ann = await Peer.connect(server, 'ann');
      await using bridge = new ComponentBridge(server);
      const { actions } = await bridge.online();
      const listener = `hutong@${COMPONENT.domain}`;
      await ann.session.send(
        xml('message', { to: listener, type: 'chat', id: 'x1' }, xml('body', {}, 'hello')),
      );
      const [message] = await bridge.port.until((port) =>
        port.of('message').length > 0 ? port.of('message') : undefined,
      );
      const room = `ann@${server.domain}`;
      assert.deepEqual([message?.room, message?.sender.id, message?.native], [room, room, 'x1']);
      await actions.send(bridge.message(room, person('tom'), 'hello ann'));
      const answer = await ann.until((stanza) => stanza.childText('body') === '<tom> hello ann');
      assert.equal(answer.attr('from')?.split('/')[0], listener);
    });

    test('what was said while the hub was away arrives once, and nothing of our own', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      const first = new ComponentBridge(server, { rooms: [room] });
      await first.inside(room);
      await ann.say(room, 'before');
      await first.told(room, 1);
      const sent = first.message(room, person('tom'), 'ours');
      const { actions } = await first.online();
      const receipt = await actions.send(sent);
      await first[Symbol.asyncDispose]();
      await ann.until(
        (stanza) => stanza.attr('from') === `${room}/tom` && stanza.attr('type') === 'unavailable',
      );
      await ann.until(
        (stanza) => stanza.attr('from') === `${room}/hutong` && stanza.attr('type') === 'unavailable',
      );
      const missed = Array.from({ length: 60 }, (_, i) => `missed ${i}`);
      for (const text of missed) await ann.say(room, text);
      await ann.untilHeard(room, 'ann', 61);

      await using second = new ComponentBridge(server, { port: first.port });
      await second.inside(room);
      await ann.say(room, 'live');
      await second.told(room, missed.length + 2);
      assert.deepEqual(withoutCopies(second), ['before', ...missed, 'live']);
      const again = await second.online();
      assert.deepEqual(await again.actions.find?.({ room, token: sent.token, since: sent.at }), receipt);
      assert.equal(await again.actions.find?.({ room, token: second.token(), since: sent.at }), 'absent');
      assert.deepEqual(await again.actions.send(sent), receipt, 'what is sent already is not sent again');
    });

    test('a crash leaves no ghosts', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      const first = new ComponentBridge(server, { rooms: [room] });
      await first.inside(room);
      for (const each of ['tom', 'eve']) await first.speak(room, person(each), 'hello');
      await first.crash();
      await using second = new ComponentBridge(server, { port: first.port });
      await second.inside(room);
      for (const each of ['tom', 'eve']) {
        await ann.until(
          (stanza) => stanza.attr('from') === `${room}/${each}` && stanza.attr('type') === 'unavailable',
        );
      }
      await second.speak(room, person('tom'), 'here again');
      const said = await ann.until((stanza) => stanza.childText('body') === 'here again');
      assert.equal(said.attr('from'), `${room}/tom`);
      await ann.say(room, 'last');
      await second.told(room, 1);
      assert.deepEqual(
        [...second.port.of('join'), ...second.port.of('leave')].map(({ who }) => who.name),
        [],
        'that ghosts went is nobody’s news',
      );
    });

    test('rooms and puppets come back after the server was killed, with nothing lost or doubled', async () => {
      const room = newRoom();
      await using own = await start({ users: USERS, component: COMPONENT });
      await using bridge = new ComponentBridge(own, { rooms: [room] });
      {
        await using ann = await Peer.connect(own, 'ann', room);
        await bridge.inside(room);
        for (let i = 0; i < 20; i += 1) await ann.say(room, `early ${i}`);
        await bridge.told(room, 20);
        await bridge.speak(room, person('tom'), 'hello');
      }
      await own.kill();
      await own.start();
      await using ann = await Peer.connect(own, 'ann', room);
      for (let i = 0; i < 20; i += 1) await ann.say(room, `late ${i}`);
      const expected = [0, 1].flatMap((half) =>
        Array.from({ length: 20 }, (__, i) => `${half ? 'late' : 'early'} ${i}`),
      );
      await bridge.port.until(() => (withoutCopies(bridge).length >= 40 ? true : undefined));
      assert.deepEqual(withoutCopies(bridge), expected);
      await ann.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === `${room}/tom`);
      await bridge.inside(room);
      await bridge.speak(room, person('tom'), 'here');
      assert.deepEqual(await ann.untilHeard(room, 'tom', 1), ['here']);
    });

    test('a wrong secret ends it for good, in plain words', async () => {
      await using bridge = new ComponentBridge(server, { settings: { secret: 'wrong' } });
      const end = (await bridge.ended()) as AccountError;
      assert.equal(end.code, 'account-auth');
      assert.equal(end.final, true);
      assert.match(end.message, /secret is wrong/);
    });
  });
}

test(
  'a second component of the same name is told so, waits, and does not disturb the first',
  { skip: skipProsody },
  async () => {
    await using server = await startProsody({ users: USERS, component: COMPONENT });
    const room = `lobby@${server.mucDomain}`;
    await using ann = await Peer.connect(server, 'ann', room);
    await using first = new ComponentBridge(server, { rooms: [room] });
    await first.inside(room);
    await using second = new ComponentBridge(server);
    const end = (await second.ended()) as AccountError;
    assert.match(end.message, /another connection has this name/);
    const waiting = await second.port.until(({ states }) =>
      states.find(({ phase, message }) => phase === 'waiting' && message !== undefined),
    );
    assert.match(waiting.message ?? '', /another connection is the component qq\.localhost/);
    await first.speak(room, person('tom'), 'undisturbed');
    assert.deepEqual(await ann.untilHeard(room, 'tom', 1), ['undisturbed']);
    assert.deepEqual(first.ends, []);
  },
);

test(
  'two gateways in one room, this one and one on slixmpp, take each other’s people for what they are',
  {
    skip:
      skipProsody ||
      skipWithout('slixmpp', 'python3-slixmpp', ['/usr/lib/python3/dist-packages/slixmpp/__init__.py']),
  },
  async () => {
    const [domain, secret] = ['slix.localhost', 'another secret'];
    await using server = await startProsody({
      users: USERS,
      component: COMPONENT,
      extraConfig: `Component "${domain}"\n  component_secret = "${secret}"`,
    });
    const room = `lobby@${server.mucDomain}`;
    await using bridge = new ComponentBridge(server, { rooms: [room] });
    await bridge.inside(room);
    const script = join(import.meta.dirname, 'xmpp-slixmpp-component.py');
    const slixmpp = spawn('/usr/bin/python3', [script, domain, secret, String(server.componentPort), room], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const printed = readAll(slixmpp.stdout);
    await bridge.told(room, 2);
    const said = bridge.port.of('message').map(({ sender, body }) => [sender.name, toPlainText(body)]);
    assert.deepEqual(said, [
      ['one', 'a mistkae'],
      ['two', 'forged'],
    ]);
    const [original] = bridge.port.of('message');
    const edits = bridge.port.of('edit');
    assert.deepEqual(
      edits.map(({ actor, target, body }) => [actor.name, target, toPlainText(body)]),
      [['one', original?.native, 'a mistake']],
    );

    const [tom, eve] = [person('tom'), person('one')];
    const { actions } = await bridge.online();
    const native = original?.native ?? '';
    const answer = bridge.message(room, tom, 'an answer');
    const { native: sent = '' } = await actions.send({ ...answer, replyTo: { native } });
    await actions.edit?.({ ...bridge.message(room, tom, 'a better answer'), target: sent });
    await bridge.speak(room, eve, 'a namesake');
    await actions.recall?.({ room, target: sent, token: bridge.token(), author: tom });
    await bridge.speak(room, tom, 'bye');
    assert.deepEqual((await printed).trimEnd().split('\n'), [
      'tom|reply|an answer',
      'tom|replace|a better answer',
      'one@qq||a namesake',
      'tom|retract|/me retracted a message, which your client does not show.',
      'tom||bye',
    ]);
  },
);

/** Texts as the hub keeps them: a message seen again is known by its id. */
function withoutCopies(bridge: ComponentBridge): string[] {
  const seen = new Set<string | undefined>();
  return bridge.port.of('message').flatMap((event) => {
    if (event.native !== undefined && seen.has(event.native)) return [];
    seen.add(event.native);
    return event.body.map((segment) => (segment.type === 'text' ? segment.text : ''));
  });
}
