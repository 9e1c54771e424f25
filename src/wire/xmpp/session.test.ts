// The session against a server scripted line by line, for what a real server does not do on demand: counting, forgetting,
// lying, falling silent.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import test from 'node:test';
import { xml, type XmlElement } from './element.ts';
import { StreamParser } from './parse.ts';
import { XmppSession } from './session.ts';
import type { XmppSessionOptions } from './session-options.ts';

const SM = 'urn:xmpp:sm:3';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const SALT = 'QSXCR+Q6sek8bf92';

/** One connection as the server sees it. */
class Peer {
  readonly socket: Socket;
  readonly #elements: XmlElement[] = [];
  #waiter: (() => void) | undefined;
  #parser: StreamParser;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#parser = this.#createParser();
    socket.on('data', (chunk: Buffer) => this.#parser.feed(chunk));
    socket.on('error', () => {});
  }

  #createParser(): StreamParser {
    const take = (element: XmlElement) => {
      this.#elements.push(element);
      this.#waiter?.();
      // The client opens a new stream after the login.
      if (element.is('response', SASL)) {
        this.#parser.stop();
        this.#parser = this.#createParser();
      }
    };
    return new StreamParser({
      onHeader: take,
      onElement: take,
      onEnd: () => take(xml('end')),
      onError: (error) => take(xml(error.condition)),
    });
  }

  async next(): Promise<XmlElement> {
    while (this.#elements.length === 0) {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
      });
    }
    return this.#elements.shift()!;
  }

  /** The next element that is no request for an acknowledgement. */
  async nextStanza(): Promise<XmlElement> {
    for (;;) {
      const element = await this.next();
      if (!element.is('r', SM)) return element;
    }
  }

  /** The next acknowledgement request. */
  async nextRequest(): Promise<void> {
    while (!(await this.next()).is('r', SM));
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Plays the login up to the features that follow it. PLAIN is not possible here, so it is SCRAM without a check of the proof. */
  async logIn(features = `<sm xmlns='${SM}'/>`): Promise<void> {
    const { createHmac, pbkdf2Sync } = await import('node:crypto');
    await this.next();
    this.send(
      `${header}<stream:features><mechanisms xmlns='${SASL}'><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>`,
    );
    const first = Buffer.from((await this.next()).text(), 'base64')
      .toString()
      .slice(3);
    const challenge = `${first.slice(first.indexOf('r='))}server,s=${SALT},i=4096`;
    this.send(`<challenge xmlns='${SASL}'>${Buffer.from(challenge).toString('base64')}</challenge>`);
    const final = Buffer.from((await this.next()).text(), 'base64').toString();
    const salted = pbkdf2Sync('pw', Buffer.from(SALT, 'base64'), 4096, 20, 'sha1');
    const serverKey = createHmac('sha1', salted).update('Server Key').digest();
    const signed = `${first},${challenge},${final.slice(0, final.indexOf(',p='))}`;
    const signature = createHmac('sha1', serverKey).update(signed).digest('base64');
    this.send(`<success xmlns='${SASL}'>${Buffer.from(`v=${signature}`).toString('base64')}</success>`);
    await this.next();
    this.send(
      `${header}<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>${features}</stream:features>`,
    );
  }

  async bind(): Promise<void> {
    const request = await this.next();
    assert.equal(request.name, 'iq');
    this.send(
      `<iq type='result' id='${request.attr('id')}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>ann@localhost/r</jid></bind></iq>`,
    );
  }

  async enable(): Promise<void> {
    assert.ok((await this.next()).is('enable', SM));
    this.send(`<enabled xmlns='${SM}' id='s1' resume='true'/>`);
  }

  async establish(): Promise<void> {
    await this.logIn();
    await this.bind();
    await this.enable();
  }
}

const header =
  "<?xml version='1.0'?><stream:stream from='localhost' id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

