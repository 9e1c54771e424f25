import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError, RequestError } from '../../hub/errors.ts';
import { textBody } from '../../hub/message.ts';
import type { Author, OutgoingMessage, Session } from '../../hub/network.ts';
import { openHouse, type OpenHouse } from '../../../test/fakes/house.ts';

const alice: Author = { name: 'alice', account: 'jabber', user: 'a1' };

function session(house: OpenHouse): Session {
  const { session: open } = house.port;
  assert.ok(open);
  return open;
}

function idOf(house: OpenHouse, nick: string): string {
  const joined = house.port.of('join').findLast(({ who }) => who.name === nick);
  assert.ok(joined);
  return joined.who.id;
}

function message(
  house: OpenHouse,
  nick: string,
  author: Author,
  text: string,
  token = text,
): OutgoingMessage {
  const room = session(house).actions.direct?.(idOf(house, nick), author) ?? '';
  return { room, token, author, body: textBody(text), at: 0, hops: [] };
}

function atHome(house: OpenHouse, ...names: [id: string, name: string][]): void {
  const members = names.map(([id, name]) => ({ id, name }));
  house.port.neighbourhoods.set('lobby', [{ room: 'jabber/room@x', online: true, members }]);
}

const refused = (error: unknown) => error instanceof RequestError && error.code === 'not-allowed';

test('somebody elsewhere tells one person something, who answers by msg', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  const eve = await house.login('eve');
  const { actions } = session(house);
  await actions.send(message(house, 'bob', alice, 'a\nsecret'));
  await bob.until(/^alice@jabber whispers to you: a$/);
  await bob.until(/^ {2}\| secret$/);
  bob.send('msg Alice@jabber and mine\r\n');
  await bob.until(/^You whisper to alice@jabber: and mine$/);
  const [told] = house.port.of('message');
  assert.deepEqual(told?.to, { account: 'jabber', user: 'a1', name: 'alice' });
  assert.equal(told?.room, actions.direct?.(idOf(house, 'bob'), alice), 'it is the same conversation');
  assert.equal(told?.sender.name, 'bob');
  eve.send('look\r\n');
  assert.doesNotMatch((await eve.until('bob')).join('\n'), /secret|mine/);
});

test('who is in a linked room can be written to by the name that look shows', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  atHome(house, ['u1', 'Tom Lee']);
  bob.send('msg tom_lee@jabber hello\r\n');
  await bob.until(/^You whisper to Tom_Lee@jabber: hello$/);
  assert.deepEqual(house.port.of('message')[0]?.to, { account: 'jabber', user: 'u1', name: 'Tom Lee' });
  bob.send('msg nobody@jabber hello\r\n');
  await bob.until(/^Nobody called nobody@jabber is in the linked rooms, or has written to you$/);
});

test('two of one name are never taken for one another', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  const { actions } = session(house);
  await actions.send(message(house, 'bob', alice, 'one'));
  await actions.send(message(house, 'bob', { ...alice, user: 'a2' }, 'two'));
  await bob.until(/^alice@jabber whispers to you: one$/);
  await bob.until(/^alice~2@jabber whispers to you: two$/);
  atHome(house, ['a3', 'alice']);
  bob.send('msg alice@jabber which?\r\nmsg alice~2@jabber you\r\n');
  await bob.until(/^More than one person is called alice@jabber now/);
  await bob.until(/^You whisper to alice~2@jabber: you$/);
  assert.deepEqual(
    house.port.of('message').map(({ to }) => to?.user),
    ['a2'],
  );
});

test('a private message is shown once, and its edit, recall and reactions in words', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  const { actions } = session(house);
  const said = message(house, 'bob', alice, 'a mistake');
  const receipt = await actions.send(said);
  assert.deepEqual(await actions.send(said), receipt);
  assert.deepEqual(await actions.find?.({ room: said.room, token: said.token, since: 0 }), receipt);
  const target = receipt.native ?? '';
  await actions.edit?.({ ...message(house, 'bob', alice, 'a better one', 'e'), target });
  await actions.react?.({ room: said.room, target, token: 'r', emoji: '👍', added: true, author: alice });
  await actions.recall?.({ room: said.room, target, token: 'd', author: alice });
  const lines = await bob.until('A message of alice@jabber was taken back');
  const shown = lines.filter((line) => line.includes('alice'));
  assert.deepEqual(shown, [
    'alice@jabber whispers to you: a mistake',
    'alice@jabber whispers to you: [edited] a better one',
    'alice@jabber reacted with 👍',
    'A message of alice@jabber was taken back',
  ]);
});

