// The gate between plain HTTP/2 on both sides: bots that call, hubs that come and go. Nothing here knows gRPC's messages.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, rm, stat } from 'node:fs/promises';
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { PROTOCOL, readLine, writeLine, type Answer, type GateSettings, type Order } from './agreement.ts';
import { Gate } from './gate.ts';
import { withMark } from './mark.ts';

const EVENT = '/wechaty.Puppet/Event';
const SEND = '/wechaty.Puppet/MessageSendText';
const settings: GateSettings = { listen: { host: '127.0.0.1', port: 0 }, lingerMs: 60_000 };

interface World extends AsyncDisposable {
  gate: Gate;
  path: string;
}

async function openGate(): Promise<World> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hutong-gate-'));
  const path = join(folder.path, 'gate.sock');
  const gate = await Gate.open(path);
  return {
    gate,
    path,
    async [Symbol.asyncDispose]() {
      await gate.end();
      await folder.remove();
    },
  };
}

/** A call as the hub gets it. */
interface Taken {
  stream: ServerHttp2Stream;
  headers: IncomingHttpHeaders;
}

class FakeHub {
  readonly port: number;
  readonly #socket: Socket;
  readonly #calls: Taken[] = [];
  #wake = Promise.withResolvers<void>();

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.port = port;
    const server = createServer();
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.on('error', () => {});
      this.#calls.push({ stream, headers });
      this.#wake.resolve();
    });
    server.emit('connection', socket);
  }

  static async connect(path: string, more: Partial<GateSettings> = {}): Promise<FakeHub> {
    const { socket, answer } = await order(path, { protocol: PROTOCOL, act: 'serve', ...settings, ...more });
    assert.ok(answer.is === 'serving', JSON.stringify(answer));
    return new FakeHub(socket, answer.port);
  }

  async next(): Promise<Taken> {
    while (this.#calls.length === 0) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    return this.#calls.shift()!;
  }

  /** As a process that is killed. */
  kill(): void {
    this.#socket.destroy();
  }
}

async function order(path: string, line: Order): Promise<{ socket: Socket; answer: Answer }> {
  const socket = connectSocket(path);
  await once(socket, 'connect');
  writeLine(socket, line);
  return { socket, answer: (await readLine(socket)) as Answer };
}

class Bot implements Disposable {
  readonly #session: ClientHttp2Session;

  constructor(port: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on('error', () => {});
  }

  request(path: string, more: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    return this.#session.request({ ':method': 'POST', ':path': path, ...more });
  }

