/**
 * The line chat as its old clients know it, line by line, through real sockets: what the server shows for what is
 * typed in which state.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { connectLines } from '../../../test/fakes/line-client.ts';
import { openHouse } from '../../../test/fakes/house.ts';

test('connected: the welcome, then the usage', async () => {
  await using house = await openHouse({ config: { name: '胡同' } });
  await using client = await connectLines(house.address);
  assert.deepEqual(await client.bytes(), Buffer.from('Welcome to 胡同\r\n'));
  assert.match((await client.line()) ?? '', /^ {2}login NICK /);
});

test('not logged in: login lets one in, the others see it', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  assert.deepEqual(await ann.bytes(), Buffer.from('bob has entered the room!\r\n'));
  bob.send('say hi\r\n');
  assert.equal(await bob.line(), 'bob: hi');
});

test('not logged in: login without a name asks for one', async () => {
  await using house = await openHouse();
  await using client = await house.connect();
  client.send('login\r\n');
  assert.match((await client.line()) ?? '', /^Please enter a name/);
});

test('not logged in: a taken nick asks for another, whatever its capitals', async () => {
  await using house = await openHouse();
  await using _ann = await house.login('ann');
  await using client = await house.connect();
  client.send('login Ann\r\nlogin ann2\r\n');
  assert.equal(await client.line(), 'The name ann is in use; please choose another');
  assert.match((await client.line()) ?? '', /^You are ann2, in lobby/);
});

test('not logged in: anything else is answered by please log in, with how', async () => {
  await using house = await openHouse();
  await using client = await house.connect();
  client.send('say hi\r\n');
  assert.equal(await client.line(), 'Please log in');
  assert.match((await client.line()) ?? '', /^ {2}login NICK /);
  await client.until(/^ {2}help /);
  client.send('fly\r\n');
  assert.equal(await client.line(), 'Please log in');
  assert.equal(await client.line(), 'Unknown command fly');
  assert.match((await client.line()) ?? '', /^ {2}login NICK /);
  assert.deepEqual(house.port.events, []);
});

test('in the room: say is seen by everyone, the speaker too, byte for byte', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  ann.send('say 你好, bob!\r\n');
  assert.deepEqual(await ann.bytes(), Buffer.from('ann: 你好, bob!\r\n'));
  assert.deepEqual(await bob.bytes(), Buffer.from('ann: 你好, bob!\r\n'));
  const [message] = house.port.of('message');
  assert.deepEqual(message?.body, [{ type: 'text', text: '你好, bob!' }]);
  assert.equal(message?.sender.name, 'ann');
  assert.equal(message?.room, 'lobby');
  assert.match(message?.native ?? '', /^[0-9a-z]{22}$/);
});

test('in the room: look lists who is here, who lists who is logged in, one a line', async () => {
  await using house = await openHouse({ config: { rooms: ['lobby', 'yard'] } });
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  bob.send('join yard\r\n');
  await ann.until('bob has left the room!');
  ann.send('look\r\nhelp say\r\n');
  assert.deepEqual((await ann.until(/^say TEXT/)).slice(0, -1), ['ann']);
  ann.send('who\r\nhelp say\r\n');
  assert.deepEqual((await ann.until(/^say TEXT/)).slice(0, -1), ['ann', 'bob']);
});

test('in the room: logout closes the line, frees the nick, and the others see it', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  bob.send('logout\r\n');
  assert.equal(await ann.line(), 'bob has left the room!');
  assert.deepEqual(await bob.rest(), ['Goodbye!']);
  await using again = await house.login('bob');
  assert.equal(await ann.line(), 'bob has entered the room!');
  assert.ok(again);
  assert.deepEqual(
    house.port.events.map((event) => [event.kind, 'who' in event ? event.who.name : '']),
    [
      ['join', 'ann'],
      ['join', 'bob'],
      ['leave', 'bob'],
      ['join', 'bob'],
    ],
  );
});

test('logout works before login too', async () => {
  await using house = await openHouse();
  await using client = await house.connect();
  client.send('logout\r\n');
  assert.deepEqual(await client.rest(), ['Goodbye!']);
});

test('an unknown command is named, with the usage; an empty line is nothing', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  ann.send('\r\n   \r\n\nfly away\r\n');
  assert.equal(await ann.line(), 'Unknown command fly');
  assert.match((await ann.line()) ?? '', /^ {2}say TEXT /);
  await ann.until('To say it: say fly away');
});

test('who is logged in and types login again learns how to change the name', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  ann.send('login bea\r\n');
  assert.equal(await ann.line(), 'You are logged in as ann; nick NAME changes your name');
});

test('a broken connection counts as logout', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  bob.socket.resetAndDestroy();
  assert.equal(await ann.line(), 'bob has left the room!');
  await using carl = await house.login('carl');
  await ann.line();
  carl.socket.end();
  assert.equal(await ann.line(), 'carl has left the room!');
  assert.deepEqual(await carl.rest(), []);
});

test('a bare LF ends a line too, and a line may come in pieces', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  ann.send('say one\nsay tw');
  assert.equal(await ann.line(), 'ann: one');
  ann.send('o\r');
  ann.send('\n');
  assert.equal(await ann.line(), 'ann: two');
});
