import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { parseXml } from '../parse-xml.ts';
import { Invitations, type Invitation } from './invitations.ts';
import type { OccupantEvent } from './muc-occupants.ts';
import { Muc } from './muc.ts';

const USER = 'http://jabber.org/protocol/muc#user';
const room = 'tea@conference.example.org';

function presence(nick: string, { type = '', codes = [] as number[], item = '', more = '' } = {}): string {
  const status = codes.map((code) => `<status code='${code}'/>`).join('');
  const kind = type === '' ? '' : ` type='${type}'`;
  return `<presence from='${room}/${nick}' to='ann@example.org/desk'${kind}><x xmlns='${USER}'><item affiliation='member' role='participant' ${item}/>${status}</x>${more}</presence>`;
}

/** A client in the room, beside bea. */
async function join(options: Parameters<ReturnType<typeof Muc.init>['join']>[2] = {}) {
  const client = createFakeToolkit();
  const muc = client.plugins.enable(Muc);
  const events: OccupantEvent[] = [];
  muc.onOccupant((event) => void events.push(event));
  client.stream.answer = () => "<query xmlns='http://jabber.org/protocol/disco#info'/>";
  const joining = muc.join(room, 'Ann', options);
  const sent = await client.stream.next();
  await client.stream.receive(presence('bea', { item: "jid='bea@example.org/x'" }));
  await client.stream.receive(presence('ann', { codes: [110, 201, 210] }));
  return { client, muc, events, sent, joined: await joining };
}

test('a room is entered with the nick that it gives, behind those who are there', async () => {
  const { sent, joined } = await join({ password: 'pw', history: { messages: 5 } });
  assert.equal(
    sent.replace(/ id="[^"]+"/, ''),
    `<presence to="${room}/Ann"><x xmlns="http://jabber.org/protocol/muc"><password>pw</password><history maxstanzas="5"/></x></presence>`,
  );
  assert.deepEqual([joined.nick, joined.created], ['ann', true]);
  assert.deepEqual([...joined.occupants.keys()], ['bea', 'ann']);
  assert.deepEqual(joined.occupants.get('bea')?.jid, 'bea@example.org/x');
});

test('a room that refuses says why, and nothing of it stays', async () => {
  const client = createFakeToolkit();
  const muc = client.plugins.enable(Muc);
  const before = client.handlers;
  const refused = assert.rejects(muc.join(room, 'ann'), { condition: 'conflict' });
  const id = parseXml(await client.stream.next()).attr('id');
  await client.stream.receive(
    `<presence from='${room}/ann' type='error' id='${id}'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`,
  );
  await refused;
  assert.deepEqual([muc.room(room), client.handlers], [undefined, before]);
});

test('who comes, changes, is renamed and kicked is heard', async () => {
  const { client, muc, events } = await join();
  events.length = 0;
  await client.stream.receive(presence('cid'));
  await client.stream.receive(presence('cid', { more: '<show>away</show>' }));
  await client.stream.receive(presence('cid', { type: 'unavailable', codes: [303], item: "nick='cyd'" }));
  await client.stream.receive(presence('cyd'));
  await client.stream.receive(presence('cyd', { type: 'unavailable', codes: [307] }));
  await client.stream.receive(presence('ghost', { type: 'error' }));
  assert.deepEqual(
    events.map(({ kind, occupant, newNick, codes }) => [kind, occupant.nick, newNick, codes.has(307)]),
    [
      ['entered', 'cid', undefined, false],
      ['changed', 'cid', undefined, false],
      ['renamed', 'cid', 'cyd', false],
      ['entered', 'cyd', undefined, false],
      ['left', 'cyd', undefined, true],
    ],
  );
  await client.stream.receive(presence('ann', { type: 'unavailable', codes: [110, 301] }));
  assert.equal(muc.room(room), undefined);
  assert.equal(events.at(-1)?.isSelf, true);
});

test('our own rename is followed', async () => {
  const { client, muc } = await join();
  await muc.changeNick(room, 'anna');
  await client.stream.receive(
    presence('ann', { type: 'unavailable', codes: [303, 110], item: "nick='anna'" }),
  );
  await client.stream.receive(presence('anna', { codes: [110] }));
  assert.deepEqual(
    [muc.room(room)?.nick, [...(muc.room(room)?.occupants.keys() ?? [])]],
    ['anna', ['bea', 'anna']],
  );
});

const admin = (item: string) => `<query xmlns="http://jabber.org/protocol/muc#admin">${item}</query>`;

test('rights are listed, given and taken as the room understands it', async () => {
  const { client, muc } = await join();
  const { stream } = client;
  stream.answer = () =>
    `<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='bea@example.org' nick='bea'/><item affiliation='owner' jid='x@example.org'/><item affiliation='member'/></query>`;
  assert.deepEqual(
    (await muc.affiliations(room, 'member')).map(({ jid, nick }) => [String(jid), nick]),
    [['bea@example.org', 'bea']],
  );
  stream.sent.length = 0;
  stream.answer = () => '';
  await muc.setAffiliation(room, 'eve@example.org/x', 'outcast', { reason: 'spam' });
  await muc.kick(room, 'eve', { reason: 'flood' });
  await muc.setRole(room, 'bea', 'visitor');
  await muc.destroy(room, { reason: 'moved', alternative: 'new@c.example' });
  const content = stream.sent.map((wire) => wire.replace(/^<iq [^>]+>|<\/iq>$/g, ''));
  assert.deepEqual(content, [
    admin('<item jid="eve@example.org" affiliation="outcast"><reason>spam</reason></item>'),
    admin('<item nick="eve" role="none"><reason>flood</reason></item>'),
    admin('<item nick="bea" role="visitor"/>'),
    '<query xmlns="http://jabber.org/protocol/muc#owner"><destroy jid="new@c.example"><reason>moved</reason></destroy></query>',
  ]);
});

