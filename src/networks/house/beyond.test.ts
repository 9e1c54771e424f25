/** What the house does beyond the old line chat, through real sockets. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { JournalError } from '../../hub/errors.ts';
import type { HubEvent } from '../../hub/event.ts';
import { textBody } from '../../hub/message.ts';
import type { OutgoingMessage } from '../../hub/network.ts';
import { openHouse } from '../../../test/fakes/house.ts';
import { FakePort } from '../../../test/fakes/port.ts';

const author = { name: '小明', account: 'qq', user: '7' };

function createOutgoing(token: string, text: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { room: 'lobby', token, body: textBody(text), author, at: 0, hops: [], ...more };
}

test('the speaker sees the own line only when the journal has it, and lines stay in order', async () => {
  await using house = await openHouse({ telnet: { flood: false } });
  await using ann = await house.login('ann');
  house.port.hold();
  const texts = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  ann.send(texts.map((text) => `say ${text}\r\n`).join(''));
  await house.port.until((port) => (port.of('message').length === texts.length ? true : undefined));
  ann.send('help say\r\n');
  house.port.release();
  const seen = await ann.until(/^say TEXT/);
  assert.deepEqual(
    seen.slice(0, -1),
    texts.map((text) => `ann: ${text}`),
  );
});

test('what could not be kept was not said: nobody sees it, and the speaker is told why', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  house.port.refuse(new JournalError('journal-full', 'The disk is full'));
  ann.send('say hello\r\n');
  assert.equal(await ann.line(), 'This was not said (the disk is full here; please try again later) - hello');
  house.port.refuse(undefined);
  ann.send('say again\r\n');
  assert.equal(await ann.line(), 'ann: again');
  assert.equal(await bob.line(), 'ann: again');
});

test('no more than 256 lines of one client are under way; the rest waits, in order', async () => {
  await using house = await openHouse({ telnet: { flood: false } });
  await using ann = await house.login('ann');
  house.port.hold();
  const count = 1000;
  ann.send(Array.from({ length: count }, (_, index) => `say ${index}\r\n`).join(''));
  await house.port.until((port) => (port.of('message').length === 256 ? true : undefined));
  ann.send('help say\r\n');
  house.port.release();
  const seen = await ann.until(/^say TEXT/);
  assert.deepEqual(
    seen.slice(0, -1),
    Array.from({ length: count }, (_, index) => `ann: ${index}`),
  );
});

test('another name of somebody elsewhere is told by the house, once, and what stays the same is not', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  const { actions } = house.port.session!;
  const renaming = {
    ...createOutgoing('t1', 'in words'),
    author: { ...author, name: '小 华' },
    oldName: '小明',
  };
  await actions.rename?.(renaming);
  await actions.rename?.(renaming);
  await actions.rename?.({ ...renaming, token: 't2', oldName: '小_华' });
  await actions.send(createOutgoing('t3', 'done'));
  assert.deepEqual(await ann.until('小明@qq: done'), ['小明@qq is now known as 小_华@qq', '小明@qq: done']);
});

test('me shows what somebody does', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  ann.send('me waves\r\n/me smiles\r\n');
  assert.equal(await ann.line(), '* ann waves');
  assert.equal(await ann.line(), '* ann smiles');
  assert.equal(house.port.of('message')[0]?.action, true);
});

test('msg is seen by two people only, and is not journaled', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await using carl = await house.login('carl');
  ann.send('msg BOB psst, you\r\nmsg nobody hi\r\nsay done\r\n');
  await ann.until('You whisper to bob: psst, you');
  assert.equal(await ann.line(), 'Nobody called nobody is in this house');
  await bob.until('ann whispers to you: psst, you');
  assert.equal(await carl.line(), 'ann: done');
  assert.equal(house.port.of('message').length, 1);
});

test('rooms are apart; join goes from one to another', async () => {
  await using house = await openHouse({ config: { rooms: ['lobby', '后院'] } });
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  ann.send('join 后院\r\nsay alone\r\nrooms\r\njoin attic\r\n');
  assert.equal(await bob.line(), 'ann has left the room!');
  assert.equal(await ann.line(), 'You are ann, in 后院; nobody else is here. Type help for the commands');
  assert.equal(await ann.line(), 'ann: alone');
  assert.equal(await ann.line(), 'lobby (1 person)');
  assert.equal(await ann.line(), '后院 (1 person) - you are here');
  assert.equal(await ann.line(), 'There is no room attic - the rooms are lobby, 后院');
  bob.send('say here\r\n');
  assert.equal(await bob.line(), 'bob: here');
  assert.deepEqual(
    house.port.events.map((event) => `${event.kind} ${event.room}`),
    ['join lobby', 'join lobby', 'leave lobby', 'join 后院', 'message 后院', 'message lobby'],
  );
});

test('nick changes the name, if it is free, and everyone sees it', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  ann.send('nick Bob\r\nnick system\r\nnick anna\r\nsay hi\r\n');
  assert.equal(await ann.line(), 'The name bob is in use; please choose another');
  assert.equal(await ann.line(), 'The name system is reserved; please try another');
  assert.equal(await ann.line(), 'ann is now known as anna');
  assert.equal(await bob.line(), 'ann is now known as anna');
  assert.equal(await bob.line(), 'anna: hi');
  const [rename] = house.port.of('rename');
  assert.equal(rename?.oldName, 'ann');
  assert.equal(rename?.who.name, 'anna');
  await using again = await house.login('ann');
  assert.ok(again);
});

test('people of linked rooms show in look and who as foreigners, each room once', async () => {
  await using house = await openHouse({ config: { rooms: ['lobby', 'yard'] } });
  const members = [
    { id: '7', name: '小明' },
    { id: '8', name: 'ann' },
    { id: '9', name: 'x\r\nsystem: hi' },
  ];
  const linked = { room: 'qq/group:1', online: true, members } as const;
  house.port.neighbourhoods.set('lobby', [{ ...linked }]).set('yard', [{ ...linked }]);
  await using ann = await house.login('ann');
  const expected = ['ann', '小明@qq', 'ann@qq', 'x_system_hi@qq'];
  for (const command of ['look', 'who']) {
    ann.send(`${command}\r\nhelp say\r\n`);
    assert.deepEqual((await ann.until(/^say TEXT/)).slice(0, -1), expected);
  }
});

test('what is said elsewhere is shown with its author and what it answers', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  const { session } = house.port;
  assert.ok(session?.carries.includes('author'));
  ann.send('say who is there?\r\n');
  await ann.line();
  const said = house.port.of('message')[0]?.native ?? '';
  const receipt = await session?.actions.send(
    createOutgoing('t1', 'I am\nann: forged', { replyTo: { native: said } }),
  );
  assert.deepEqual(receipt, { native: 't1' });
  assert.deepEqual(await ann.until('  | ann: forged'), [
    '> ann: who is there?',
    '小明@qq: I am',
    '  | ann: forged',
  ]);
  await session?.actions.send(createOutgoing('t2', 'waves', { action: true }));
  assert.equal(await ann.line(), '* 小明@qq waves');
  await session?.actions.edit?.({ ...createOutgoing('t3', 'I am not'), target: 't1' });
  assert.equal(await ann.line(), '小明@qq [edited]: I am not');
  await session?.actions.react?.({
    room: 'lobby',
    target: said,
    token: 't4',
    emoji: '👍',
    added: true,
    author,
  });
  assert.equal(await ann.line(), '小明@qq reacted with 👍 to "who is there?"');
  await session?.actions.recall?.({ room: 'lobby', target: 't1', token: 't5' });
  assert.equal(await ann.line(), 'A message of 小明@qq was taken back');
});

test('what a program posts as the house itself cannot be taken for a person', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await house.port.session?.actions.send({
    room: 'lobby',
    token: 't',
    body: textBody('hi'),
    at: 0,
    hops: [],
  });
  assert.equal(await ann.line(), '[hutong]: hi');
});

test('a send tried again is not shown again, and can be found', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  const { session } = house.port;
  const find = (token: string) => session?.actions.find?.({ room: 'lobby', token, since: 0 });
  assert.equal(await find('t1'), 'absent');
  await session?.actions.send(createOutgoing('t1', 'once'));
  assert.deepEqual(await session?.actions.send(createOutgoing('t1', 'once')), { native: 't1' });
  assert.deepEqual(await find('t1'), { native: 't1' });
  await session?.actions.send(createOutgoing('t2', 'twice'));
  assert.deepEqual(await ann.until('小明@qq: twice'), ['小明@qq: once', '小明@qq: twice']);
});

test('a send to a room that is not there fails for good', async () => {
  await using house = await openHouse();
  await assert.rejects(
    async () => house.port.session?.actions.send(createOutgoing('t', 'x', { room: 'attic' })),
    {
      name: 'DeliveryError',
      outcome: 'failed',
      permanent: true,
    },
  );
});

test('history shows what was said, with the time, edits in place and without what was taken back', async () => {
  const port = new FakePort();
  const at = new Date(2020, 1, 3, 4, 5).getTime();
  const event = (id: string, room: `${string}/${string}`, name: string, text: string): HubEvent => ({
    kind: 'message',
    id,
    position: 1,
    room,
    at,
    sender: { id: name, name },
    body: textBody(text),
  });
  port.histories.set('lobby', [
    event('1', 'house/lobby', 'ann', 'first'),
    event('2', 'qq/group:1', '小明', 'second\nann: forged'),
    event('3', 'qq/group:1', '小明', 'gone'),
    event('4', 'house/lobby', 'house', 'by a program'),
    {
      kind: 'edit',
      id: '5',
      position: 2,
      room: 'house/lobby',
      at,
      actor: { id: 'ann', name: 'ann' },
      target: '1',
      body: textBody('1st'),
    },
    {
      kind: 'recall',
      id: '6',
      position: 3,
      room: 'qq/group:1',
      at,
      actor: { id: '小明', name: '小明' },
      target: '3',
    },
  ]);
  await using house = await openHouse({ port });
  await using ann = await house.login('ann');
  ann.send('history\r\n');
  assert.deepEqual(await ann.until(/program/), [
    '[2020-02-03 04:05] ann [edited]: 1st',
    '[2020-02-03 04:05] 小明@qq: second',
    '  | ann: forged',
    '[2020-02-03 04:05] [hutong]: by a program',
  ]);
  ann.send('history none\r\njoin yard\r\n');
  assert.equal(await ann.line(), 'N is a whole number of 1 or more, not none');
});

test('members tells who is in a room, parseRoom which rooms there are', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  assert.deepEqual(
    house.port.session?.actions.members?.('lobby').map((user) => user.name),
    ['ann'],
  );
  assert.ok(ann);
});

test('a room is opened while people talk, and nobody’s line drops; what would take people away is left to a new start', async () => {
  await using house = await openHouse({ config: { rooms: ['lobby'] } });
  await using ann = await house.login('ann');
  assert.equal(house.update({ rooms: ['tea', 'lobby'] }), true);
  ann.send('join tea\r\nsay 茶\r\n');
  assert.equal(await ann.until(/茶/).then((lines) => lines.at(-1)), 'ann: 茶');
  assert.equal(house.port.of('message').at(-1)?.room, 'tea');
  assert.equal(house.update({ rooms: ['tea'] }), false, 'the lobby is not taken from under people');
  assert.equal(house.update({ rooms: ['tea', 'lobby'], name: 'Other' }), false);
  assert.equal(house.update({ rooms: ['tea', 'lobby', 'den'], historyLines: 5 }), true);
});

test('the house tells which rooms it has not: one whose name is written otherwise is none of its ids', async () => {
  await using house = await openHouse({ config: { rooms: ['lobby', 'tea'] } });
  const { session } = house.port;
  assert.equal(session?.lacksRoom?.('lobby'), undefined);
  assert.equal(session?.lacksRoom?.('Lobby'), 'the house has no room Lobby; the rooms are lobby, tea');
  assert.equal(session?.lacksRoom?.('nowhere'), 'the house has no room nowhere; the rooms are lobby, tea');
  assert.equal(session?.lacksRoom?.('@%/a/b'), 'the house has no room @%/a/b; the rooms are lobby, tea');
  assert.equal(session?.lacksRoom?.('@%E8%83%A1/a/b'), undefined);
});
