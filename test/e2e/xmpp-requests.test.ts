/**
 * What people ask of an account on real servers: to be its contact, and that it comes into a room, by the room's invitation
 * and by a person's own.
 */
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import type { RequestReport } from '../../src/hub/event.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import { MUC_USER_NS } from '../../src/wire/xmpp/muc.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { Bridge, Peer, USERS } from './xmpp-peer.ts';

const programs: [
  name: string,
  skip: string | false,
  start: (options: XmppServerOptions) => Promise<XmppServer>,
][] = [
  ['Prosody', skipProsody, startProsody],
  ['ejabberd', skipEjabberd, startEjabberd],
];

/** The newest request that the hub was told of, once there are so many. */
function told({ port }: Bridge, count: number): Promise<RequestReport> {
  return port.until(() => port.of('request')[count - 1]);
}

/** A client that wants to hear of its contacts: some servers tell nobody else how a request was answered. */
async function connect(server: XmppServer, name: string): Promise<Peer> {
  const peer = await Peer.connect(server, name);
  await peer.session.iq(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
  return peer;
}

async function answer(
  bridge: Bridge,
  report: RequestReport,
  accepted: boolean,
  reason?: string,
): Promise<void> {
  const { actions } = await bridge.online();
  const { room, request, ask } = report;
  await actions.answer!({
    room,
    request,
    ask,
    accepted,
    token: 't',
    ...(reason !== undefined && { reason }),
  });
}

for (const [name, skip, start] of programs) {
  describe(`with ${name}`, { skip }, () => {
    let server: XmppServer;
    const account = 'bridge@localhost';
    before(async () => {
      server = await start({ users: USERS });
    });
    after(() => server[Symbol.asyncDispose]());

    test('who wants to be a contact is told once, also when the server tells it at the next login, and is accepted', async () => {
      await using ann = await connect(server, 'ann');
      const first = new Bridge(server);
      await first.online();
      await ann.session.send(xml('presence', { to: account, type: 'subscribe' }));
      const report = await told(first, 1);
      assert.deepEqual(
        [report.ask, report.room, report.direct, report.from],
        ['contact', 'ann@localhost', true, { id: 'ann@localhost', name: 'ann' }],
      );
      await first[Symbol.asyncDispose]();
      await using second = new Bridge(server, { port: first.port });
      const again = await told(second, 2);
      assert.equal(again.request, report.request, 'the same request, told again');
      await answer(second, report, true);
      await ann.until((stanza) => stanza.name === 'presence' && stanza.attr('type') === 'subscribed');
      // Done already: nothing more is said.
      await answer(second, report, true);
    });

    test('who is refused may ask once more', async () => {
      await using bea = await connect(server, 'bea');
      await using bridge = new Bridge(server);
      await bridge.online();
      const subscribe = xml('presence', { to: account, type: 'subscribe' });
      await bea.session.send(subscribe);
      const first = await told(bridge, 1);
      await answer(bridge, first, false);
      await bea.until((stanza) => stanza.attr('type') === 'unsubscribed');
      await bea.session.send(subscribe);
      const second = await told(bridge, 2);
      assert.notEqual(second.request, first.request);
      await answer(bridge, second, false);
    });

    test('an invitation by the room is refused by way of the room, with a reason', async () => {
      const room = `tea@${server.mucDomain}`;
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new Bridge(server);
      await bridge.online();
      const invite = xml('invite', { to: account }, xml('reason', {}, 'tea is ready'));
      await ann.session.send(xml('message', { to: room }, xml('x', { xmlns: MUC_USER_NS }, invite)));
      const report = await told(bridge, 1);
      assert.deepEqual([report.ask, report.room, report.comment], ['invite', room, 'tea is ready']);
      assert.match(report.from.id, /ann/);
      await answer(bridge, report, false, 'no time');
      const declined = await ann.until(
        (stanza) => stanza.child('x', MUC_USER_NS)?.child('decline') !== undefined,
      );
      assert.equal(declined.child('x', MUC_USER_NS)?.child('decline')?.childText('reason'), 'no time');
    });

    test('a person’s own invitation is told, and accepting it says nothing: a link leads into the room', async () => {
      const room = `yard@${server.mucDomain}`;
      await using ann = await Peer.connect(server, 'ann');
      await using bridge = new Bridge(server);
      await bridge.online();
      const x = xml('x', { xmlns: 'jabber:x:conference', jid: room, reason: 'come' });
      await ann.session.send(xml('message', { to: account }, x));
      const report = await told(bridge, 1);
      assert.deepEqual(
        [report.ask, report.room, report.comment, report.from.id],
        ['invite', room, 'come', 'ann@localhost'],
      );
      await answer(bridge, report, true);
    });
  });
}
