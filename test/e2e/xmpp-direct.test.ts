/**
 * Direct messages of an account against real servers: what is written to it arrives once and in order, whichever
 * client of the account was there, and what it writes is known to have arrived or not.
 */
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import type { MessageReport } from '../../src/hub/event.ts';
import { toPlainText } from '../../src/hub/message.ts';
import { CARBONS_NS } from '../../src/wire/xmpp/carbon.ts';
import { xml, type XmlNode } from '../../src/wire/xmpp/element.ts';
import { toCorrection, toReactions, toReply } from '../../src/wire/xmpp/message-acts.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { Bridge, clock, Peer, USERS } from './xmpp-peer.ts';

const programs: [
  name: string,
  skip: string | false,
  start: (options: XmppServerOptions) => Promise<XmppServer>,
][] = [
  ['Prosody', skipProsody, startProsody],
  ['ejabberd', skipEjabberd, startEjabberd],
];

for (const [name, skip, start] of programs) {
  describe(`with ${name}`, { skip }, () => {
    let server: XmppServer;
    const users = ['ann', 'bea', 'cid', 'dan', 'eve'].map((user) => `${user}@localhost`);
    const [ann, bea] = users as [string, string];
    const account = 'bridge@localhost';
    before(async () => {
      const more = ['cid', 'dan', 'eve'].map((user) => [user, 'secret'] as const);
      server = await start({ users: [...USERS, ...more] });
    });
    after(() => server[Symbol.asyncDispose]());

    test('what is written while the hub is away arrives in order, once, and what the hub sent is not reported', async () => {
      await using peer = await Peer.connect(server, 'ann');
      const first = new Bridge(server);
      await atWork(first);
      await write(peer, account, 'before');
      assert.deepEqual(await first.told(ann, 1), ['before']);
      await first.say(ann, 'ours');
      await first[Symbol.asyncDispose]();
      const missed = Array.from({ length: 120 }, (_, index) => `missed ${index}`);
      for (const text of missed) await write(peer, account, text);
      await peer.sync();

      await using second = new Bridge(server, { port: first.port });
      await second.online();
      await write(peer, account, 'live');
      await untilKept(second, ann, missed.length + 2);
      assert.deepEqual(kept(second, ann), ['before', ...missed, 'live']);
    });

    test('after a crash it is known what was sent and what was not', async () => {
      await using peer = await Peer.connect(server, 'ann');
      const first = new Bridge(server);
      const since = clock.now();
      const [sent, never] = [first.token(), first.token()];
      const receipt = await first.say(ann, 'sent', sent);
      await peer.until((stanza) => stanza.childText('body') === 'sent');
      await first.crash();
      await using second = new Bridge(server, { port: first.port });
      const { actions } = await second.online();
      assert.deepEqual(await actions.find?.({ room: ann, token: sent, since }), receipt);
      assert.equal(await actions.find?.({ room: ann, token: never, since }), 'absent');
    });

    test('what the account says from another client comes as its own, where the hub has to do with it', async () => {
      await using peer = await Peer.connect(server, 'bea');
      await using phone = await Peer.connect(server, 'bridge');
      await using bridge = new Bridge(server, { rooms: [bea] });
      await atWork(bridge);
      await write(peer, account, 'hello');
      await bridge.told(bea, 1);
      await write(phone, bea, 'from my phone');
      await write(phone, 'cid@localhost', 'not the hub’s business');
      await phone.sync();
      await write(peer, account, 'last');
      await bridge.told(bea, 3);
      const reports = bridge.port.of('message');
      assert.deepEqual(
        reports.map(({ room, body, own, sender }) => [room, toPlainText(body), own === true, sender.id]),
        [
          [bea, 'hello', false, bea],
          [bea, 'from my phone', true, account],
          [bea, 'last', false, bea],
        ],
      );
      await bridge[Symbol.asyncDispose]();
      await write(phone, bea, 'while the hub was away');
      await write(phone, 'cid@localhost', 'still not');
      await phone.sync();
      await using second = new Bridge(server, { port: bridge.port });
      await second.online();
      await write(peer, account, 'again');
      await untilKept(second, bea, 5);
      assert.deepEqual(kept(second, bea), [
        'hello',
        'from my phone',
        'last',
        'while the hub was away',
        'again',
      ]);
      assert.deepEqual(second.texts('cid@localhost'), []);
    });

    test('a copy that somebody else forges is refused', async () => {
      await using peer = await Peer.connect(server, 'eve');
      await using bridge = new Bridge(server, { rooms: [ann] });
      await atWork(bridge);
      const forged = xml(
        'message',
        { xmlns: 'jabber:client', from: ann, to: account, type: 'chat' },
        xml('body', {}, 'I owe eve money'),
      );
      const forwarded = xml('forwarded', { xmlns: 'urn:xmpp:forward:0' }, forged);
      await peer.session.send(
        xml('message', { to: account, type: 'chat' }, xml('received', { xmlns: CARBONS_NS }, forwarded)),
      );
      await write(peer, account, 'behind it');
      await bridge.told('eve@localhost', 1);
      assert.deepEqual(bridge.texts(ann), []);
    });

    test('corrections, reactions and answers find what they are about, over a restart too', async () => {
      await using peer = await Peer.connect(server, 'dan');
      const dan = 'dan@localhost';
      const first = new Bridge(server);
      await atWork(first);
      const id = await write(peer, account, 'helo');
      await first.told(dan, 1);
      const ours = await first.say(dan, 'what?');
      await first[Symbol.asyncDispose]();
      await using second = new Bridge(server, { port: first.port });
      const { actions } = await second.online();
      await write(peer, account, 'hello', toCorrection(id));
      await write(peer, account, 'I mean you', toReply({ id: ours.native ?? '', to: account }));
      await peer.session.send(
        xml(
          'message',
          { to: account, type: 'chat', id: clock.id() },
          ...toReactions({ id: ours.native ?? '', emojis: ['👍'] }),
        ),
      );
      const reaction = await second.port.until(() => second.port.of('reaction')[0]);
      const native = second.port.of('message')[0]?.native ?? '';
      assert.deepEqual([second.port.of('edit')[0]?.target, reaction.target], [native, ours.native]);
      assert.equal(second.port.of('message').at(-1)?.replyTo?.native, ours.native);

      await actions.react?.({
        room: dan,
        token: second.token(),
        target: native,
        emoji: '🎉',
        added: true,
        author: { name: 'ann', account: 'house', user: 'ann' },
      });
      const reacted = await peer.until(
        (stanza) => stanza.child('reactions', 'urn:xmpp:reactions:0') !== undefined,
      );
      assert.equal(reacted.child('reactions', 'urn:xmpp:reactions:0')?.attr('id'), id);
    });

    test('two messages to which a client gave one id are both told', async () => {
      await using peer = await Peer.connect(server, 'eve');
      await using bridge = new Bridge(server);
      await atWork(bridge);
      for (const text of ['one', 'two']) {
        await peer.session.send(
          xml('message', { to: account, type: 'chat', id: 'aaca' }, xml('body', {}, text)),
        );
      }
      await bridge.told('eve@localhost', 2);
      assert.deepEqual(kept(bridge, 'eve@localhost'), ['one', 'two']);
    });

    test('a message to nobody is refused, and those around it arrive', async () => {
      await using peer = await Peer.connect(server, 'ann');
      await using bridge = new Bridge(server);
      await atWork(bridge);
      const sends = [ann, 'nobody@localhost', ann, 'nobody@nowhere.localhost'].map((room, index) =>
        bridge.say(room, `message ${index}`),
      );
      const outcomes = await Promise.allSettled(sends);
      const failed = outcomes.map((outcome) =>
        outcome.status === 'rejected' && outcome.reason instanceof DeliveryError
          ? outcome.reason.outcome
          : 'sent',
      );
      assert.deepEqual(failed, ['sent', 'failed', 'sent', 'failed']);
      const heard = await peer.until((stanza) => stanza.childText('body') === 'message 2');
      assert.equal(heard.attr('from')?.split('/')[0], account);
    });

    test('what was refused does not count as sent later, though the archive has it', async () => {
      await using peer = await Peer.connect(server, 'ann');
      const first = new Bridge(server);
      await atWork(first);
      await write(peer, account, 'one');
      await first.told(ann, 1);
      const token = first.token();
      await assert.rejects(first.say('nobody@localhost', 'is anybody there?', token));
      await first[Symbol.asyncDispose]();
      await write(peer, account, 'two');
      await using second = new Bridge(server, { port: first.port });
      await untilKept(second, ann, 2);
      await assert.rejects(second.say('nobody@localhost', 'is anybody there?', token));
    });

    test('many messages at once arrive in order', async () => {
      await using peer = await Peer.connect(server, 'ann');
      await using bridge = new Bridge(server);
      await atWork(bridge);
      const texts = Array.from({ length: 64 }, (_, index) => `many ${index}`);
      await Promise.all(texts.map((text) => bridge.say(ann, text)));
      await peer.until((stanza) => stanza.childText('body') === texts.at(-1));
      const heard = peer.stanzas
        .flatMap((stanza) => stanza.childText('body') ?? [])
        .filter((text) => text.startsWith('many'));
      assert.deepEqual(heard, texts);
    });

    test('who only sends need not read it all again after a restart', async () => {
      await using reader = await Peer.connect(server, 'ann');
      await using bridge = new Bridge(server);
      await atWork(bridge);
      const cursor = () => bridge.port.store.get('direct-cursor');
      await bridge.say(ann, 'first');
      const begun = await cursor();
      for (let round = 0; round < 4; round += 1) {
        await Promise.all(
          Array.from({ length: 64 }, (_, index) => bridge.say(ann, `news ${round} ${index}`)),
        );
      }
      while ((await cursor()) === begun) await new Promise((resolve) => setImmediate(resolve));
      await reader.until((stanza) => stanza.childText('body') === 'news 3 63');
    });

    test('a link to a person is a conversation, not a room', async () => {
      await using peer = await Peer.connect(server, 'ann');
      const room = `with-persons@${server.mucDomain}`;
      await using bridge = new Bridge(server, { rooms: [ann, room] });
      await bridge.inside(room);
      await bridge.say(ann, 'hello');
      await peer.until((stanza) => stanza.childText('body') === 'hello');
      assert.deepEqual(
        peer.stanzas.filter(
          (stanza) => stanza.name === 'presence' && stanza.attr('from')?.startsWith(account),
        ),
        [],
        'it did not try to enter her',
      );
      const rooms = await (await bridge.online()).actions.rooms?.();
      assert.deepEqual(
        rooms?.map((each) => each.room),
        [room],
      );
    });

    test('a server that was killed loses and doubles nothing', async () => {
      await using own = await start({ users: USERS });
      await using bridge = new Bridge(own);
      await atWork(bridge);
      {
        await using peer = await Peer.connect(own, 'ann');
        for (let index = 0; index < 20; index += 1) await write(peer, account, `early ${index}`);
        await bridge.told(ann, 20);
      }
      await own.kill();
      await own.start();
      await using peer = await Peer.connect(own, 'ann');
      for (let index = 0; index < 20; index += 1) await write(peer, account, `late ${index}`);
      await untilKept(bridge, ann, 40);
      const expected = ['early', 'late'].flatMap((half) =>
        Array.from({ length: 20 }, (_, index) => `${half} ${index}`),
      );
      assert.deepEqual(kept(bridge, ann), expected);
    });
  });
}

/** Resolves when the server knows that the account is there, and the archive is followed. */
async function atWork(bridge: Bridge): Promise<void> {
  await bridge.online();
  while ((await bridge.port.store.get('direct-cursor')) === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function write(peer: Peer, to: string, text: string, ...more: XmlNode[]): Promise<string> {
  const id = clock.id();
  await peer.session.send(xml('message', { to, type: 'chat', id }, xml('body', {}, text), ...more));
  return id;
}

/** As the hub keeps them: a message seen again is known by its id. */
function kept(bridge: Bridge, room: string): string[] {
  const seen = new Set<string | undefined>();
  return bridge.port.of('message').flatMap((report: MessageReport) => {
    if (report.room !== room || (report.native !== undefined && seen.has(report.native))) return [];
    seen.add(report.native);
    return [toPlainText(report.body)];
  });
}

async function untilKept(bridge: Bridge, room: string, count: number): Promise<void> {
  await bridge.port.until(() => (kept(bridge, room).length >= count ? true : undefined));
}
