/**
 * The XMPP network against real servers: what is said goes both ways once and in order, whatever happens in between.
 */
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import type { AccountError } from '../../src/hub/errors.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { Bridge, Peer, USERS } from './xmpp-peer.ts';

const CHINESE = '胡同互通'.repeat(750);

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
  describe(`with ${name}`, { skip }, () => {
    let server: XmppServer;
    let rooms = 0;
    const newRoom = () => `room${(rooms += 1)}@${server.mucDomain}`;
    before(async () => {
      server = await start({ users: USERS });
    });
    after(() => server[Symbol.asyncDispose]());

    test('text goes both ways, long and in lines, and the own echo is not reported', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new Bridge(server, { rooms: [room] });
      await bridge.inside(room);

      const texts = ['你好', CHINESE, 'one\ntwo\n\n  three', '<b>&amp;</b> ]]>', '/me'];
      for (const text of texts) await ann.say(room, text);
      assert.deepEqual(await bridge.told(room, texts.length), texts);
      const [first] = bridge.port.of('message');
      assert.equal(first?.sender.name, 'ann');
      assert.ok(first.native, 'the room names the message');

      const session = await bridge.online();
      assert.equal(session.lacksRoom?.(room), undefined);
      assert.equal(session.lacksRoom?.(room.toUpperCase()), `"${room.toUpperCase()}" is written ${room}`);

      const receipts = await Promise.all(texts.map((text) => bridge.say(room, text)));
      assert.deepEqual(await ann.untilHeard(room, 'hutong', texts.length), texts);
      assert.equal(new Set(receipts.map(({ native }) => native)).size, texts.length);
      await ann.say(room, 'last');
      assert.deepEqual((await bridge.told(room, texts.length + 1)).at(-1), 'last');
      assert.equal(bridge.port.of('message').length, texts.length + 1);
    });

    test('a nick that is taken gets a suffix, and one that is refused is made fit', async () => {
      const [taken, emoji] = [newRoom(), newRoom()];
      await using ann = await Peer.connect(server, 'ann', taken, 'hutong');
      await ann.join(emoji, 'ann');
      await using bridge = new Bridge(server, { rooms: [taken] });
      await bridge.inside(taken);
      await bridge.say(taken, 'hello');
      assert.deepEqual(await ann.untilHeard(taken, 'hutong_2', 1), ['hello']);

      await using smiling = new Bridge(server, { rooms: [emoji], user: 'bea', nick: '🎉 胡同' });
      await smiling.inside(emoji);
      await smiling.say(emoji, 'hello');
      const heard = await ann.until(
        (stanza) => stanza.childText('body') === 'hello' && stanza.attr('from')?.startsWith(emoji) === true,
      );
      assert.match(heard.attr('from') ?? '', /胡同$/);
      await ann.say(emoji, 'last');
      assert.deepEqual(await smiling.told(emoji, 1), ['last']);
    });

    test('a room that is linked while the account runs is joined, without a new connection', async () => {
      const [one, two] = [newRoom(), newRoom()];
      await using ann = await Peer.connect(server, 'ann', one);
      await ann.join(two, 'ann');
      await using bridge = new Bridge(server, { rooms: [one] });
      await bridge.inside(one);
      bridge.port.linkRooms([one, two]);
      await bridge.inside(one, two);
      await ann.say(two, 'second');
      await ann.say(one, 'first');
      assert.deepEqual(await bridge.told(two, 1), ['second']);
      assert.deepEqual(await bridge.told(one, 1), ['first']);
      assert.deepEqual(bridge.ends, [], 'the connection is still the first one');
    });

    test('what was said before the room was first joined is not fetched', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      for (let i = 0; i < 5; i += 1) await ann.say(room, `old ${i}`);
      await ann.untilHeard(room, 'ann', 5);
      await using bridge = new Bridge(server, { rooms: [room] });
      await bridge.inside(room);
      await ann.say(room, 'new');
      assert.deepEqual(await bridge.told(room, 1), ['new']);
    });

    test('what was said while the hub was away arrives from the archive, in order, once', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      const first = new Bridge(server, { rooms: [room] });
      await first.inside(room);
      await ann.say(room, 'before');
      await first.told(room, 1);
      await first.say(room, 'ours');
      await first[Symbol.asyncDispose]();
      const missed = Array.from({ length: 120 }, (_, i) => `missed ${i}`);
      for (const text of missed) await ann.say(room, text);
      await ann.untilHeard(room, 'ann', 121);

      await using second = new Bridge(server, { port: first.port });
      await second.inside(room);
      await ann.say(room, 'live');
      const texts = await second.told(room, missed.length + 2);
      assert.deepEqual(withoutCopies(second), ['before', ...missed, 'live'], texts.slice(0, 3).join());
    });

    test('after a crash it is known what was sent and what was not', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      const first = new Bridge(server, { rooms: [room] });
      await first.inside(room);
      const [sent, never] = [first.token(), first.token()];
      const since = Date.now();
      const receipt = await first.say(room, 'sent', sent);
      await first[Symbol.asyncDispose]();
      await using second = new Bridge(server, { port: first.port });
      const { actions } = await second.online();
      assert.deepEqual(await actions.find?.({ room, token: sent, since }), receipt);
      assert.equal(await actions.find?.({ room, token: never, since }), 'absent');
      await ann.say(room, 'last');
      assert.deepEqual(await second.told(room, 1), ['last'], 'the own message is not reported');
    });

    test('somebody kicked comes back', async () => {
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new Bridge(server, { rooms: [room] });
      await bridge.inside(room);
      await ann.say(room, 'before');
      await bridge.told(room, 1);
      const kick = xml(
        'query',
        { xmlns: 'http://jabber.org/protocol/muc#admin' },
        xml('item', { nick: 'hutong', role: 'none' }, xml('reason', {}, 'too loud')),
      );
      await ann.session.iq(xml('iq', { to: room, type: 'set' }, kick));
      await bridge.port.until(({ states }) =>
        states.find(({ message }) => message?.includes('kicked: too loud')),
      );
      await ann.say(room, 'meanwhile');
      await bridge.inside(room);
      await ann.say(room, 'again');
      assert.deepEqual(await bridge.told(room, 3), ['before', 'meanwhile', 'again']);
      await bridge.say(room, 'here');
      await ann.untilHeard(room, 'hutong', 1);
    });

    test('rooms and connection come back after the server was killed, with nothing lost or doubled', async () => {
      const room = newRoom();
      await using own = await start({ users: USERS });
      await using bridge = new Bridge(own, { rooms: [room] });
      {
        await using ann = await Peer.connect(own, 'ann', room);
        await bridge.inside(room);
        for (let i = 0; i < 20; i += 1) await ann.say(room, `early ${i}`);
        await bridge.told(room, 20);
        await ann.untilHeard(room, 'ann', 20);
      }
      await own.kill();
      await own.start();
      await using ann = await Peer.connect(own, 'ann', room);
      for (let i = 0; i < 20; i += 1) await ann.say(room, `late ${i}`);
      const expected = [0, 1].flatMap((half) =>
        Array.from({ length: 20 }, (__, i) => `${half ? 'late' : 'early'} ${i}`),
      );
      await bridge.inside(room);
      await bridge.told(room, 40);
      await bridge.port.until(() => (withoutCopies(bridge).length >= 40 ? true : undefined));
      assert.deepEqual(withoutCopies(bridge), expected);
      await bridge.say(room, 'here');
      assert.deepEqual(await ann.untilHeard(room, 'hutong', 1), ['here']);
    });

    test('a wrong password ends it for good, in plain words', async () => {
      await using bridge = new Bridge(server, { password: 'wrong' });
      const end = (await bridge.ended()) as AccountError;
      assert.equal(end.code, 'account-auth');
      assert.equal(end.final, true);
    });
  });
}

/** Texts as the hub keeps them: a message seen again is known by its id. */
function withoutCopies(bridge: Bridge): string[] {
  const seen = new Set<string | undefined>();
  return bridge.port.of('message').flatMap((event) => {
    if (event.native !== undefined && seen.has(event.native)) return [];
    seen.add(event.native);
    return event.body.map((segment) => (segment.type === 'text' ? segment.text : ''));
  });
}
