// What is said in a room: in order, though one cannot be sent; and found, though the room's backlog cannot be read.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createSystemClock } from '../../hub/clock.ts';
import type { Connection } from './connection.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import { STANZA_ID_NS } from '../../wire/xmpp/stanza-ids.ts';
import { Echoes, OwnTokens } from './echoes.ts';
import { notSent } from './failures.ts';
import { toStanza } from './outgoing.ts';
import { RoomSends, type RoomSendsParts } from './room-sends.ts';

/** Times that somebody has waited. */
let waits = 0;
/** Time passes as soon as somebody waits. */
const clock = {
  ...createSystemClock(),
  after(_delayMs: number, fire: () => void) {
    waits += 1;
    const timer = setImmediate(fire);
    return () => clearImmediate(timer);
  },
};

function createSends(
  archived: boolean,
  sent: XmlElement[] = [],
  { echoes = new Echoes(), inside = Promise.resolve(), stableIds = false } = {},
): RoomSends {
  const connection = {
    signal: new AbortController().signal,
    stream: { send: async (stanza: XmlElement) => void sent.push(stanza) },
    port: { store: { get: async () => undefined, set: async () => {}, list: async () => [] } },
  };
  const parts = {
    clock,
    tokens: new OwnTokens(),
    echoes,
    cursor: { current: undefined },
    // Words of our own by another client are in it: they wait in the hub until it is known what became of the send.
    backlog: { whenRead: new Promise<void>(() => {}) },
    messages: { note() {} },
    search: { search: async () => true },
    archived: () => archived,
    stableIds: () => stableIds,
    connection: () => connection as unknown as Connection,
    whenInside: async () => {
      if (sent.length > 0) await inside;
      return connection as unknown as Connection;
    },
  };
  return new RoomSends(parts as unknown as RoomSendsParts);
}

const toId = (stanza: XmlElement) => stanza.attr('id');

test('a room that may change ids gets the origin-id, too; one that promises to keep them does not', async () => {
  for (const [stableIds, expected] of [
    [false, 'token'],
    [true, undefined],
  ] as const) {
    const sent: XmlElement[] = [];
    const echoes = new Echoes();
    const sends = createSends(true, sent, { echoes, stableIds });
    const receipt = sends.send('token', () =>
      toStanza('room@x', 'groupchat', 'token', xml('body', {}, 'hi')),
    );
    while (sent.length === 0) await new Promise(setImmediate);
    echoes.settle('token', {});
    await receipt;
    assert.equal(sent[0]?.child('origin-id', STANZA_ID_NS)?.attr('id'), expected);
    assert.equal(toId(sent[0]!), 'token');
  }
});

test('a room with an archive tells whether something was sent though its backlog waits for the answer', async () => {
  assert.equal(await createSends(true).find('token', 0), 'absent');
});

test('a backlog that cannot be read is waited for once, however much is sought', async () => {
  const sends = createSends(true);
  const before = waits;
  for (const token of ['one', 'two', 'three']) assert.equal(await sends.find(token, 0), 'absent');
  assert.equal(waits - before, 1);
});

test('a room without one cannot tell before what was missed is read', async () => {
  await assert.rejects(createSends(false).find('token', 0), { name: 'DeliveryError', outcome: 'failed' });
});

test('what cannot be sent now takes what is behind it along, and nothing that is asked afterwards', async () => {
  const sent: XmlElement[] = [];
  const sends = createSends(true, sent);
  const say = (id: string) => sends.send(id, () => xml('message', { id }));
  void say('1');
  const refused = sends.send('2', () => Promise.reject(notSent('the nick is taken')));
  const behind = say('3');
  await Promise.all([
    assert.rejects(refused, /the nick is taken/),
    assert.rejects(behind, { outcome: 'failed', message: /what is to be said before it/ }),
  ]);
  for (const id of ['2', '3']) void say(id);
  while (sent.length < 3) await new Promise(setImmediate);
  assert.deepEqual(sent.map(toId), ['1', '2', '3']);
});

test('what the room sends back takes along what was asked behind it and waits for the room', async () => {
  const sent: XmlElement[] = [];
  const echoes = new Echoes();
  const again = Promise.withResolvers<void>();
  const sends = createSends(true, sent, { echoes, inside: again.promise });
  const say = (id: string) => sends.send(id, () => xml('message', { id }));
  const first = say('1');
  while (sent.length < 1) await new Promise(setImmediate);
  const behind = [say('2'), say('3')];
  echoes.refuse('1', notSent('the room does not know us'));
  await assert.rejects(first, /does not know us/);
  again.resolve();
  await Promise.all(behind.map((each) => assert.rejects(each, /what is to be said before it/)));
  assert.deepEqual(sent.map(toId), ['1']);
});

test('a try that the hub gave up while it waited for its turn is not made twice', async () => {
  const sent: XmlElement[] = [];
  const echoes = new Echoes();
  const sends = createSends(true, sent, { echoes });
  const entered = Promise.withResolvers<void>();
  const say = (id: string, ready?: Promise<void>) =>
    sends.send(id, async () => {
      await ready;
      return xml('message', { id });
    });
  // The one that is to say them is still on its way into the room.
  const [first, second] = [say('1', entered.promise), say('2')];
  // The archive cannot have what is still to be said.
  assert.equal(await sends.find('2', 0), 'absent');
  assert.equal(await sends.find('1', 0), 'absent');
  const again = [say('1'), say('2')];
  entered.resolve();
  while (sent.length < 2) await new Promise(setImmediate);
  for (const id of ['1', '2']) echoes.settle(id, { native: `room-${id}` });
  const receipts = await Promise.all([first, second, ...again]);
  assert.deepEqual(
    receipts.map(({ native }) => native),
    ['room-1', 'room-2', 'room-1', 'room-2'],
  );
  assert.deepEqual(sent.map(toId), ['1', '2']);
});
