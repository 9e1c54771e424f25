// What messages do to earlier messages, and who may.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { parseXml } from '../parse-xml.ts';
import type { Act } from './authors.ts';
import { Correction, Replace } from './correction.ts';
import { Moderation, type Moderated } from './moderation.ts';
import { Reactions, ReactionList, type ReactionChange } from './reactions.ts';
import { Replies } from './replies.ts';
import { Retraction } from './retraction.ts';
import { StanzaIds } from './stanza-ids.ts';
import { Message } from '../stanza/message.ts';

const CORRECT = 'urn:xmpp:message-correct:0';
const room = 'tea@conference.example.org';

function say(from: string, id: string, { type = 'groupchat', body = 'hello', more = '' } = {}): string {
  return `<message from='${from}' type='${type}' id='${id}'><body>${body}</body>${more}</message>`;
}
const replace = (id: string) => `<replace xmlns='${CORRECT}' id='${id}'/>`;

/** A client that hears of corrections. */
function hearCorrections() {
  const client = createFakeToolkit();
  const acts: Act[] = [];
  client.plugins.enable(Correction).onCorrection((act) => void acts.push(act));
  return {
    client,
    receive: (wire: string) => client.stream.receive(wire),
    heard: () => acts.map(({ id, authorship, message }) => [id, authorship, message.body]),
  };
}

test('a correction by the author of a message in a room is heard, one by somebody else is not', async () => {
  const { receive, heard } = hearCorrections();
  await receive(say(`${room}/ann`, 'm1'));
  await receive(say(`${room}/eve`, 'm2', { body: 'forged', more: replace('m1') }));
  await receive(say(`${room}/ann`, 'm3', { body: 'hullo', more: replace('m1') }));
  assert.deepEqual(heard(), [['m1', 'same', 'hullo']]);
});

test('in a chat the author is the account, whatever client it uses; in private messages of a room it is the occupant', async () => {
  const { receive, heard } = hearCorrections();
  await receive(say('bea@example.org/phone', 'c1', { type: 'chat' }));
  await receive(say('bea@example.org/desk', 'c2', { type: 'chat', more: replace('c1') }));
  await receive(say('eve@example.org/x', 'c3', { type: 'chat', more: replace('c1') }));
  await receive(say(`${room}/ann`, 'r1'));
  await receive(say(`${room}/ann`, 'p1', { type: 'chat' }));
  await receive(say(`${room}/eve`, 'p2', { type: 'chat', more: replace('p1') }));
  assert.deepEqual(
    heard().map(([id, authorship]) => [id, authorship]),
    [
      ['c1', 'same'],
      // To us another account's message with that id is one we have not seen.
      ['c1', 'unknown'],
    ],
  );
});

test('who takes the nick of somebody who left is somebody else', async () => {
  const { receive, heard } = hearCorrections();
  await receive(say(`${room}/ann`, 'm1'));
  await receive(
    `<presence from='${room}/ann' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/></x></presence>`,
  );
  await receive(say(`${room}/ann`, 'm2', { more: replace('m1') }));
  assert.deepEqual(heard(), []);
});

const occupant = (id: string) => `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='${id}'/>`;

test('the id of an occupant counts where the room gives it: across nicks, and against copies of it elsewhere', async () => {
  const { client, receive, heard } = hearCorrections();
  client.stream.answer = () =>
    "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:occupant-id:0'/></query>";
  await client.plugins.get(StanzaIds).learn(room);
  await receive(say(`${room}/ann`, 'm1', { more: occupant('o1') }));
  await receive(say(`${room}/anna`, 'm2', { more: occupant('o1') + replace('m1') }));
  await receive(say('other@conference.example.org/ann', 'n1', { more: occupant('o1') }));
  await receive(say('other@conference.example.org/eve', 'n2', { more: occupant('o1') + replace('n1') }));
  assert.deepEqual(heard(), [['m1', 'same', 'hello']]);
});

test('a message cannot prove that it wrote what it corrects', async () => {
  const { receive, heard } = hearCorrections();
  await receive(say(`${room}/eve`, 'm9', { more: replace('m9') }));
  await receive(say(`${room}/eve`, 'm10', { more: `<replace xmlns='${CORRECT}'/>` }));
  assert.deepEqual(heard(), [['m9', 'unknown', 'hello']]);
});

test('a correction is made as it goes over the wire', () => {
  const client = createFakeToolkit();
  const correction = client.plugins.enable(Correction);
  const message = correction.mark(client.message({ body: 'hullo', type: 'chat' }, 'bea@example.org'), 'm1');
  assert.equal(
    message.toString(),
    `<message type="chat" to="bea@example.org"><body>hullo</body><replace xmlns="${CORRECT}" id="m1"/></message>`,
  );
  assert.equal(message.findSub(Replace)?.id, 'm1');
});

