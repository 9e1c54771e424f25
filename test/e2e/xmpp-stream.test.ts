// The stream layer against Prosody and ejabberd, and against slixmpp, a client nobody here wrote. What is shown: it logs
// in by every way they offer, it refuses what must be refused and says why, and nothing that is sent or received through
// a broken connection is lost, doubled or damaged.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { xml, type XmlElement } from '../../src/wire/xmpp/element.ts';
import { XmppSession } from '../../src/wire/xmpp/session.ts';
import type { XmppSessionOptions } from '../../src/wire/xmpp/session-options.ts';
import { skipWithout } from '../servers/available.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';

const USERS = [
  ['ann', 'pässword 密码'],
  ['bob', 'pw'],
] as const;

const SERVERS = [
  { name: 'Prosody', start: startProsody, skip: skipProsody },
  { name: 'ejabberd', start: startEjabberd, skip: skipEjabberd },
];

const skipSlixmpp = skipWithout('slixmpp', 'python3-slixmpp', [
  '/usr/bin/python3',
  '/usr/lib/python3/dist-packages/slixmpp',
]);

interface TestSession extends AsyncDisposable {
  readonly session: XmppSession;
  readonly received: XmlElement[];
  readonly mechanisms: unknown[];
  /** Resolves when this many stanzas were received in all. */
  until(count: number): Promise<void>;
}

function createSession(server: XmppServer, given: Partial<XmppSessionOptions> = {}): TestSession {
  const received: XmlElement[] = [];
  const mechanisms: unknown[] = [];
  let wake: (() => void) | undefined;
  const session = new XmppSession({
    jid: 'ann@localhost/hutong',
    password: USERS[0][1],
    server: { host: server.host, port: server.port, security: 'starttls' },
    ca: server.ca,
    onStanza(stanza) {
      received.push(stanza);
      wake?.();
    },
    log: (_level, event, fields) => event === 'authenticated' && mechanisms.push(fields['mechanism']),
    ...given,
    timeouts: { stepMs: 10_000, ...given.timeouts },
  });
  return {
    session,
    received,
    mechanisms,
    async until(count) {
      while (received.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    [Symbol.asyncDispose]: () => session.close(),
  };
}

const connect = (session: XmppSession) => session.connect(AbortSignal.timeout(20_000));
const available = xml('presence');
const ping = (to: string) => xml('iq', { type: 'get', to }, xml('ping', { xmlns: 'urn:xmpp:ping' }));
const chat = (to: string, body: string) => xml('message', { to, type: 'chat' }, xml('body', {}, body));
const bodies = (stanzas: readonly XmlElement[]) =>
  stanzas.flatMap((stanza) => (stanza.name === 'message' ? (stanza.childText('body') ?? []) : []));

/** Long enough that many stanzas are cut in two. */
const toLongText = (i: number) => `${i} ${'胡同互通'.repeat(200)}`;

/** A proxy in front of the server whose connections the test can cut, in the middle of whatever flows. */
async function startProxy(target: XmppServer) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectTcp(target.port, target.host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      this.cut();
      server.close();
      await once(server, 'close');
    },
  };
}

