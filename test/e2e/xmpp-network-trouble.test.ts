/**
 * The XMPP network when things go wrong, and with more than plain text, against a real Prosody.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test, { after, before, describe } from 'node:test';
import { promisify } from 'node:util';
import { DeliveryError } from '../../src/hub/errors.ts';
import { textBody } from '../../src/hub/message.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import {
  toCorrection,
  toReactions,
  toReply,
  toReplyFallback,
  toRetraction,
} from '../../src/wire/xmpp/message-acts.ts';
import { readStanzaId } from '../../src/wire/xmpp/stanza-ids.ts';
import { skipWithout } from '../servers/available.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { Bridge, clock, PASSWORD, Peer, USERS } from './xmpp-peer.ts';

const MUC_ADMIN = 'http://jabber.org/protocol/muc#admin';
const persistent = 'muc_room_default_persistent = true';
const run = promisify(execFile);

describe('the XMPP network on Prosody', { skip: skipProsody }, () => {
  let server: XmppServer;
  let rooms = 0;
  const newRoom = () => `trouble${(rooms += 1)}@${server.mucDomain}`;
  before(async () => {
    server = await startProsody({ users: USERS, extraConfig: persistent });
  });
  after(() => server[Symbol.asyncDispose]());

  test('a crash in the middle of sending leaves nothing lost, nothing doubled, all in order', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    const count = 150;
    const texts = Array.from({ length: count }, (_, i) => `${i} ${'胡同'.repeat(1000)}`);
    let bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    const tokens = texts.map(() => bridge.token());
    const since = clock.now();
    const settled = new Set<string>();
    for (let crash = 0; crash < 3; crash += 1) {
      const open = tokens.filter((token) => !settled.has(token));
      const { actions } = await bridge.online();
      for (const token of open) {
        const answer = await actions.find?.({ room, token, since });
        assert.notEqual(answer, 'unsure');
        if (answer !== 'absent') settled.add(token);
      }
      const rest = tokens.filter((token) => !settled.has(token));
      const sends = rest.map((token) =>
        bridge.say(room, texts[tokens.indexOf(token)]!, token).then(
          () => settled.add(token),
          () => {}, // Not known any more: that is what is being tested.
        ),
      );
      if (crash === 2) {
        await Promise.all(sends);
        break;
      }
      await Promise.race(sends.slice(20));
      await bridge.crash();
      await Promise.all(sends);
      bridge = new Bridge(server, { port: bridge.port });
    }
    await using _ = bridge;
    assert.deepEqual(await ann.untilHeard(room, 'hutong', count), texts);
    await ann.say(room, 'last');
    assert.deepEqual(await bridge.told(room, 1), ['last'], 'no own message is reported');
    assert.equal(ann.heard(room, 'hutong').length, count);
  });

  test('a broken connection is resumed and nothing is lost, doubled or said twice', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    const first = await bridge.online();
    await ann.say(room, 'one');
    await bridge.told(room, 1);
    bridge.port.refuse(new Error('the journal is full'));
    await ann.say(room, 'two');
    await bridge.ended();
    bridge.port.refuse(undefined);
    await ann.say(room, 'three');
    await bridge.port.until(({ session }) => (session && session !== first ? true : undefined));
    assert.deepEqual(await bridge.told(room, 3), ['one', 'two', 'three']);
    const resumed = bridge.port.logged.some(({ message }) => message === 'resumed');
    assert.ok(resumed, 'the stream was resumed');
    await bridge.say(room, 'here');
    assert.deepEqual(await ann.untilHeard(room, 'hutong', 1), ['here']);
    assert.equal(bridge.port.of('leave').length, 0);
  });

  test('a room without archive tells what was missed from its history, marked as such', async () => {
    await using plain = await startProsody({ users: USERS, mam: false, extraConfig: persistent });
    const room = `plain@${plain.mucDomain}`;
    await using ann = await Peer.connect(plain, 'ann', room);
    await ann.say(room, 'old');
    await ann.untilHeard(room, 'ann', 1);
    const first = new Bridge(plain, { rooms: [room] });
    await first.inside(room);
    await ann.say(room, 'live');
    assert.deepEqual(await first.told(room, 1), ['live']);
    assert.equal(first.port.of('message')[0]?.native, undefined);
    await first.say(room, 'ours');
    await first[Symbol.asyncDispose]();
    await ann.say(room, 'missed');
    await ann.untilHeard(room, 'ann', 3);

    await using second = new Bridge(plain, { port: first.port });
    await second.inside(room);
    await ann.say(room, 'last');
    await second.port.until(() => (second.texts(room).includes('last') ? true : undefined));
    const texts = second.texts(room);
    assert.ok(!texts.includes('ours'), 'the own message is known by its token');
    assert.deepEqual(texts.slice(-2), ['missed', 'last']);
    const delayed = second.port.of('message').filter((event) => event.delayed);
    assert.ok(
      delayed.some((event) => event.body.some((part) => part.type === 'text' && part.text === 'missed')),
    );
    assert.ok(delayed.every((event) => event.at !== undefined && event.at <= clock.now()));
  });

  test('a room that refuses us, or does not exist, does not keep others from working and is told', async () => {
    const [open, closed] = [newRoom(), newRoom()];
    const nowhere = 'room@nowhere.localhost';
    await using ann = await Peer.connect(server, 'ann', open);
    await ann.join(closed, 'ann');
    const ban = xml('item', { jid: `bridge@${server.domain}`, affiliation: 'outcast' });
    await ann.session.iq(xml('iq', { to: closed, type: 'set' }, xml('query', { xmlns: MUC_ADMIN }, ban)));
    await using bridge = new Bridge(server, { rooms: [closed, open, nowhere] });
    await bridge.inside(open);
    const told = await bridge.port.until(({ states }) =>
      states.find(({ message }) => message?.includes(closed) && message.includes(nowhere)),
    );
    assert.match(told.message ?? '', /banned from the room/);
    await assert.rejects(bridge.say(closed, 'hello'), (error) => {
      assert.ok(error instanceof DeliveryError);
      assert.deepEqual([error.outcome, error.permanent], ['failed', false]);
      assert.match(error.message, /banned/);
      return true;
    });
    await bridge.say(open, 'hello');
    assert.deepEqual(await ann.untilHeard(open, 'hutong', 1), ['hello']);
    assert.deepEqual(bridge.ends, []);
  });

  test('a room that is not linked any more is left, and entered again when something is still to be said', async () => {
    const [kept, left] = [newRoom(), newRoom()];
    await using ann = await Peer.connect(server, 'ann', kept);
    await ann.join(left, 'ann');
    await using bridge = new Bridge(server, { rooms: [kept, left] });
    await bridge.inside(kept, left);
    bridge.port.linkRooms([kept]);
    await ann.until(
      (stanza) => stanza.attr('from') === `${left}/hutong` && stanza.attr('type') === 'unavailable',
    );
    await bridge.say(left, 'late');
    assert.deepEqual(await ann.untilHeard(left, 'hutong', 1), ['late']);
    await assert.rejects(
      bridge.say(`nobody-made-this@${server.mucDomain}`, 'lost'),
      /there is no nobody-made-this/,
    );
    await bridge.say(kept, 'here');
    assert.deepEqual(bridge.ends, []);
  });

  test('a message the room does not let us say is refused with its reason', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    await bridge.say(room, 'allowed');
    const form = xml(
      'x',
      { xmlns: 'jabber:x:data', type: 'submit' },
      xml('field', { var: 'FORM_TYPE' }, xml('value', {}, 'http://jabber.org/protocol/muc#roomconfig')),
      xml('field', { var: 'muc#roomconfig_moderatedroom' }, xml('value', {}, '1')),
    );
    const owner = xml('query', { xmlns: 'http://jabber.org/protocol/muc#owner' }, form);
    await ann.session.iq(xml('iq', { to: room, type: 'set' }, owner));
    const mute = xml('query', { xmlns: MUC_ADMIN }, xml('item', { nick: 'hutong', role: 'visitor' }));
    await ann.session.iq(xml('iq', { to: room, type: 'set' }, mute));
    await assert.rejects(bridge.say(room, 'mute'), (error) => {
      assert.ok(error instanceof DeliveryError);
      assert.deepEqual([error.outcome, error.permanent], ['failed', true]);
      assert.match(error.message, /forbidden/);
      return true;
    });
  });

  test('corrections, removals, reactions, answers and actions keep their targets', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    const id = await ann.say(room, 'frist');
    await bridge.told(room, 1);
    const native = bridge.port.of('message')[0]?.native;
    assert.ok(native !== undefined);
    await ann.say(room, 'first', toCorrection(id));
    const act = (...payload: Parameters<typeof xml>[2][]) =>
      ann.session.send(xml('message', { to: room, type: 'groupchat', id: clock.id() }, ...payload));
    await act(...toReactions({ id: native, emojis: ['👍', '🎉'] }));
    await act(...toReactions({ id: native, emojis: ['👍'] }));
    const quote = '> ann: first\n';
    await ann.say(
      room,
      `${quote}yes 😀`,
      toReply({ id: native, to: `${room}/ann` }),
      toReplyFallback([...quote].length),
    );
    await ann.say(room, '/me waves');
    await act(...toRetraction(native));
    const recall = await bridge.port.until((port) => port.of('recall')[0]);
    assert.equal(recall.target, native);
    const [edit] = bridge.port.of('edit');
    assert.deepEqual([edit?.target, edit?.body], [native, textBody('first')]);
    const reactions = bridge.port.of('reaction').map(({ emoji, added, target }) => [emoji, added, target]);
    assert.deepEqual(reactions, [
      ['👍', true, native],
      ['🎉', true, native],
      ['🎉', false, native],
    ]);
    const [, reply, action] = bridge.port.of('message');
    assert.deepEqual(reply?.body, textBody('yes 😀'));
    assert.deepEqual(reply.replyTo, { native, quote: { name: 'ann', text: 'ann: first' } });
    assert.deepEqual([action?.body, action?.action], [textBody('waves'), true]);

    const { actions } = await bridge.online();
    const common = { room, at: clock.now(), hops: ['hub0001'] };
    const said = await actions.send({ ...common, token: bridge.token(), body: textBody('sed') });
    const target = said.native ?? '';
    await actions.edit?.({ ...common, token: bridge.token(), target, body: textBody('said') });
    const author = { name: 'x', account: 'house', user: 'x' };
    await actions.react?.({ room, token: bridge.token(), target, emoji: '👍', added: true, author });
    await actions.recall?.({ room, token: bridge.token(), target });
    const original = await ann.until((stanza) => stanza.childText('body') === 'sed');
    assert.equal(readStanzaId(original, room), target);
    const edited = await ann.until((stanza) => stanza.childText('body') === 'said');
    assert.equal(edited.child('replace', 'urn:xmpp:message-correct:0')?.attr('id'), original.attr('id'));
    await ann.until((stanza) => stanza.child('retract', 'urn:xmpp:message-retract:1')?.attr('id') === target);
    await ann.say(room, 'last');
    await bridge.told(room, 4);
    assert.equal(bridge.port.of('edit').length, 1, 'own acts are not reported');
    assert.equal(bridge.port.of('recall').length, 1);
  });

  test('people come, change their names, set the subject and go', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    const { actions } = await bridge.online();
    assert.deepEqual(
      actions.members?.(room).map(({ name }) => name),
      ['ann'],
    );
    {
      await using bea = await Peer.connect(server, 'bea', room);
      const join = await bridge.port.until((port) => port.of('join')[0]);
      assert.equal(join.who.name, 'bea');
      await bea.session.send(xml('presence', { to: `${room}/beatrice` }));
      const rename = await bridge.port.until((port) => port.of('rename')[0]);
      assert.deepEqual([rename.oldName, rename.who.name, rename.who.id], ['bea', 'beatrice', join.who.id]);
    }
    const leave = await bridge.port.until((port) => port.of('leave')[0]);
    assert.equal(leave.who.name, 'beatrice');
    await ann.session.send(xml('message', { to: room, type: 'groupchat' }, xml('subject', {}, '胡同')));
    const topic = await bridge.port.until((port) => port.of('topic')[0]);
    assert.deepEqual([topic.topic, topic.actor?.name], ['胡同', 'ann']);
    assert.equal(bridge.port.of('join').length, 1, 'who was there before is no news');
  });

  test('another client of the same account is somebody who says something', async () => {
    const room = newRoom();
    await using other = await Peer.connect(server, 'bridge', room, 'hutong');
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    await bridge.say(room, 'from the hub');
    await other.say(room, 'by hand');
    assert.deepEqual(await bridge.told(room, 1), ['by hand']);
    assert.equal(bridge.port.of('message')[0]?.own, true);
  });

  test('people write to the account, in person and from a room', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    const chat = (to: string, text: string) =>
      ann.session.send(xml('message', { to, type: 'chat', id: clock.id() }, xml('body', {}, text)));
    await chat(`bridge@${server.domain}`, 'in person');
    await chat(`${room}/hutong`, 'in the room');
    const [direct, occupant] = [`ann@${server.domain}`, `${room}/ann`];
    assert.deepEqual(await bridge.told(direct, 1), ['in person']);
    assert.deepEqual(await bridge.told(occupant, 1), ['in the room']);
    await bridge.say(direct, 'answer');
    await bridge.say(occupant, 'private answer');
    await ann.until((stanza) => stanza.childText('body') === 'answer' && stanza.attr('type') === 'chat');
    await ann.until((stanza) => stanza.childText('body') === 'private answer');
  });

  test('hub marks are put on and read back', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await using other = new Bridge(server, { rooms: [room], user: 'bea', nick: 'other' });
    await Promise.all([bridge.inside(room), other.inside(room)]);
    await bridge.say(room, 'marked');
    const event = await other.port.until((port) => port.of('message')[0]);
    assert.deepEqual(event.hops, ['hub0001']);
    await ann.untilHeard(room, 'hutong', 1);
  });

  test('nothing that is written in a message can do more than be read', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    const since = clock.now();
    const forged = xml('stanza-id', { xmlns: 'urn:xmpp:sid:0', by: room, id: 'forged' });
    const delay = xml('delay', { xmlns: 'urn:xmpp:delay', from: room, stamp: '2001-01-01T00:00:00Z' });
    await ann.say(
      room,
      'forged',
      forged,
      delay,
      xml('occupant-id', { xmlns: 'urn:xmpp:occupant-id:0', id: 'x' }),
    );
    await ann.say(room, 'moderated?', ...toRetraction('x').slice(0, 1));
    const archive = xml('result', { xmlns: 'urn:xmpp:mam:2', queryid: 'q1', id: 'x' });
    await ann.say(room, 'archived?', archive);
    await bridge.say(room, 'bell\u0007 \u0000 \ufffe end');
    const [heard = ''] = await ann.untilHeard(room, 'hutong', 1);
    assert.match(heard, /^bell\P{Cc}+ end$/u);
    assert.deepEqual(await bridge.told(room, 2), ['forged', 'archived?']);
    const [event] = bridge.port.of('message');
    assert.notEqual(event?.native, 'forged');
    assert.notEqual(event?.sender.id, 'x');
    assert.ok(event?.at === undefined || event.at > since - 60_000, 'its time is not taken from the message');
  });

  test(
    'slixmpp and the hub understand each other',
    {
      skip: skipWithout('slixmpp', 'python3-slixmpp', ['/usr/lib/python3/dist-packages/slixmpp/__init__.py']),
    },
    async () => {
      const room = newRoom();
      await using bridge = new Bridge(server, { rooms: [room] });
      await bridge.inside(room);
      const script = new URL('./xmpp-slixmpp-peer.py', import.meta.url).pathname;
      const peer = run('/usr/bin/python3', [
        script,
        `bea@${server.domain}`,
        PASSWORD,
        String(server.port),
        room,
      ]);
      assert.deepEqual(await bridge.told(room, 1), ['你好\nfrom slixmpp']);
      await bridge.say(room, '再见\nfrom the hub');
      assert.equal((await peer).stdout, '再见\nfrom the hub\n');
    },
  );
});