test('a retraction is heard in both forms, of the author only', async () => {
  const client = createFakeToolkit();
  const heard: string[] = [];
  const retraction = client.plugins.enable(Retraction);
  retraction.onRetraction(({ id, authorship }) => void heard.push(`${id} ${authorship}`));
  const { stream } = client;
  await stream.receive(say(`${room}/ann`, 'm1'));
  await stream.receive(
    `<message from='${room}/eve' type='groupchat'><retract xmlns='urn:xmpp:message-retract:1' id='m1'/></message>`,
  );
  await stream.receive(
    `<message from='${room}/ann' type='groupchat'><apply-to xmlns='urn:xmpp:fasten:0' id='m1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to></message>`,
  );
  await stream.receive(
    `<message from='${room}/ann' type='groupchat'><retract xmlns='urn:xmpp:message-retract:1' id='m0'/></message>`,
  );
  assert.deepEqual(heard, ['m1 same', 'm0 unknown']);
  const made = parseXml(retraction.toRetraction(room, 'groupchat', 's1').toString());
  assert.equal(made.child('retract', 'urn:xmpp:message-retract:1')?.attr('id'), 's1');
  assert.ok(made.child('store', 'urn:xmpp:hints'));
});

test('only a room tells that a moderator took a message out', async () => {
  const client = createFakeToolkit();
  const heard: Moderated[] = [];
  const moderation = client.plugins.enable(Moderation);
  moderation.onModeration((each) => void heard.push(each));
  const told = (from: string) =>
    `<message from='${from}' type='groupchat'><retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1' by='${room}/mod'/><reason>spam</reason></retract></message>`;
  await client.stream.receive(told(`${room}/eve`));
  await client.stream.receive(told(room).replace('groupchat', 'chat'));
  assert.equal(heard.length, 0);
  await client.stream.receive(told(room));
  assert.deepEqual(
    heard.map((each) => [each.room, each.id, each.by, each.reason]),
    [[room, 's1', `${room}/mod`, 'spam']],
  );
});

test('moderating speaks the form that the room knows', async () => {
  const client = createFakeToolkit();
  const moderation = client.plugins.enable(Moderation);
  const { stream } = client;
  const knows = (feature: string) => {
    stream.answer = (request) =>
      request.child('query', 'http://jabber.org/protocol/disco#info')
        ? `<query xmlns='http://jabber.org/protocol/disco#info'><feature var='${feature}'/></query>`
        : '';
  };
  knows('urn:xmpp:message-moderate:1');
  await moderation.moderate(room, 's1', 'spam');
  assert.match(
    stream.sent.at(-1) ?? '',
    /<moderate xmlns="urn:xmpp:message-moderate:1" id="s1"><retract xmlns="urn:xmpp:message-retract:1"\/><reason>spam<\/reason><\/moderate>/,
  );
  knows('urn:xmpp:message-moderate:0');
  await moderation.moderate(room, 's1');
  assert.match(
    stream.sent.at(-1) ?? '',
    /<apply-to xmlns="urn:xmpp:fasten:0" id="s1"><moderate xmlns="urn:xmpp:message-moderate:0">/,
  );
  knows('urn:nothing');
  await assert.rejects(moderation.moderate(room, 's1'), { code: 'xmpp-value-invalid' });
});

test('reactions are heard, each once, and set as a whole', async () => {
  const client = createFakeToolkit();
  const heard: ReactionChange[] = [];
  const reactions = client.plugins.enable(Reactions);
  reactions.onReactions((change) => void heard.push(change));
  await client.stream.receive(
    "<message from='bea@example.org/a' type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👍</reaction><reaction>👍</reaction><reaction/></reactions></message>",
  );
  await client.stream.receive(
    "<message><reactions xmlns='urn:xmpp:reactions:0'><reaction>👍</reaction></reactions></message>",
  );
  assert.deepEqual(
    heard.map(({ id, emojis }) => [id, emojis]),
    [['m1', ['👍']]],
  );
  const made = reactions.toReactions('bea@example.org', 'chat', 'm1', ['🐼', '❤']);
  assert.deepEqual(made.findSub(ReactionList)?.emojis, ['🐼', '❤']);
  assert.equal(
    made.toString(),
    '<message type="chat" to="bea@example.org"><reactions xmlns="urn:xmpp:reactions:0" id="m1"><reaction>🐼</reaction><reaction>❤</reaction></reactions><store xmlns="urn:xmpp:hints"/></message>',
  );
});

test('a reply quotes what it answers, marked for those who know better', async () => {
  const client = createFakeToolkit();
  const replies = client.plugins.enable(Replies);
  const asked = Message.wrap(
    parseXml(say('bea@example.org/a', 'm1', { type: 'chat', body: '午茶🐼?\nwhen?' })),
  );
  const answer = replies.reply(asked, 'at four');
  assert.equal(answer.body, '> 午茶🐼?\n> when?\nat four');
  assert.deepEqual(replies.replyOf(answer), { id: 'm1', to: 'bea@example.org/a' });
  assert.equal(replies.bodyOf(answer), 'at four');
  const again = replies.reply(Message.wrap(parseXml(answer.clone().toString())), 'fine');
  assert.equal(again.body, '> at four\nfine', 'the quote is not quoted again');
  const unmarked = replies.reply(Message.wrap(parseXml(say(`${room}/ann`, 'm1'))), 'x');
  assert.equal(replies.replyOf(unmarked), undefined, 'the room gives no ids');
  const odd = parseXml(
    "<message><body>abc</body><reply xmlns='urn:xmpp:reply:0' id='x'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='2' end='99'/></fallback></message>",
  );
  assert.equal(replies.bodyOf(Message.wrap(odd)), 'abc');
});
