/** The telnet door under every sort of client: old terminals, slow ones, floods, garbage, broken lines. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { textBody } from '../../hub/message.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { openHouse, telnetAddress } from '../../../test/fakes/house.ts';
import { connectLines, connectLinesByTls } from '../../../test/fakes/line-client.ts';
import { FakePort, runOnline } from '../../../test/fakes/port.ts';
import { createHouseNetwork } from './index.ts';

const niHaoGbk = Buffer.from([0xc4, 0xe3, 0xba, 0xc3]);

test('a telnet client that negotiates is refused politely and its text is read', async () => {
  await using house = await openHouse();
  await using client = await connectLines(house.address);
  await client.until(/^ {2}help /);
  client.send(Buffer.from([255, 253, 1, 255, 251, 31, 255, 250, 31, 0, 80, 0, 24, 255, 240]));
  client.send('login ann\r\0say h\u0008hi\r\n');
  const [line] = await client.until(/You are ann/);
  assert.ok(line?.includes('You are ann, in lobby'));
  assert.equal(await client.line(), 'ann: hi');
});

test('bytes that are no UTF-8 are not said; GBK is recognised and offered', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  ann.send(Buffer.concat([Buffer.from('say '), niHaoGbk, Buffer.from('\r\n')]));
  assert.equal(
    await ann.line(),
    'That line was left out, because it is not UTF-8; if your terminal writes GBK, type - encoding gbk',
  );
  ann.send(Buffer.from([0xff, 0xff, 0x80, 0x0a]));
  assert.equal(await ann.line(), 'That line was left out, because it is not UTF-8');
  assert.equal(house.port.of('message').length, 0);
});

test('a GBK terminal and a UTF-8 one talk to each other', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  bob.send('encoding GBK\r\n');
  assert.ok((await bob.bytes())?.includes(Buffer.from([0xd6, 0xd0, 0xce, 0xc4])));
  bob.send(Buffer.concat([Buffer.from('say '), niHaoGbk, Buffer.from('\r\n')]));
  assert.equal(await ann.line(), 'bob: 你好');
  assert.deepEqual(await bob.bytes(), Buffer.concat([Buffer.from('bob: '), niHaoGbk, Buffer.from('\r\n')]));
  ann.send('say 你好😀\r\n');
  assert.deepEqual(await bob.bytes(), Buffer.concat([Buffer.from('ann: '), niHaoGbk, Buffer.from('?\r\n')]));
  bob.send('encoding big5\r\n');
  assert.equal(await bob.line(), 'There is no encoding big5, only utf-8 and gbk');
});

test('a door can be set to GBK for all who come by it', async () => {
  await using house = await openHouse({ config: { name: '你好' }, telnet: { encoding: 'gbk' } });
  await using client = await connectLines(house.address);
  assert.deepEqual(
    await client.bytes(),
    Buffer.concat([Buffer.from('Welcome to '), niHaoGbk, Buffer.from('\r\n')]),
  );
});

test('a line at the limit is said, one over it is not, and the connection lives', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  const text = 'x'.repeat(65_536 - 'say '.length);
  ann.send(`say ${text}\r\nsay ${text}y\r\nsay ok\r\n`);
  assert.equal(await ann.line(), `ann: ${text}`);
  assert.equal(await ann.line(), 'That line was left out, because it is longer than 65536 bytes');
  assert.equal(await ann.line(), 'ann: ok');
});

test('100 MB without a line end cost no memory, and the connection lives', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  const chunk = Buffer.alloc(65_536, 'x');
  global.gc?.();
  const before = process.memoryUsage().rss;
  let most = 0;
  for (let count = 0; count < 1600; count++) {
    if (!ann.socket.write(chunk)) await once(ann.socket, 'drain');
    most = Math.max(most, process.memoryUsage().rss);
  }
  ann.send('\r\nsay still here\r\n');
  assert.deepEqual(await ann.until('ann: still here'), [
    'That line was left out, because it is longer than 65536 bytes',
    'ann: still here',
  ]);
  assert.ok(most - before < 80 * 1024 * 1024, `grew by ${most - before} bytes`);
});

test('garbage is answered or left out; others notice nothing', async () => {
  await using house = await openHouse({ telnet: { flood: false } });
  await using ann = await house.login('ann');
  await using garbage = await house.connect();
  let seed = 1;
  const bytes = Buffer.alloc(500_000).map(() => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16);
  garbage.send(bytes);
  // Ends whatever the garbage began: a subnegotiation, a line.
  garbage.send(
    Buffer.concat([Buffer.from([255, 240]), Buffer.alloc(2000, 'x'), Buffer.from('\r\nlogin gus\r\n')]),
  );
  await garbage.until(/You are gus/);
  assert.equal(await ann.line(), 'gus has entered the room!');
  ann.send('say hi\r\n');
  assert.equal(await ann.line(), 'ann: hi');
});

test('flood control slows reading and drops nothing', async () => {
  await using house = await openHouse({ telnet: { flood: { linesPerSecond: 1000, burstLines: 10 } } });
  await using ann = await house.login('ann');
  const texts = Array.from({ length: 400 }, (_, index) => `say ${index}\r\n`);
  const start = performance.now();
  ann.send(texts.join(''));
  for (const [index] of texts.entries()) assert.equal(await ann.line(), `ann: ${index}`);
  assert.ok(performance.now() - start > 350, `too fast: ${performance.now() - start} ms`);
});

test('a long line counts as many for flood control', async () => {
  await using house = await openHouse({ telnet: { flood: { linesPerSecond: 30, burstLines: 5 } } });
  await using ann = await house.login('ann');
  const start = performance.now();
  ann.send(`say ${'x'.repeat(65_000)}\r\nsay ${'x'.repeat(65_000)}\r\nsay done\r\n`);
  await ann.until('ann: done');
  assert.ok(performance.now() - start > 150, `too fast: ${performance.now() - start} ms`);
});

test('what was sent before the client closed its side is all said and answered', async () => {
  await using house = await openHouse({ telnet: { flood: { linesPerSecond: 1000, burstLines: 5 } } });
  await using ann = await connectLines(house.address);
  const texts = Array.from({ length: 100 }, (_, index) => `ann: ${index}`);
  ann.socket.end(`login ann\r\n${texts.map((text) => text.replace('ann: ', 'say ')).join('\r\n')}\r\n`);
  const lines = await ann.rest();
  assert.deepEqual(lines.slice(-100), texts);
  assert.equal(house.port.of('leave').length, 1);
});

test('a message under way when its connection breaks is shown once it is durable, then the speaker leaves', async () => {
  await using house = await openHouse();
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  house.port.hold();
  bob.send('say last words\r\n');
  await house.port.until((port) => port.of('message')[0]);
  bob.socket.resetAndDestroy();
  house.port.release();
  assert.equal(await ann.line(), 'bob: last words');
  assert.equal(await ann.line(), 'bob has left the room!');
});

test('who does not read is given up, the others are not held up', async () => {
  await using house = await openHouse({ telnet: { flood: false, backlogBytes: 65_536 } });
  await using ann = await house.login('ann');
  await using slow = await house.login('slow');
  await ann.line();
  slow.socket.pause();
  const text = 'x'.repeat(60_000);
  let said = 0;
  for (let line = ''; line !== 'slow has left the room!'; said++) {
    assert.ok(said < 2000, 'slow is still there');
    ann.send(`say ${text}\r\n`);
    line = (await ann.line()) ?? '';
  }
  ann.send('say and on\r\n');
  await ann.until('ann: and on');
});

const toOutgoing = (count: number) => ({
  room: 'lobby',
  token: `t${count}`,
  body: textBody(`${count}`),
  at: 0,
  hops: [],
});

test('what is shown to one and what is shown to all keep their order', async () => {
  await using house = await openHouse({ telnet: { flood: false } });
  await using ann = await house.login('ann');
  await using bob = await house.login('bob');
  await ann.line();
  for (let count = 0; count < 50; count++) {
    ann.send(`say ${count}\r\nmsg bob ${count}\r\n`);
    void house.port.session?.actions.send(toOutgoing(count));
  }
  const seen = await bob.until('ann whispers to you: 49');
  const said = seen.filter((line) => !line.startsWith('[hutong]'));
  assert.deepEqual(
    said,
    Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0 ? `ann: ${index / 2}` : `ann whispers to you: ${(index - 1) / 2}`,
    ),
  );
});

test('who types nothing for too long is logged out; who never logs in is disconnected', async () => {
  await using house = await openHouse({ telnet: { idleMinutes: 0.002, loginMinutes: 0.001 } });
  await using visitor = await house.connect();
  assert.deepEqual(await visitor.rest(), ['You have typed nothing for too long. Goodbye!']);
  await using ann = await house.login('ann');
  assert.deepEqual(await ann.rest(), ['You have typed nothing for too long. Goodbye!']);
  assert.equal(house.port.of('leave').length, 1);
});

test('a full house says so', async () => {
  await using house = await openHouse({ telnet: { sessions: 1 } });
  await using ann = await house.login('ann');
  await using late = await connectLines(house.address);
  assert.deepEqual(await late.rest(), ['hutong is full; please come back later']);
  assert.ok(ann);
});

test('a port in use is told with its address and the setting; the same house runs again once it is free', async () => {
  const kind = createHouseNetwork({ clock: createSystemClock() });
  await using first = await openHouse();
  const network = kind.open('house', kind.config.parse({ telnet: { listen: first.address } }));
  await assert.rejects(network.run(new FakePort(), new AbortController().signal), {
    name: 'ListenError',
    message: `Telnet cannot listen on ${first.address} - something else listens there; telnet.listen sets the address`,
  });
  await first[Symbol.asyncDispose]();
  for (let count = 0; count < 2; count++) {
    await using run = await runOnline(network, new FakePort());
    assert.equal(telnetAddress(run.port.states), first.address);
    await using client = await connectLines(first.address);
    assert.equal(await client.line(), 'Welcome to hutong');
  }
});

test('a house that stops says goodbye to everyone and reports that they left', async () => {
  const house = await openHouse();
  await using ann = await house.login('ann');
  await using visitor = await house.connect();
  await house[Symbol.asyncDispose]();
  assert.deepEqual(await ann.rest(), ['hutong stops for now. Goodbye!']);
  assert.deepEqual(await visitor.rest(), ['hutong stops for now. Goodbye!']);
  assert.deepEqual(
    house.port.events.map((event) => event.kind),
    ['join', 'leave'],
  );
});

test('without a door the house is there all the same', async () => {
  const kind = createHouseNetwork({ clock: createSystemClock() });
  const network = kind.open('house', kind.config.parse({ telnet: false, rooms: ['Lobby'] }));
  await using run = await runOnline(network, new FakePort());
  assert.ok(run.port.session);
  assert.equal(network.parseRoom?.('lobby'), 'Lobby');
  assert.throws(() => network.parseRoom?.('attic'), {
    message: 'There is no room attic in house; the only room is Lobby',
  });
});

test('the door can be TLS, and says what is wrong with a certificate', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-telnet-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    execFileSync('openssl', ['req', '-x509', ...newKey, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    await using house = await openHouse({ telnet: { tls: { cert, key } } });
    await using ann = await connectLinesByTls(house.address, { ca: await readFile(cert) });
    ann.send('login ann\r\nsay 你好\r\nlogout\r\n');
    assert.deepEqual((await ann.rest()).slice(-2), ['ann: 你好', 'Goodbye!']);
    // One that speaks no TLS is turned away and nobody else notices.
    await using plain = await connectLines(house.address);
    plain.send('login bob\r\n');
    await plain.rest();

    const missing = openHouse({ telnet: { tls: { cert: join(folder, 'none.pem'), key } } });
    await assert.rejects(missing, {
      code: 'account-setup',
      message: /^telnet\.tls\.cert cannot be read - .*none\.pem/,
    });
    const swapped = openHouse({ telnet: { tls: { cert: key, key: cert } } });
    await assert.rejects(swapped, { code: 'account-setup', message: /cannot be used/ });
  } finally {
    await rm(folder, { recursive: true });
  }
});