test('settings are changed by the form that the room gives', async () => {
  const { client, muc } = await join();
  const { stream } = client;
  stream.sent.length = 0;
  stream.answer = (request) =>
    request.attr('type') === 'set'
      ? ''
      : "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'><field var='muc#roomconfig_roomname' type='text-single'/><field var='other' type='boolean'><value>1</value></field></x></query>";
  await muc.configure(room, { 'muc#roomconfig_roomname': '午茶' });
  assert.match(
    stream.sent[1] ?? '',
    /<field var="muc#roomconfig_roomname" type="text-single"><value>午茶<\/value><\/field><field var="other"/,
  );
  await muc.configure(room);
  assert.match(
    stream.sent[2] ?? '',
    /<query xmlns="[^"]+#owner"><x xmlns="jabber:x:data" type="submit"\/><\/query>/,
  );
  await assert.rejects(muc.configure(room, { nonsense: '1' }), { code: 'xmpp-value-invalid' });
  stream.answer = () => "<query xmlns='http://jabber.org/protocol/muc#owner'/>";
  await assert.rejects(muc.configForm(room), { code: 'xmpp-protocol-violation' });
});

test('subject, invitation and farewell go over the wire', async () => {
  const { client, muc } = await join();
  client.stream.sent.length = 0;
  await muc.setSubject(room, '');
  await muc.invite(room, 'cid@example.org', 'come');
  await muc.leave(room, 'bye');
  assert.deepEqual(client.stream.sent, [
    `<message type="groupchat" to="${room}"><subject/></message>`,
    `<message type="normal" to="${room}"><x xmlns="${USER}"><invite to="cid@example.org"><reason>come</reason></invite></x></message>`,
    `<presence type="unavailable" to="${room}/ann"><status>bye</status></presence>`,
  ]);
});

test('the room tells whether we are in it', async () => {
  const { client, muc } = await join();
  client.stream.answer = () => '';
  assert.equal(await muc.pingSelf(room), 'joined');
  client.stream.answer = () =>
    "<error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
  assert.equal(await muc.pingSelf(room), 'gone');
  assert.equal(await muc.pingSelf('never@conference.example.org'), 'gone');
});

const mediated = (from: string) =>
  `<message from='${from}'><x xmlns='${USER}'><invite from='bea@example.org/x'><reason>tea</reason></invite><password>pw</password></x></message>`;

test('invitations come by way of the room, and directly', async () => {
  const client = createFakeToolkit();
  const invitations = client.plugins.enable(Invitations);
  const heard: Invitation[] = [];
  invitations.onInvitation((each) => void heard.push(each));
  await client.stream.receive(mediated(`${room}/eve`));
  await client.stream.receive(mediated(room));
  await client.stream.receive(
    `<message from='bea@example.org/x'><x xmlns='jabber:x:conference' jid='${room}' reason='tea'/></message>`,
  );
  await client.stream.receive(
    "<message from='bea@example.org/x'><x xmlns='jabber:x:conference' jid='@'/></message>",
  );
  assert.deepEqual(heard, [
    { room, from: 'bea@example.org/x', reason: 'tea', password: 'pw', mediated: true },
    { room, from: 'bea@example.org/x', reason: 'tea', password: undefined, mediated: false },
  ]);
  await invitations.invite('cid@example.org', room, { reason: 'tea' });
  assert.equal(
    client.stream.sent.at(-1),
    `<message type="normal" to="cid@example.org"><x xmlns="jabber:x:conference" jid="${room}" reason="tea"/></message>`,
  );
});

test('addresses of a component are in rooms each for itself', async () => {
  const client = createFakeToolkit({ jid: 'qq.example.org', needsFrom: true });
  const muc = client.plugins.enable(Muc);
  client.stream.answer = () => "<query xmlns='http://jabber.org/protocol/disco#info'/>";
  for (const from of ['a@qq.example.org/x', 'b@qq.example.org/x']) {
    const joining = muc.join(room, from[0]!, { from });
    assert.match(await client.stream.next(), new RegExp(`from="${from}"`));
    await client.stream.receive(
      `<presence from='${room}/${from[0]}' to='${from}'><x xmlns='${USER}'><item affiliation='none' role='participant'/><status code='110'/></x></presence>`,
    );
    await joining;
    client.stream.sent.length = 0;
  }
  assert.equal(muc.room(room, 'a@qq.example.org/x')?.nick, 'a');
  assert.equal(muc.room(room, 'b@qq.example.org/x')?.nick, 'b');
  await muc.leave(room, undefined, { from: 'b@qq.example.org/x' });
  assert.deepEqual(client.stream.sent, [
    `<presence type="unavailable" to="${room}/b" from="b@qq.example.org/x"/>`,
  ]);
});
