// Receipts, chat states, markers, hints, carbons: what goes beside messages.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { parseXml } from '../parse-xml.ts';
import { Message } from '../stanza/message.ts';
import { Carbons, type Carbon } from './carbons.ts';
import { ChatStates, readChatState, setChatState } from './chat-states.ts';
import { addHints, Hints, readHints } from './hints.ts';
import { Markers } from './markers.ts';
import { Receipts } from './receipts.ts';

const REQUEST = "<request xmlns='urn:xmpp:receipts'/>";

test('whoever asks gets a receipt: not rooms, not for what is late, not for receipts', async () => {
  const client = createFakeToolkit();
  client.plugins.enable(Receipts);
  const { stream } = client;
  await stream.receive(`<message from='bea@example.org/a' type='groupchat' id='1'>${REQUEST}</message>`);
  await stream.receive(`<message from='bea@example.org/a' type='chat'>${REQUEST}</message>`);
  await stream.receive(`<message from='bea@example.org/a' type='error' id='2'>${REQUEST}</message>`);
  await stream.receive(
    `<message from='bea@example.org/a' type='chat' id='3'>${REQUEST}<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/></message>`,
  );
  await stream.receive(
    `<message from='bea@example.org/a' type='chat' id='4'>${REQUEST}<received xmlns='urn:xmpp:receipts' id='x'/></message>`,
  );
  assert.deepEqual(stream.sent, []);
  await stream.receive(`<message from='bea@example.org/a' type='chat' id='5'>${REQUEST}</message>`);
  assert.deepEqual(stream.sent, [
    '<message type="chat" to="bea@example.org/a"><received xmlns="urn:xmpp:receipts" id="5"/><store xmlns="urn:xmpp:hints"/></message>',
  ]);
});

const received = (from: string) =>
  `<message from='${from}' type='chat'><received xmlns='urn:xmpp:receipts' id='m1'/></message>`;

test('a receipt is waited for, and counts only from who got the message', async () => {
  const client = createFakeToolkit();
  const receipts = client.plugins.enable(Receipts);
  const sent = receipts.send(client.message({ body: 'hi', id: 'm1', type: 'chat' }, 'bea@example.org'));
  assert.match(await client.stream.next(), /<request xmlns="urn:xmpp:receipts"\/>/);
  await client.stream.receive(received('eve@example.org/x'));
  await client.stream.receive(received('bea@example.org/phone'));
  assert.equal((await sent).attr('from'), 'bea@example.org/phone');
  const before = client.handlers;
  await assert.rejects(receipts.send(client.message({ type: 'chat' }, 'bea@example.org'), { timeoutMs: 1 }), {
    code: 'xmpp-timeout',
  });
  assert.equal(client.handlers, before, 'nothing waits any more');
});

const toState = (name: string) => `<${name} xmlns='http://jabber.org/protocol/chatstates'/>`;

test('chat states are heard beside a body or alone, and one is in a message at most', async () => {
  const client = createFakeToolkit();
  const states = client.plugins.enable(ChatStates);
  const heard: string[] = [];
  states.onChatState(({ state }) => void heard.push(state));
  await client.stream.receive(`<message from='b@x.example/a' type='chat'>${toState('composing')}</message>`);
  await client.stream.receive(
    `<message from='b@x.example/a' type='chat'><body>x</body>${toState('active')}</message>`,
  );
  await client.stream.receive(`<message from='b@x.example/a' type='chat'>${toState('dancing')}</message>`);
  await client.stream.receive(`<message from='b@x.example/a' type='error'>${toState('gone')}</message>`);
  assert.deepEqual(heard, ['composing', 'active']);
  const message = setChatState(states.toChatState('b@x.example', 'chat', 'composing'), 'paused');
  assert.equal(readChatState(message), 'paused');
  assert.deepEqual([...readHints(message)], ['no-store']);
});

test('markers are heard with the id they have, and made', async () => {
  const client = createFakeToolkit();
  const markers = client.plugins.enable(Markers);
  const heard: string[] = [];
  markers.onMarker(({ marker, id }) => void heard.push(`${marker} ${id}`));
  const NS = 'urn:xmpp:chat-markers:0';
  await client.stream.receive(`<message from='b@x.example/a'><displayed xmlns='${NS}' id='m1'/></message>`);
  await client.stream.receive(`<message from='b@x.example/a'><displayed xmlns='${NS}'/></message>`);
  await client.stream.receive(`<message from='b@x.example/a'><markable xmlns='${NS}'/></message>`);
  assert.deepEqual(heard, ['displayed m1']);
  assert.equal(
    markers.toMarker('b@x.example', 'chat', 'received', 'm2').toString(),
    `<message type="chat" to="b@x.example"><received xmlns="${NS}" id="m2"/><store xmlns="urn:xmpp:hints"/></message>`,
  );
});

test('hints are added once, and found by path', async () => {
  const client = createFakeToolkit();
  client.plugins.enable(Hints);
  const message = addHints(addHints(client.message(), 'no-copy', 'store'), 'store');
  assert.equal(
    message.toString(),
    '<message><no-copy xmlns="urn:xmpp:hints"/><store xmlns="urn:xmpp:hints"/></message>',
  );
  let found = 0;
  client.on('message/hint_no_copy', () => void found++);
  await client.stream.receive("<message><no-copy xmlns='urn:xmpp:hints'/></message>");
  await client.stream.receive("<message><unheard-of xmlns='urn:xmpp:hints'/></message>");
  assert.equal(found, 1);
  assert.deepEqual(
    [...readHints(Message.wrap(parseXml("<message><unheard-of xmlns='urn:xmpp:hints'/></message>")))],
    [],
  );
});

const carbon = (from: string, kind = 'sent') => `<message ${from} to='ann@example.org/desk'>
  <${kind} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/>
  <message xmlns='jabber:client' from='ann@example.org/phone' to='bea@example.org' type='chat'><body>secret</body></message></forwarded></${kind}></message>`;

test('a carbon counts from the own account only', async () => {
  const warnings: string[] = [];
  const client = createFakeToolkit({ log: (level, event) => level === 'warn' && warnings.push(event) });
  const carbons = client.plugins.enable(Carbons);
  const heard: Carbon[] = [];
  carbons.onCarbon((each) => void heard.push(each));
  for (const from of ["from='eve@example.org'", "from='ann@example.org/phone'", "from='example.org'", '']) {
    await client.stream.receive(carbon(from));
  }
  assert.deepEqual([heard.length, warnings.length], [0, 4]);
  await client.stream.receive(carbon("from='ann@example.org'"));
  await client.stream.receive(carbon("from='ann@example.org'", 'received'));
  assert.deepEqual(
    heard.map(({ direction, message, atMs }) => [direction, message.body, String(message.to), atMs]),
    [
      ['sent', 'secret', 'bea@example.org', Date.UTC(2026, 0, 2, 3, 4, 5)],
      ['received', 'secret', 'bea@example.org', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ],
  );
  await client.stream.receive("<message from='ann@example.org'><sent xmlns='urn:xmpp:carbons:2'/></message>");
  assert.equal(heard.length, 2);
  client.stream.answer = () => '';
  await carbons.enable();
  assert.match(
    client.stream.sent[0] ?? '',
    /<iq type="set" id="[^"]+"><enable xmlns="urn:xmpp:carbons:2"\/><\/iq>/,
  );
});
