// Ping, version, delay and ids: small, but what everything else stands on.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { parseXml } from '../parse-xml.ts';
import { Message } from '../stanza/message.ts';
import { Delay, DelayMark } from './delay.ts';
import { Ping } from './ping.ts';
import { OccupantId, OriginId, StanzaId, StanzaIds } from './stanza-ids.ts';
import { Version } from './version.ts';

const ERROR_NS = 'urn:ietf:params:xml:ns:xmpp-stanzas';

test('a ping is answered, and measures the way there and back', async () => {
  const client = createFakeToolkit();
  const pings = client.plugins.enable(Ping);
  const answer = await client.stream.ask("<ping xmlns='urn:xmpp:ping'/>");
  assert.deepEqual(
    [answer.attr('type'), answer.attr('to'), answer.children],
    ['result', 'bea@example.org/phone', []],
  );
  client.stream.answer = () => '';
  assert.ok((await pings.ping('bea@example.org/phone')) >= 0);
  client.stream.answer = () => `<error type='cancel'><feature-not-implemented xmlns='${ERROR_NS}'/></error>`;
  assert.ok((await pings.ping('bea@example.org/phone')) >= 0, 'who knows no pings is there, too');
  client.stream.answer = () => `<error type='cancel'><remote-server-not-found xmlns='${ERROR_NS}'/></error>`;
  await assert.rejects(pings.ping('bea@example.org/phone'), { condition: 'remote-server-not-found' });
});

test('a version is told and asked for', async () => {
  const client = createFakeToolkit();
  const version = client.plugins.enable(Version, { name: 'hutong', version: '1.0' });
  const told = (await client.stream.ask("<query xmlns='jabber:iq:version'/>")).child(
    'query',
    'jabber:iq:version',
  );
  assert.deepEqual(
    [told?.childText('name'), told?.childText('version'), told?.childText('os')],
    ['hutong', '1.0', undefined],
  );
  client.stream.answer = () => "<query xmlns='jabber:iq:version'><name>Prosody</name></query>";
  assert.deepEqual(await version.query('example.org'), {
    name: 'Prosody',
    version: undefined,
    os: undefined,
  });
});

test('a delay counts where somebody who is trusted wrote it', () => {
  const client = createFakeToolkit();
  const delay = client.plugins.enable(Delay);
  const message = Message.wrap(
    parseXml(`<message><delay xmlns='urn:xmpp:delay' from='eve@example.org' stamp='2001-01-01T00:00:00Z'/>
      <delay xmlns='urn:xmpp:delay' from='room@c.example' stamp='2026-01-02T03:04:05Z'>Offline</delay></message>`),
  );
  assert.equal(delay.stampOf(message, ['room@c.example'])?.toISOString(), '2026-01-02T03:04:05.000Z');
  assert.equal(delay.stampOf(message, ['other@c.example']), undefined);
  assert.equal(message.subs(DelayMark)[1]?.reason, 'Offline');
  const odd = Message.wrap(parseXml("<message><delay xmlns='urn:xmpp:delay' stamp='soon'/></message>"));
  assert.equal(odd.findSub(DelayMark)?.stamp, undefined);
  assert.equal(
    DelayMark.create({ stamp: new Date(0) }).toString(),
    '<delay xmlns="urn:xmpp:delay" stamp="1970-01-01T00:00:00.000Z"/>',
  );
});

test('ids of a room count only after it said that it gives them, and only its own', async () => {
  const client = createFakeToolkit();
  const ids = client.plugins.enable(StanzaIds);
  const message = Message.wrap(
    parseXml(`<message type='groupchat' from='room@c.example/ann'><stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='eve@example.org'/>
      <stanza-id xmlns='urn:xmpp:sid:0' id='real' by='room@c.example'/><origin-id xmlns='urn:xmpp:sid:0' id='mine'/>
      <occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/></message>`),
  );
  assert.equal(ids.stanzaIdOf(message), undefined);
  assert.equal(ids.occupantIdOf(message), undefined);
  client.stream.answer = () =>
    "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:sid:0'/></query>";
  await ids.learn('room@c.example');
  assert.equal(ids.stanzaIdOf(message), 'real');
  assert.equal(ids.occupantIdOf(message), undefined, 'the room did not say that it gives occupant ids');
  assert.deepEqual([message.subs(StanzaId).length, message.findSub(OriginId)?.id], [2, 'mine']);
  assert.equal(message.findSub(OccupantId)?.id, 'o1');
  ids.forget('room@c.example');
  assert.equal(ids.stanzaIdOf(message), undefined);
});
