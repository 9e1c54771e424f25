import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../../test/fakes/port.ts';
import { createSystemClock } from '../../../hub/clock.ts';
import { JournalError, RequestError } from '../../../hub/errors.ts';
import type { HubEvent } from '../../../hub/event.ts';
import { textBody, type User } from '../../../hub/message.ts';
import { parseJid } from '../../../wire/xmpp/jid.ts';
import { parseXml } from '../../../wire/xmpp/parse-xml.ts';
import { serialise } from '../../../wire/xmpp/serialise.ts';
import type { Connection } from '../connection.ts';
import type { MucRoom } from '../room.ts';
import { People } from './people.ts';
import { PuppetChats } from './puppet-chats.ts';

const PUPPET = 'qq.123@qq.example.org';
const ROOM = 'room@chat.example.org';
const TOM = { account: 'qq', user: '123', name: 'Tom' };

async function stage(members: User[] = []) {
  const port = new FakePort();
  const people = new People(createSystemClock());
  await people.open(port.store);
  await people.note(TOM);
  const room = {
    whisperer: (nick) => members.find(({ name }) => name === nick) ?? { id: `${ROOM}/${nick}`, name: nick },
  } satisfies Partial<MucRoom>;
  const chats = new PuppetChats(people, {
    get: (jid) => (jid === ROOM ? (room as unknown as MucRoom) : undefined),
  });
  const sent: string[] = [];
  const connection = {
    port,
    stream: { send: async (stanza: Parameters<typeof serialise>[0]) => void sent.push(serialise(stanza)) },
  } as unknown as Connection;
  const hear = async (
    content: string,
    { from = 'ann@example.org/phone', to = PUPPET, type = 'chat' } = {},
  ) => {
    const wire = `<message xmlns='jabber:client' from='${from}' to='${to}' id='m1' type='${type}'>${content}</message>`;
    await chats.handle(parseXml(wire), parseJid(from), parseJid(to), connection);
  };
  return { port, sent, hear };
}

test('what somebody writes to a puppet is for the person, from whoever wrote it', async () => {
  const { port, sent, hear } = await stage();
  await hear('<body>/me waves</body>');
  await hear('<body>normal</body>', { type: 'normal', to: `${PUPPET}/hutong` });
  assert.deepEqual(
    port.of('message').map(({ room, native, sender, to, action }) => ({ room, native, sender, to, action })),
    [true, undefined].map((action) => ({
      room: 'qq.123/ann@example.org',
      native: 'm1',
      sender: { id: 'ann@example.org', name: 'ann@example.org' },
      to: TOM,
      action,
    })),
  );
  assert.deepEqual(sent, []);
});

test('an occupant is who the room says, not a namesake with an address', async () => {
  const { port, hear } = await stage([{ id: 'occupant1', name: 'ann' }]);
  await hear('<body>psst</body>', { from: `${ROOM}/ann` });
  const [told] = port.of('message');
  assert.deepEqual(told?.sender, { id: 'occupant1', name: 'ann' });
  assert.equal(told?.room, `qq.123/${ROOM}/ann`);
});

test('what is nobody’s words is no message', async () => {
  const { port, sent, hear } = await stage();
  await hear("<composing xmlns='http://jabber.org/protocol/chatstates'/>");
  await hear('<body>from the room itself</body>', { from: ROOM });
  await hear('<body>from a server</body>', { from: 'example.org' });
  await hear('<body>news</body>', { type: 'headline' });
  await hear('<body>to all</body>', { type: 'groupchat', from: `${ROOM}/ann` });
  await hear("<error type='cancel'/>", { type: 'error' });
  assert.deepEqual([port.events, sent], [[], []]);
});

test('who cannot be written to is told of by an error with the reason', async () => {
  const { port, sent, hear } = await stage();
  const refusals: [Error, RegExp][] = [
    [new RequestError('person-away', 'they <left>'), /type='wait'.*recipient-unavailable.*they &lt;left/],
    [new RequestError('not-supported', 'cannot'), /type='cancel'.*service-unavailable.*cannot/],
    [new RequestError('not-allowed', 'off'), /type='cancel'.*not-allowed.*off/],
    [new RequestError('account-unknown', 'gone'), /type='cancel'.*item-not-found.*gone/],
    [new RequestError('room-unknown', 'what'), /type='cancel'.*not-acceptable.*what/],
    [
      new JournalError('journal-full', '/secret/path is full'),
      /type='wait'.*resource-constraint(?!.*secret)/,
    ],
  ];
  for (const [error, expected] of refusals) {
    port.refuse(error);
    await hear('<body>hello</body>');
    assert.match((sent.at(-1) ?? '').replaceAll('"', "'"), expected);
    assert.match(sent.at(-1) ?? '', /type=.error.*id=.m1|id=.m1.*type=.error/);
  }
});

test('an address of nobody is not found, and a room’s occupant is told so in words', async () => {
  const { port, sent, hear } = await stage();
  await hear('<body>hello</body>', { to: 'qq.999@qq.example.org' });
  assert.match(sent[0] ?? '', /item-not-found/);
  await hear('<body>hello</body>', { to: 'qq.999@qq.example.org', from: `${ROOM}/ann` });
  assert.doesNotMatch(sent[1] ?? '', /<error|type=.error/);
  assert.match(sent[1] ?? '', /This did not reach anybody: Nobody is known here/);
  await hear("<active xmlns='http://jabber.org/protocol/chatstates'/>", { to: 'qq.999@qq.example.org' });
  assert.equal(sent.length, 2, 'nobody is told of what nobody said');
  assert.deepEqual(port.events, []);
});

test('a correction and a retraction are the sender’s own', async () => {
  const { port, hear } = await stage();
  await hear('<body>a mistkae</body>');
  await hear("<body>a mistake</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>");
  await hear("<body>forged</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>", {
    from: 'eve@example.org/x',
  });
  assert.deepEqual(
    port.events.map(({ kind, room }) => [kind, room]),
    [
      ['message', 'qq.123/ann@example.org'],
      ['edit', 'qq.123/ann@example.org'],
      ['message', 'qq.123/eve@example.org'],
    ],
  );
});

test('a correction after a restart finds what it corrects, and nothing overtakes it', async () => {
  const { port, hear } = await stage();
  const room = 'qq.123/ann@example.org';
  const said = (native: string, sender: string): HubEvent => ({
    kind: 'message',
    id: `id of ${native}`,
    position: 1,
    room: `jabber/${room}`,
    native,
    at: 0,
    sender: { id: sender, name: sender },
    body: textBody('a mistkae'),
  });
  port.histories.set(room, [said('m1', 'ann@example.org'), said('m2', 'somebody else')]);
  await Promise.all([
    hear("<body>a mistake</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"),
    hear('<body>next</body>'),
    hear("<body>forged</body><replace xmlns='urn:xmpp:message-correct:0' id='m2'/>"),
  ]);
  assert.deepEqual(
    port.events.map((event) => [event.kind, event.kind === 'edit' && event.target]),
    [
      ['edit', 'm1'],
      ['message', false],
      ['message', false],
    ],
  );
});