test('who has left cannot be written to, and who comes under the same name is somebody else', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  const { actions } = session(house);
  const late = message(house, 'bob', alice, 'too late');
  const id = idOf(house, 'bob');
  bob.send('logout\r\n');
  await bob.until(/^Goodbye!$/);
  await house.port.until((port) => port.of('leave')[0]);
  await house.login('bob');
  assert.throws(
    () => actions.direct?.(id, alice),
    (error) => error instanceof RequestError && error.code === 'person-away',
  );
  await assert.rejects(actions.send(late), (error) => error instanceof DeliveryError && error.permanent);
});

test('what cannot be sent is told to who typed it', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  atHome(house, ['u1', 'tom']);
  house.port.refuse(new RequestError('not-supported', 'private messages to people of jabber cannot be sent'));
  bob.send('msg tom@jabber hello\r\n');
  await bob.until(/^This was not sent \(private messages to people of jabber cannot be sent\) - hello$/);
});

test('the hub’s own words to one person are the house’s', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  const { author: _, ...notice } = message(house, 'bob', alice, '[hutong] This did not reach anybody: "x"');
  await session(house).actions.send(notice);
  await bob.until(/^\[hutong\] This did not reach anybody: "x"$/);
});

test('who is blocked is refused, from elsewhere and from the house, until it is taken back', async () => {
  await using house = await openHouse();
  const bob = await house.login('bob');
  const eve = await house.login('eve');
  const { actions } = session(house);
  const early = message(house, 'bob', alice, 'before');
  await actions.send(early);
  await bob.until('alice@jabber whispers to you: before');
  bob.send('block Alice@jabber\r\nblock eve\r\n');
  await bob.until(/^Private messages of eve are refused/);
  assert.throws(() => actions.direct?.(idOf(house, 'bob'), alice), refused);
  await assert.rejects(actions.send({ ...early, token: 'again' }), /they take no private messages from you/);
  eve.send('msg bob psst\r\n');
  await eve.until('bob takes no private messages from you');
  bob.send('unblock alice@jabber\r\nunblock eve\r\nunblock eve\r\n');
  await bob.until('You have not blocked eve');
  eve.send('msg bob hello\r\n');
  await bob.until('eve whispers to you: hello');
  await actions.send({ ...early, token: 'after' });
  await bob.until('alice@jabber whispers to you: before');
  bob.send('block all\r\n');
  await bob.until(/^Private messages of all are refused/);
  assert.throws(() => actions.direct?.(idOf(house, 'bob'), { ...alice, user: 'anybody' }), refused);
});

test('a program that is there as the house is written to by the house’s name, and answers', async () => {
  await using house = await openHouse({ config: { name: 'Hutong' } });
  const bob = await house.login('bob');
  const eve = await house.login('eve');
  for (const name of ['hutong', '[Hutong]']) {
    bob.send(`msg ${name} are you there?\r\n`);
    await bob.until(/^You whisper to \[Hutong\]: are you there\?$/);
  }
  const [told] = house.port.of('message');
  assert.equal(told?.to, undefined);
  const { actions, self } = session(house);
  const author = { name: self.name, account: 'house', user: self.id };
  assert.equal(told?.room, actions.direct?.(idOf(house, 'bob'), author));
  await actions.send(message(house, 'bob', author, 'I am'));
  await bob.until(/^\[Hutong\] whispers to you: I am$/);
  const { author: _, ...post } = message(house, 'bob', author, 'ann: as a program posts it');
  await actions.send(post);
  await bob.until(/^\[Hutong\] whispers to you: ann: as a program posts it$/);
  eve.send('look\r\n');
  assert.doesNotMatch((await eve.until('bob')).join('\n'), /there\?|I am/);
});