async function createScript(given: Partial<XmppSessionOptions> = {}) {
  const server: Server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const received: XmlElement[] = [];
  const session = new XmppSession({
    jid: 'ann@localhost/r',
    password: 'pw',
    server: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, security: 'none' },
    onStanza: (stanza) => void received.push(stanza),
    ...given,
    timeouts: { closeMs: 200, ...given.timeouts },
  });
  const sockets: Socket[] = [];
  const accept = async (): Promise<Peer> => {
    const [socket] = (await once(server, 'connection')) as [Socket];
    sockets.push(socket);
    return new Peer(socket);
  };
  /** Connects, with the server doing its part. */
  const connect = async (play: (peer: Peer) => Promise<void> = (peer) => peer.establish()) => {
    const accepted = accept();
    const connected = session.connect(AbortSignal.timeout(10_000));
    connected.catch(() => {});
    const peer = await accepted;
    await play(peer);
    return { peer, connected: await connected };
  };
  return {
    session,
    received,
    accept,
    connect,
    async [Symbol.asyncDispose]() {
      await session.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const message = (id: string, length = 1) =>
  xml('message', { id, to: 'bob@localhost' }, xml('body', {}, id.repeat(length)));
const ids = (stanzas: readonly XmlElement[]) => stanzas.map((stanza) => stanza.attr('id'));
const nextTurn = () => new Promise(setImmediate);

test('a stanza is told as handled only after onStanza resolved, in order', async () => {
  const work: PromiseWithResolvers<void>[] = [];
  await using script = await createScript({
    onStanza: () => {
      const task = Promise.withResolvers<void>();
      work.push(task);
      return task.promise;
    },
  });
  const { peer } = await script.connect();
  peer.send(`<message id='1'/><r xmlns='${SM}'/><message id='2'/>`);
  while (work.length < 1) await nextTurn();
  work[0]!.resolve();
  assert.equal((await peer.next()).attr('h'), '1');
  while (work.length < 2) await nextTurn();
  peer.send(`<r xmlns='${SM}'/>`);
  // Nothing is told before: what comes next is the count of both.
  await nextTurn();
  work[1]!.resolve();
  assert.equal((await peer.next()).attr('h'), '2');
});

test('what is in good hands is told when it is safe, the stream goes on, and a resume brings nothing twice', async () => {
  const taken: (string | undefined)[] = [];
  const safe = Promise.withResolvers<void>();
  await using script = await createScript({
    onStanza(stanza) {
      taken.push(stanza.attr('id'));
      return stanza.attr('id') === 'waits' ? { kept: safe.promise } : undefined;
    },
  });
  const { peer } = await script.connect();
  peer.send(`<message id='waits'/><message id='next'/><r xmlns='${SM}'/>`);
  assert.equal((await peer.next()).attr('h'), '0');
  assert.deepEqual(taken, ['waits', 'next']);
  script.session.drop();
  await script.session.ended;
  const { peer: second } = await script.connect(async (again) => {
    await again.logIn();
    assert.equal((await again.next()).attr('h'), '0');
    again.send(`<resumed xmlns='${SM}' previd='s1' h='0'/><message id='waits'/><message id='next'/>`);
    again.send(`<message id='new'/><r xmlns='${SM}'/>`);
  });
  assert.equal((await second.next()).attr('h'), '0');
  assert.deepEqual(taken, ['waits', 'next', 'new']);
  safe.resolve();
  assert.equal((await second.next()).attr('h'), '3');
});

test('a server that asks for the count and does not read is answered when it does', async () => {
  await using script = await createScript();
  const { peer } = await script.connect();
  peer.socket.pause();
  let answers = 0;
  const requests = 150_000;
  peer.send(`<r xmlns='${SM}'/>`.repeat(requests));
  peer.send(`<message id='last'/>`);
  while (ids(script.received).at(-1) !== 'last') await nextTurn();
  peer.send(`<r xmlns='${SM}'/>`);
  peer.socket.resume();
  while ((await peer.next()).attr('h') !== '1') answers += 1;
  assert.ok(answers < requests, `${answers} answers`);
});

test('stanzas of one turn go out in one write with one request for an acknowledgement', async () => {
  await using script = await createScript();
  const { peer } = await script.connect();
  const chunks: string[] = [];
  peer.socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const sent = ['a', 'b', 'c'].map((id) => script.session.sendAcked(message(id)));
  await peer.nextRequest();
  assert.equal(chunks.length, 1);
  assert.match(chunks[0]!, /id="a".*id="b".*id="c".*<r /);
  peer.send(`<a xmlns='${SM}' h='3'/>`);
  await Promise.all(sent);
});

test('who waits for room in the queue has the server asked at once, though nobody waits for what is in it', async () => {
  await using script = await createScript({ limits: { unacknowledgedBytes: 1000 } });
  const { peer } = await script.connect();
  await script.session.send(message('a', 300));
  const waiting = [script.session.send(message('b', 800)), script.session.send(message('c', 800))];
  await peer.nextRequest();
  peer.send(`<a xmlns='${SM}' h='1'/>`);
  await waiting[0];
  await peer.nextRequest();
  peer.send(`<a xmlns='${SM}' h='2'/>`);
  await waiting[1];
});

test('a resumed session writes what waited for room once, behind what it sends again', async () => {
  await using script = await createScript({ limits: { unacknowledgedStanzas: 2 } });
  const first = await script.connect();
  const sent = ['a', 'b', 'c'].map((id) => script.session.sendAcked(message(id)));
  await first.peer.nextRequest();
  first.peer.socket.destroy();
  await script.session.ended;
  const { peer } = await script.connect(async (again) => {
    await again.logIn();
    await again.next();
    again.send(`<resumed xmlns='${SM}' previd='s1' h='1'/>`);
  });
  assert.deepEqual(ids([await peer.nextStanza(), await peer.nextStanza()]), ['b', 'c']);
  peer.send(`<a xmlns='${SM}' h='3'/>`);
  await Promise.all(sent);
});

test('a resumed session sends again what the server had not, and nothing twice', async () => {
  await using script = await createScript();
  const first = await script.connect();
  const sent = ['a', 'b', 'c'].map((id) => script.session.sendAcked(message(id)));
  await first.peer.nextRequest();
  first.peer.send(`<a xmlns='${SM}' h='1'/>`);
  await sent[0];
  first.peer.socket.destroy();
  const end = await script.session.ended;
  assert.deepEqual([end.reason.code, end.resumable], ['xmpp-connection-lost', true]);

  sent.push(script.session.sendAcked(message('d')));
  const second = await script.connect(async (peer) => {
    await peer.logIn();
    const resume = await peer.next();
    assert.deepEqual([resume.name, resume.attr('previd'), resume.attr('h')], ['resume', 's1', '0']);
    peer.send(`<resumed xmlns='${SM}' previd='s1' h='2'/><message id='x'/>`);
  });
  assert.equal(second.connected.resumed, true);
  assert.deepEqual(ids([await second.peer.nextStanza(), await second.peer.nextStanza()]), ['c', 'd']);
  second.peer.send(`<a xmlns='${SM}' h='4'/>`);
  await Promise.all(sent);
  assert.deepEqual(ids(script.received), ['x']);
});

test('a session the server forgot starts anew, and every sender is told what is known', async () => {
  await using script = await createScript();
  const { peer } = await script.connect();
  const asked = script.session.iq(
    xml('iq', { type: 'get', to: 'bob@localhost' }, xml('q', { xmlns: 'urn:q' })),
  );
  const outcomes = Promise.allSettled([
    ...['a', 'b'].map((id) => script.session.sendAcked(message(id))),
    asked,
  ]);
  await peer.nextRequest();
  peer.socket.destroy();
  await script.session.ended;
  const unsent = assert.rejects(script.session.sendAcked(message('c')), { code: 'xmpp-not-connected' });
  const { connected } = await script.connect(async (again) => {
    await again.logIn();
    await again.next();
    // Two of the three had arrived: the request and the first message.
    again.send(
      `<failed xmlns='${SM}' h='2'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
    );
    await again.bind();
    await again.enable();
  });
  assert.equal(connected.resumed, false);
  await unsent;
  const codes = (await outcomes).map((outcome) =>
    outcome.status === 'rejected' ? outcome.reason.code : outcome.status,
  );
  assert.deepEqual(codes, ['fulfilled', 'xmpp-outcome-unknown', 'xmpp-outcome-unknown']);
});

test('a handler that fails ends the connection, and the stanza comes again', async () => {
  let fails = true;
  const taken: (string | undefined)[] = [];
  await using script = await createScript({
    async onStanza(stanza) {
      if (stanza.attr('id') === '2' && fails) throw new Error('disk full');
      taken.push(stanza.attr('id'));
    },
  });
  const { peer } = await script.connect();
  peer.send("<message id='1'/><message id='2'/><message id='3'/>");
  const end = await script.session.ended;
  assert.deepEqual([end.reason.code, end.resumable], ['xmpp-handler-failed', true]);
  fails = false;
  await script.connect(async (again) => {
    await again.logIn();
    assert.equal((await again.next()).attr('h'), '1');
    again.send(`<resumed xmlns='${SM}' previd='s1' h='0'/><message id='2'/><message id='3'/>`);
  });
  while (taken.length < 3) await nextTurn();
  assert.deepEqual(taken, ['1', '2', '3']);
});

test('a resume waits for the handler that is still at work, so that its stanza is counted', async () => {
  const task = Promise.withResolvers<void>();
  await using script = await createScript({ onStanza: () => task.promise });
  const { peer } = await script.connect();
  peer.send(`<message id='1'/><r xmlns='${SM}'/>`);
  await peer.next();
  script.session.drop();
  await script.session.ended;
  const again = script.connect(async (second) => {
    await second.logIn();
    assert.equal((await second.next()).attr('h'), '1');
    second.send(`<resumed xmlns='${SM}' previd='s1' h='0'/>`);
  });
  await nextTurn();
  task.resolve();
  await again;
});

test('a handler may await an answer that comes behind other messages', async () => {
  await using script = await createScript({
    async onStanza(stanza) {
      if (stanza.attr('id') === '1')
        await script.session.iq(xml('iq', { type: 'get' }, xml('q', { xmlns: 'urn:q' })));
      order.push(stanza.attr('id'));
    },
  });
  const order: (string | undefined)[] = [];
  const { peer } = await script.connect();
  peer.send("<message id='1'/>");
  const request = await peer.nextStanza();
  peer.send(`<message id='2'/><iq type='result' id='${request.attr('id')}'/>`);
  while (order.length < 2) await nextTurn();
  assert.deepEqual(order, ['1', '2']);
});

test('a server that acknowledges what was never sent ends the session', async () => {
  await using script = await createScript();
  const { peer } = await script.connect();
  const sent = script.session.sendAcked(message('a'));
  await peer.nextRequest();
  peer.send(`<a xmlns='${SM}' h='2'/>`);
  await assert.rejects(sent, { code: 'xmpp-outcome-unknown' });
  const end = await script.session.ended;
  assert.deepEqual([end.reason.code, end.resumable], ['xmpp-protocol-violation', false]);
});

test('a silent server is asked for a sign of life and given up without one', async () => {
  await using script = await createScript({ timeouts: { idleMs: 20, aliveMs: 20 } });
  const { peer } = await script.connect();
  await peer.nextRequest();
  peer.send(`<a xmlns='${SM}' h='0'/>`);
  await peer.nextRequest();
  const end = await script.session.ended;
  assert.deepEqual([end.reason.code, end.resumable], ['xmpp-timeout', true]);
});

test('without stream management a ping asks for the sign of life', async () => {
  await using script = await createScript({ timeouts: { idleMs: 20, aliveMs: 20 } });
  const { peer } = await script.connect(async (plain) => {
    await plain.logIn('');
    await plain.bind();
  });
  const request = await peer.next();
  assert.ok(request.child('ping', 'urn:xmpp:ping'));
  peer.send(`<iq type='error' from='localhost' id='${request.attr('id')}'/>`);
  assert.ok((await peer.next()).child('ping', 'urn:xmpp:ping'));
  assert.equal((await script.session.ended).reason.code, 'xmpp-timeout');
});

test('bad XML from the server ends the stream with the reason, and the process lives', async () => {
  await using script = await createScript();
  const { peer } = await script.connect();
  peer.send('<message><!-- a --></message>');
  const error = await peer.nextStanza();
  assert.equal(error.elements()[0]?.name, 'restricted-xml');
  const end = await script.session.ended;
  assert.deepEqual([end.reason.code, end.resumable], ['xmpp-xml-refused', false]);
});

test('another session in this one’s place is told apart', async () => {
  await using script = await createScript();
  const { peer } = await script.connect();
  peer.send(
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
  );
  const end = await script.session.ended;
  assert.deepEqual([end.reason.code, end.resumable], ['xmpp-conflict', false]);
  await assert.rejects(script.session.send(message('a')), { code: 'xmpp-not-connected' });
});

test('a full window makes senders wait until the server acknowledged', async () => {
  await using script = await createScript({ limits: { unacknowledgedStanzas: 2 } });
  const { peer } = await script.connect();
  await script.session.send(message('a'));
  await script.session.send(message('b'));
  let sent = false;
  const third = script.session.send(message('c')).then(() => (sent = true));
  await peer.nextRequest();
  assert.equal(sent, false);
  peer.send(`<a xmlns='${SM}' h='1'/>`);
  await third;
});

test('a stanza larger than the server takes is refused instead of ending the stream', async () => {
  await using script = await createScript();
  const { peer } = await script.connect(async (limited) => {
    await limited.logIn("<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>");
    await limited.bind();
  });
  const body = xml('body', {}, '你'.repeat(3400));
  await assert.rejects(script.session.send(xml('message', {}, body)), { code: 'xmpp-stanza-too-large' });
  await script.session.send(xml('message', { id: 'fits' }, xml('body', {}, 'a'.repeat(9900))));
  assert.equal((await peer.next()).attr('id'), 'fits');
});

test('reading stops while too much waits for the handler, and goes on after', async () => {
  const gate = Promise.withResolvers<void>();
  const taken: (string | undefined)[] = [];
  const told: boolean[] = [];
  await using script = await createScript({
    limits: { unhandledStanzas: 10 },
    onReading: (isReading) => told.push(isReading),
    async onStanza(stanza) {
      await gate.promise;
      taken.push(stanza.attr('id'));
    },
  });
  const { peer } = await script.connect();
  // 40 MB: far more than the buffers of the kernel take.
  const body = `<body>${'a'.repeat(20_000)}</body>`;
  for (let i = 0; i < 2000; i++) peer.send(`<message id='${i}'>${body}</message>`);
  let waitingBytes = -1;
  while (waitingBytes !== peer.socket.writableLength) {
    waitingBytes = peer.socket.writableLength;
    for (let turn = 0; turn < 20; turn++) await nextTurn();
  }
  assert.ok(waitingBytes > 10_000_000, `${waitingBytes} bytes wait at the server`);
  assert.deepEqual(told, [false]);
  gate.resolve();
  peer.send("<message id='last'/>");
  while (taken.at(-1) !== 'last') await nextTurn();
  assert.deepEqual(taken.slice(0, 3), ['0', '1', '2']);
  assert.equal(told.at(-1), true);
});

test('a server without stream management works, without resuming', async () => {
  await using script = await createScript();
  const { peer, connected } = await script.connect(async (plain) => {
    await plain.logIn('');
    await plain.bind();
  });
  assert.equal(connected.resumed, false);
  await script.session.sendAcked(message('a'));
  assert.equal((await peer.next()).attr('id'), 'a');
  peer.socket.destroy();
  assert.equal((await script.session.ended).resumable, false);
});

test('closing waits for the acknowledgement, tells the count and says goodbye', async () => {
  await using script = await createScript();
  const { peer } = await script.connect();
  peer.send("<message id='x'/>");
  while (script.received.length === 0) await nextTurn();
  const sent = script.session.sendAcked(message('a'));
  const closed = script.session.close();
  await peer.nextRequest();
  peer.send(`<a xmlns='${SM}' h='1'/>`);
  await sent;
  const told = await peer.nextStanza();
  assert.deepEqual([told.name, told.attr('h')], ['a', '1']);
  assert.equal((await peer.next()).name, 'end');
  peer.send('</stream:stream>');
  await closed;
  assert.equal((await script.session.ended).reason.code, 'xmpp-closed');
});

test('text slipped in before the TLS handshake is refused', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const session = new XmppSession({
    jid: 'ann@localhost',
    password: 'pw',
    server: { host: '127.0.0.1', port, security: 'starttls' },
    onStanza() {},
  });
  server.once('connection', (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(
        `${header}<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>`,
      );
      socket.once('data', () =>
        socket.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message id='injected'/>"),
      );
    });
  });
  await assert.rejects(session.connect(AbortSignal.timeout(10_000)), { code: 'xmpp-protocol-violation' });
  server.close();
});

test('a server that offers no TLS is refused', async () => {
  const plain = createServer().listen(0, '127.0.0.1');
  await once(plain, 'listening');
  plain.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(`${header}<stream:features/>`));
  });
  const session = new XmppSession({
    jid: 'ann@localhost',
    password: 'pw',
    server: { host: '127.0.0.1', port: (plain.address() as AddressInfo).port, security: 'starttls' },
    onStanza() {},
  });
  await assert.rejects(session.connect(AbortSignal.timeout(10_000)), { code: 'xmpp-tls-not-offered' });
  plain.close();
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.internal === false && address.family === 'IPv4')?.address;

test(
  'without TLS only this machine is talked to',
  {
    skip: outside === undefined && 'this machine has no address but loopback',
  },
  async () => {
    const server = createServer().listen(0, '0.0.0.0');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const { port } = server.address() as AddressInfo;
    const session = new XmppSession({
      jid: 'ann@localhost',
      password: 'pw',
      server: { host: outside ?? '', port, security: 'none' },
      onStanza() {},
    });
    await assert.rejects(session.connect(AbortSignal.timeout(10_000)), {
      code: 'xmpp-tls-required',
      terminal: true,
    });
    const [socket] = await accepted;
    socket.resume();
    await once(socket, 'close');
    assert.equal(socket.bytesRead, 0);
    server.close();
  },
);

test('nothing listening, and an attempt called off, are told', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const create = () =>
    new XmppSession({
      jid: 'ann@localhost',
      password: 'pw',
      server: { host: '127.0.0.1', port, security: 'none' },
      onStanza() {},
    });
  const controller = new AbortController();
  const attempt = create().connect(controller.signal);
  const [socket] = (await once(server, 'connection')) as [Socket];
  controller.abort();
  await assert.rejects(attempt, { code: 'xmpp-closed' });
  socket.destroy();
  server.close();
  await once(server, 'close');
  await assert.rejects(create().connect(AbortSignal.timeout(10_000)), {
    code: 'xmpp-host-unreachable',
    message: new RegExp(`127.0.0.1:${port}`),
  });
});
