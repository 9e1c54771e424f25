import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { xml } from '../../wire/xmpp/element.ts';
import { MUC_USER_NS } from '../../wire/xmpp/muc.ts';
import { NS } from '../../wire/xmpp/namespaces.ts';
import { createConnection } from './connection.ts';
import { OwnTokens } from './echoes.ts';
import { MucRoom } from './room.ts';

const ROOM = 'alley@rooms.example';
const clock = createSystemClock();

test('what a room sends before it has let us in was sent to an earlier session, and would come before the backlog', async (t) => {
  const over = new AbortController();
  t.after(() => over.abort());
  const port = new FakePort();
  const asked = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const joined = Promise.withResolvers<void>();
  const connection = createConnection({
    clock,
    port,
    domain: 'example',
    signal: over.signal,
    fail: (error) => joined.reject(error),
    stream: {
      send: async (stanza) => {
        if (stanza.name === 'presence') joined.resolve();
      },
      sendAcked: async () => {},
      iq: async () => {
        asked.resolve();
        await told.promise;
        return xml('iq', { type: 'result' }, xml('query', { xmlns: NS.discoInfo }));
      },
    },
  });
  const tokens = new OwnTokens();
  const room = new MucRoom({
    jid: ROOM,
    nick: 'hutong',
    spareNick: 'bridge',
    selfPingMs: 60_000,
    clock,
    tokens,
    changed: () => {},
  });
  const say = (text: string) =>
    room.handleMessage(xml('message', { from: `${ROOM}/ann`, type: 'groupchat' }, xml('body', {}, text)));

  room.attend(connection, false);
  await asked.promise;
  void say('to an earlier session');
  told.resolve();
  await joined.promise;
  const self = xml('x', { xmlns: MUC_USER_NS }, xml('status', { code: '110' }));
  void room.handlePresence(xml('presence', { from: `${ROOM}/hutong` }, self));
  void say('to us');
  const texts = await port.until(({ events }) => (events.length > 0 ? events : undefined));
  assert.deepEqual(
    texts.map((event) => event.kind === 'message' && event.body),
    [[{ type: 'text', text: 'to us' }]],
  );
  await room.detach();
});