for (const { name, start, skip } of SERVERS) {
  for (const [passwordHash, mechanism] of [
    ['SHA-1', 'SCRAM-SHA-1'],
    ['SHA-256', 'SCRAM-SHA-256'],
  ] as const) {
    test(
      `${name}: logs in by ${mechanism} after STARTTLS and with TLS at once, own CA, and is answered`,
      { skip },
      async () => {
        await using server = await start({ users: USERS, passwordHash });
        for (const address of [
          { host: server.host, port: server.port, security: 'starttls' },
          { host: server.host, port: server.tlsPort, security: 'tls' },
        ] as const) {
          await using client = createSession(server, { server: address });
          const { jid, resumed } = await connect(client.session);
          assert.equal(jid.toString(), 'ann@localhost/hutong');
          assert.equal(resumed, false);
          assert.deepEqual(client.mechanisms, [mechanism]);
          assert.equal((await client.session.iq(ping('localhost'))).attr('type'), 'result');
        }
      },
    );
  }

  test(`${name}: binds the login to TLS 1.2 where the server offers it`, { skip }, async () => {
    await using server = await start({ users: USERS, onlyTls12: true });
    await using client = createSession(server);
    await connect(client.session);
    assert.deepEqual(client.mechanisms, ['SCRAM-SHA-1-PLUS']);
  });

  for (const [flaw, message] of [
    ['expired', /certificate for localhost is refused: it expired/],
    ['wrong-host', /certificate for localhost is refused: it is for example\.com, not for localhost/],
  ] as const) {
    test(`${name}: refuses a certificate that is ${flaw} and says so`, { skip }, async () => {
      await using server = await start({ users: USERS, certificate: flaw });
      await using client = createSession(server);
      await assert.rejects(connect(client.session), { code: 'xmpp-certificate-refused', message });
      await using direct = createSession(server, {
        server: { host: server.host, port: server.tlsPort, security: 'tls' },
      });
      await assert.rejects(connect(direct.session), { code: 'xmpp-certificate-refused', message });
      assert.deepEqual(client.mechanisms, []);
    });
  }

  test(
    `${name}: refuses an unknown authority and a wrong password, each in plain words`,
    { skip },
    async () => {
      await using server = await start({ users: USERS });
      const address = { host: server.host, port: server.port, security: 'starttls' } as const;
      const common = { jid: 'ann@localhost', server: address, onStanza() {} };
      const stranger = new XmppSession({ ...common, password: USERS[0][1] });
      await assert.rejects(connect(stranger), {
        code: 'xmpp-certificate-refused',
        message: /authority that is not known here/,
      });
      const guesser = new XmppSession({ ...common, password: 'wrong', ca: server.ca });
      await assert.rejects(connect(guesser), {
        code: 'xmpp-authentication-failed',
        condition: 'not-authorized',
        terminal: true,
        message: /ann@localhost: user or password is wrong/,
      });
      const nobody = new XmppSession({ ...common, jid: 'nobody@localhost', password: 'x', ca: server.ca });
      await assert.rejects(connect(nobody), { code: 'xmpp-authentication-failed', terminal: true });
    },
  );

  test(`${name}: logs in in the clear on loopback when told to`, { skip }, async () => {
    await using server = await start({ users: USERS, tls: false });
    await using client = createSession(server, {
      server: { host: server.host, port: server.port, security: 'none' },
    });
    await connect(client.session);
    assert.equal((await client.session.iq(ping('localhost'))).attr('type'), 'result');
    await using strict = createSession(server);
    await assert.rejects(connect(strict.session), { code: 'xmpp-tls-not-offered' });
  });

  test(
    `${name}: connections cut in the middle of traffic lose nothing and double nothing`,
    { skip },
    async () => {
      const each = 300;
      const cuts = 4;
      await using server = await start({ users: USERS });
      await using proxy = await startProxy(server);
      const through = { server: { host: '127.0.0.1', port: proxy.port, security: 'starttls' } } as const;
      await using ann = createSession(server, through);
      await using bob = createSession(server, { ...through, jid: 'bob@localhost/hutong', password: 'pw' });
      await Promise.all([connect(ann.session), connect(bob.session)]);
      await Promise.all([ann.session.sendAcked(available), bob.session.sendAcked(available)]);

      let done = false;
      const keepConnected = async ({ session }: TestSession) => {
        for (;;) {
          const end = await session.ended;
          if (done) return;
          assert.equal(end.resumable, true, end.reason.message);
          assert.equal((await connect(session)).resumed, true);
        }
      };
      const kept = [ann, bob].map(keepConnected);
      const sending: Promise<void>[] = [];
      for (let i = 0; i < each; i++) {
        sending.push(ann.session.sendAcked(chat('bob@localhost/hutong', toLongText(i))));
        sending.push(bob.session.sendAcked(chat('ann@localhost/hutong', toLongText(i))));
        if (i % (each / cuts) === each / cuts / 2) {
          await Promise.all(
            [ann, bob].map((client) => client.until(Math.min(client.received.length + 20, i))),
          );
          proxy.cut();
        }
      }
      await Promise.all(sending);
      const isFromPeer = (client: TestSession) => bodies(client.received).length;
      while (isFromPeer(ann) < each) await ann.until(ann.received.length + 1);
      while (isFromPeer(bob) < each) await bob.until(bob.received.length + 1);
      done = true;
      await Promise.all([ann.session.close(), bob.session.close()]);
      await Promise.all(kept);
      const expected = Array.from({ length: each }, (_, i) => toLongText(i));
      assert.deepEqual(bodies(ann.received), expected);
      assert.deepEqual(bodies(bob.received), expected);
    },
  );

  test(`${name}: a restarted server starts a new session and every sender is told`, { skip }, async () => {
    await using server = await start({ users: USERS });
    await using client = createSession(server);
    await connect(client.session);
    await client.session.sendAcked(available);
    await server.kill();
    const end = await client.session.ended;
    assert.equal(end.reason.code, 'xmpp-connection-lost');
    await assert.rejects(connect(client.session), { code: 'xmpp-host-unreachable' });
    const waiting = client.session.sendAcked(chat('ann@localhost/hutong', 'a'));
    const refused = assert.rejects(waiting, { code: 'xmpp-not-connected' });
    await server.start();
    assert.equal((await connect(client.session)).resumed, false);
    await refused;
    await client.session.sendAcked(chat('ann@localhost/hutong', 'b'));
    await client.until(1);
    assert.ok(bodies(client.received).includes('b') || client.received.length > 0);
  });

  test(`${name}: a second login with the same resource is told apart as a conflict`, { skip }, async () => {
    await using server = await start({ users: USERS });
    await using first = createSession(server);
    await using second = createSession(server);
    await connect(first.session);
    const { jid } = await connect(second.session);
    // A server may end the older session or give the newer another resource (RFC 6120 §7.7.2.2).
    if (jid.resource !== 'hutong') return;
    const end = await first.session.ended;
    assert.deepEqual([end.reason.code, end.resumable], ['xmpp-conflict', false]);
  });

  test(
    `${name}: messages of several kB of Chinese go to slixmpp and back without damage, and pings both ways`,
    {
      skip: skip || skipSlixmpp,
    },
    async (t) => {
      await using server = await start({ users: USERS });
      await using client = createSession(server);
      await connect(client.session);
      await client.session.sendAcked(available);
      const script = join(import.meta.dirname, 'slixmpp-echo.py');
      const echo = spawn('/usr/bin/python3', [
        script,
        'bob@localhost/echo',
        'pw',
        server.host,
        String(server.port),
        server.caPath,
      ]);
      t.after(() => echo.kill());
      let errors = '';
      echo.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      const [ready] = (await Promise.race([once(echo.stdout, 'data'), once(echo, 'exit')])) as [unknown];
      assert.match(String(ready), /ready/, errors);

      assert.equal((await client.session.iq(ping('bob@localhost/echo'))).attr('type'), 'result');
      const texts = Array.from(
        { length: 100 },
        (_, i) => `${i} ${'你好，世界！𠮷野家👩‍👩‍👧'.repeat(100 + i)}\n<&>"'`,
      );
      for (const text of texts) await client.session.send(chat('bob@localhost/echo', text));
      await client.session.send(chat('bob@localhost/echo', 'ping me'));
      while (!bodies(client.received).includes('ponged')) await client.until(client.received.length + 1);
      assert.deepEqual(
        bodies(client.received).filter((body) => body !== 'ponged'),
        texts,
      );
    },
  );
}