  /** What comes is read at once. */
  call(path: string, more: OutgoingHttpHeaders = {}): BotCall {
    return new BotCall(this.request(path, more));
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

class BotCall {
  readonly stream: ClientHttp2Stream;
  readonly answered: Promise<IncomingHttpHeaders>;
  /** All that came, when it has ended, and the status. */
  readonly ended: Promise<{ body: string; status: IncomingHttpHeaders }>;
  received = '';
  readonly #more = new EventTarget();

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    const { promise, resolve } = Promise.withResolvers<{ body: string; status: IncomingHttpHeaders }>();
    this.ended = promise;
    let status: IncomingHttpHeaders = {};
    this.answered = once(stream, 'response').then(([headers]) => {
      status = { ...headers, ...status };
      return headers as IncomingHttpHeaders;
    });
    stream.on('trailers', (trailers) => {
      status = { ...status, ...trailers };
    });
    stream.on('error', () => {});
    stream.on('close', () => resolve({ body: this.received, status }));
    stream.on('data', (piece: Buffer) => {
      this.received += piece.toString('latin1');
      this.#more.dispatchEvent(new Event('more'));
    });
  }

  async until(end: string): Promise<void> {
    while (!this.received.endsWith(end)) await once(this.#more, 'more');
  }
}

/** A message as gRPC writes it. */
function message(words: string, mark?: string): Buffer {
  const bytes = mark === undefined ? Buffer.from(words) : withMark(Buffer.from(words), mark);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

function reply({ stream }: Taken, body: Buffer | string, trailers: OutgoingHttpHeaders): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}

/** Reads so many bytes. */
async function receive(stream: Readable, length: number): Promise<void> {
  for (let missing = length; missing > 0;) {
    const piece = stream.read() as Buffer | null;
    if (piece === null) await once(stream, 'readable');
    missing -= piece?.length ?? 0;
  }
}

test('a call goes to the hub as it came, and its answer, metadata and status come back', async () => {
  await using world = await openGate();
  const hub = await FakeHub.connect(world.path);
  using bot = new Bot(hub.port);
  const call = bot.call(SEND, {
    ':authority': 'token',
    'x-mine': 'a',
    'hutong-told': '9',
    'hutong-call': 'b',
  });
  call.stream.end('request');
  const taken = await hub.next();
  const { [':authority']: token, 'x-mine': mine, 'hutong-call': id, 'hutong-told': told } = taken.headers;
  assert.deepEqual([token, mine, told], ['token', 'a', undefined]);
  assert.match(String(id), /^[0-9a-f-]{36}$/);
  assert.equal(await text(taken.stream), 'request');
  reply(taken, 'answer', { 'grpc-status': '0', 'x-more': 'b', 'hutong-secret': 'c' });
  const { body, status } = await call.ended;
  assert.equal(body, 'answer');
  assert.deepEqual(
    [status['content-type'], status['grpc-status'], status['x-more'], status['hutong-secret']],
    ['application/grpc', '0', 'b', undefined],
  );
  const refused = bot.call(SEND);
  refused.stream.end();
  (await hub.next()).stream.respond({ ':status': 200, 'grpc-status': '16' }, { endStream: true });
  assert.equal((await refused.ended).status['grpc-status'], '16');
});

test('the stream of events goes on with the next hub behind what the bot was told whole, and ends as a hub ends it', async () => {
  await using world = await openGate();
  const first = await FakeHub.connect(world.path);
  using bot = new Bot(first.port);
  const call = bot.call(EVENT, { ':authority': 'token' });
  call.stream.end('request');
  const before = await first.next();
  before.stream.respond({ ':status': 200 }, { waitForTrailers: true });
  const one = message('one', '1 self');
  before.stream.write(one);
  before.stream.write(message('two', '2 self').subarray(0, 9));
  await call.until('one');
  first.kill();
  const second = await FakeHub.connect(world.path);
  assert.equal(second.port, first.port);
  const after = await second.next();
  assert.deepEqual([after.headers[':authority'], after.headers['hutong-told']], ['token', '1 self']);
  assert.equal(await text(after.stream), 'request');
  const two = message('two', '2 self');
  reply(after, two, { 'grpc-status': '0', 'hutong-hold': '1' });
  await call.until('two');
  const third = await FakeHub.connect(world.path);
  const last = await third.next();
  assert.equal(last.headers['hutong-told'], '2 self');
  last.stream.respond({ ':status': 200, 'grpc-status': '16', 'grpc-message': 'no' }, { endStream: true });
  const { body, status } = await call.ended;
  assert.equal(body, Buffer.concat([one, two]).toString('latin1'));
  assert.deepEqual([status['grpc-status'], status['grpc-message']], ['16', 'no']);
});

test('a call that is answered before it is asked to the end is over for both', async () => {
  await using world = await openGate();
  const hub = await FakeHub.connect(world.path);
  using bot = new Bot(hub.port);
  const call = bot.call('/wechaty.Puppet/Upload');
  call.stream.write('some');
  const taken = await hub.next();
  reply(taken, '', { 'grpc-status': '8' });
  assert.equal((await call.ended).status['grpc-status'], '8');
  if (!taken.stream.closed) await once(taken.stream.resume(), 'close');
});

test('a call that a hub did not answer is made again under the same id, of three hubs at most', async () => {
  await using world = await openGate();
  const first = await FakeHub.connect(world.path);
  using bot = new Bot(first.port);
  const call = bot.call(SEND);
  call.stream.end('request');
  const { headers } = await first.next();
  first.kill();
  for (let count = 0; count < 2; count += 1) {
    const hub = await FakeHub.connect(world.path);
    const again = await hub.next();
    assert.equal(again.headers['hutong-call'], headers['hutong-call']);
    assert.equal(await text(again.stream), 'request');
    hub.kill();
  }
  assert.equal((await call.ended).status['grpc-status'], '14');
});

test('of an answer that a hub did not finish a bot sees nothing: the next one is asked', async () => {
  await using world = await openGate();
  const first = await FakeHub.connect(world.path);
  using bot = new Bot(first.port);
  const [begun, answered] = [bot.call('/wechaty.Puppet/MessagePayload'), bot.call(SEND)];
  for (const call of [begun, answered]) {
    call.stream.end();
    const { stream } = await first.next();
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    if (call === answered) stream.write('some');
  }
  // What was sent before on the same connection has come, too.
  const last = bot.call(SEND);
  last.stream.end();
  reply(await first.next(), '', { 'grpc-status': '0' });
  await last.ended;
  first.kill();
  const second = await FakeHub.connect(world.path);
  for (let count = 0; count < 2; count += 1) reply(await second.next(), 'all', { 'grpc-status': '0' });
  for (const call of [begun, answered]) {
    const { body, status } = await call.ended;
    assert.deepEqual([body, status['grpc-status']], ['all', '0']);
  }
});

test('a call whose request is long, or whose long answer has begun, ends with UNAVAILABLE when the hub is gone', async () => {
  await using world = await openGate();
  const hub = await FakeHub.connect(world.path);
  using bot = new Bot(hub.port);
  const long = bot.call('/wechaty.Puppet/Upload');
  long.stream.write(Buffer.alloc(200_000));
  const taken = await hub.next();
  await receive(taken.stream, 200_000);
  const begun = bot.call('/wechaty.Puppet/Download');
  begun.stream.end();
  const { stream } = await hub.next();
  stream.respond({ ':status': 200 });
  stream.write(`${'-'.repeat(70_000)}some`);
  await begun.until('some');
  hub.kill();
  for (const { ended } of [long, begun]) {
    const { status } = await ended;
    assert.equal(status['grpc-status'], '14');
    assert.match(String(status['grpc-message']), /not known/);
  }
});

test('calls that come while there is no hub wait for one, and for no longer than the gate does', async () => {
  await using world = await openGate();
  const first = await FakeHub.connect(world.path);
  using bot = new Bot(first.port);
  const greeting = bot.call(SEND);
  greeting.stream.end();
  reply(await first.next(), '', { 'grpc-status': '0' });
  await greeting.ended;
  first.kill();
  const call = bot.call(SEND);
  call.stream.end('patient');
  const second = await FakeHub.connect(world.path, { lingerMs: 1 });
  const taken = await second.next();
  assert.equal(await text(taken.stream), 'patient');
  reply(taken, 'done', { 'grpc-status': '0' });
  assert.equal((await call.ended).body, 'done');
  const held = bot.call(EVENT);
  held.stream.end();
  const { stream } = await second.next();
  stream.respond({ ':status': 200 }, { waitForTrailers: true });
  stream.write(message('one'));
  await held.until('one');
  second.kill();
  assert.equal((await held.ended).status['grpc-status'], '14');
  await world.gate.over;
  await assert.rejects(stat(world.path), { code: 'ENOENT' });
});

test('without a hub the gate ends with its last bot, and when nobody can find it any more', async () => {
  await using left = await openGate();
  const hub = await FakeHub.connect(left.path);
  const bot = new Bot(hub.port);
  const call = bot.call(EVENT);
  call.stream.end();
  await hub.next();
  hub.kill();
  bot[Symbol.dispose]();
  await left.gate.over;
  await using lonely = await openGate();
  (await FakeHub.connect(lonely.path)).kill();
  await lonely.gate.over;
  await using lost = await openGate();
  await rm(lost.path);
  await lost.gate.over;
});

test('a hub with other settings is told so, and one order ends the gate', async () => {
  await using world = await openGate();
  const hub = await FakeHub.connect(world.path);
  const other = { ...settings, listen: { host: '127.0.0.1', port: 1 } };
  for (const line of [
    { protocol: PROTOCOL, act: 'serve', ...other },
    { protocol: PROTOCOL + 1, act: 'serve', ...settings },
  ] as const) {
    assert.deepEqual((await order(world.path, line)).answer, { is: 'other' });
  }
  using bot = new Bot(hub.port);
  const call = bot.call(EVENT);
  call.stream.end();
  await hub.next();
  const socket = connectSocket(world.path);
  writeLine(socket, { protocol: PROTOCOL + 1, act: 'end' });
  await Promise.all([once(socket.resume(), 'close'), world.gate.over]);
  assert.equal((await call.ended).status['grpc-status'], '14');
});

test('a port that is taken is told, and may be tried again', async () => {
  await using world = await openGate();
  await using second = await openGate();
  const first = await FakeHub.connect(world.path);
  const { port } = first;
  const listen = { host: '127.0.0.1', port };
  const taken = await order(second.path, { protocol: PROTOCOL, act: 'serve', ...settings, listen });
  assert.match(JSON.stringify(taken.answer), /"failed".*EADDRINUSE/);
  first.kill();
  await world.gate.over;
  assert.equal((await FakeHub.connect(second.path, { listen })).port, port);
});

test('who reads slowly, bot or hub, holds what is written to it, and nobody else', async () => {
  await using world = await openGate();
  const hub = await FakeHub.connect(world.path);
  using bot = new Bot(hub.port);
  const mebibyte = Buffer.alloc(1024 * 1024);
  const slow = bot.request('/wechaty.Puppet/Download');
  slow.end();
  const down = (await hub.next()).stream;
  down.respond({ ':status': 200 });
  const up = bot.request('/wechaty.Puppet/Upload');
  const { stream: taken } = await hub.next();
  for (const [writer, reader] of [
    [down, slow],
    [up, taken],
  ] as const) {
    const counted = { writes: 0 };
    const write = (): void => {
      if (counted.writes < 64) writer.write(mebibyte, () => write());
      counted.writes += 1;
    };
    write();
    const other = bot.call(SEND);
    other.stream.end();
    reply(await hub.next(), 'quick', { 'grpc-status': '0' });
    assert.equal((await other.ended).body, 'quick');
    assert.ok(counted.writes < 8, `${counted.writes} MiB went out that nobody read`);
    await receive(reader, 64 * mebibyte.length);
  }
});

/** A frame of HTTP/2. @see RFC 9113, section 4.1 */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A string of less than 127 bytes. @see RFC 7541, section 5.2 */
function word(content: string): Buffer {
  return Buffer.concat([Buffer.from([content.length]), Buffer.from(content)]);
}

/** Headers as they are, without any index. @see RFC 7541, section 6.2.2 */
function block(headers: Readonly<Record<string, string>>): Buffer {
  const each = Object.entries(headers).map(([name, value]) => [Buffer.from([0]), word(name), word(value)]);
  return Buffer.concat(each.flat());
}

test('headers that nobody may send on end their own call only', async () => {
  await using world = await openGate();
  const hub = await FakeHub.connect(world.path);
  const socket = connectSocket({ port: hub.port, host: '127.0.0.1' });
  const usual = { ':method': 'POST', ':scheme': 'http', ':path': SEND, ':authority': 'a' };
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(frame(4, 0, 0, Buffer.alloc(0)));
  socket.write(frame(1, 5, 1, block({ ...usual, 'http2-settings': 'x' })));
  socket.write(frame(1, 5, 3, block({ ':method': 'CONNECT', ':authority': 'x' })));
  socket.write(frame(1, 5, 5, block({ ...usual, 'x-mine': 'b' })));
  socket.resume();
  for (;;) {
    const taken = await hub.next();
    reply(taken, '', { 'grpc-status': '0' });
    if (taken.headers['x-mine'] === 'b') break;
  }
  socket.destroy();
});

test('what comes to the socket and is no order, and to the port and is no HTTP/2, costs nobody anything', async () => {
  await using world = await openGate();
  const hub = await FakeHub.connect(world.path);
  for (const [target, bytes] of [
    [{ path: world.path }, 'GET / HTTP/1.1\r\n\r\n'],
    [{ path: world.path }, '{"act":"serve"}\n'],
    [{ port: hub.port, host: '127.0.0.1' }, 'GET / HTTP/1.1\r\n\r\n'],
  ] as const) {
    const socket = connectSocket(target);
    socket.on('error', () => {});
    socket.resume().write(bytes);
    await once(socket, 'close');
  }
  using bot = new Bot(hub.port);
  const call = bot.call(SEND);
  call.stream.end();
  reply(await hub.next(), 'still here', { 'grpc-status': '0' });
  assert.equal((await call.ended).body, 'still here');
  const cancelled = bot.call(EVENT);
  cancelled.stream.end();
  const { stream } = await hub.next();
  cancelled.stream.close(constants.NGHTTP2_CANCEL);
  await once(stream, 'close');
  assert.equal(stream.rstCode, constants.NGHTTP2_CANCEL);
});
