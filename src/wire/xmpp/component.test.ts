// A component against a server scripted line by line, for what real servers say in words of their own or not on demand.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import test from 'node:test';
import { createComponent, type ComponentOptions } from './component.ts';
import { xml, type XmlElement } from './element.ts';
import type { XmppSession } from './session.ts';

const HEADER = `<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='stream &amp; id' from='qq.example.org'>`;
const SECRET = 'a secret';
const PROOF = createHash('sha1').update(`stream & id${SECRET}`).digest('hex');
const { signal } = new AbortController();

/** One connection as the server sees it: text. */
class Peer {
  readonly #socket: Socket;
  #read = '';

  constructor(socket: Socket) {
    this.#socket = socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (text: string) => (this.#read += text));
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#read);
      if (match) {
        this.#read = this.#read.slice(match.index + match[0].length);
        return match;
      }
      await once(this.#socket, 'data');
    }
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  cut(): void {
    this.#socket.destroy();
  }
}

interface Scene extends AsyncDisposable {
  session: XmppSession;
  peer: Promise<Peer>;
  stanzas: XmlElement[];
}

async function play(options: Partial<ComponentOptions> = {}): Promise<Scene> {
  const server = createServer();
  const peer = once(server, 'connection').then(([socket]) => new Peer(socket as Socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stanzas: XmlElement[] = [];
  const session = createComponent({
    domain: 'qq.example.org',
    secret: SECRET,
    server: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, security: 'none' },
    timeouts: { closeMs: 100 },
    onStanza: (stanza) => void stanzas.push(stanza),
    ...options,
  });
  return {
    session,
    peer,
    stanzas,
    async [Symbol.asyncDispose]() {
      await session.close();
      server.close();
    },
  };
}

async function accept(scene: Scene): Promise<Peer> {
  const connecting = scene.session.connect(signal);
  const peer = await scene.peer;
  await peer.until(/<stream:stream to="qq\.example\.org"[^>]*xmlns="jabber:component:accept"/);
  peer.write(HEADER);
  const [, proof] = await peer.until(/<handshake>([^<]*)<\/handshake>/);
  assert.equal(proof, PROOF);
  peer.write('<handshake/>');
  await connecting;
  return peer;
}

test('it proves to know the secret, and stanzas go out from the address they name, or its own', async () => {
  await using scene = await play({ jid: 'hub@qq.example.org/hub' });
  const peer = await accept(scene);
  await scene.session.send(xml('message', { to: 'a@b' }));
  await peer.until(/<message to="a@b" from="hub@qq\.example\.org\/hub"\/>/);
  await scene.session.sendAcked(xml('message', { from: 'x@qq.example.org', to: 'a@b' }));
  await peer.until(/<message from="x@qq\.example\.org" to="a@b"\/>/);
});

test('requests are answered from whom they were for, and answers count from whom was asked', async () => {
  await using scene = await play();
  const peer = await accept(scene);
  scene.session.onIq('urn:example', () => xml('x', { xmlns: 'urn:example' }, 'answer'));
  peer.write(`<iq type='get' id='1' from='a@b/c' to='x@qq.example.org'><x xmlns='urn:example'/></iq>`);
  await peer.until(
    /<iq type="result" id="1" to="a@b\/c" from="x@qq\.example\.org"><x xmlns="urn:example">answer/,
  );
  const asked = scene.session.iq(xml('iq', { type: 'get', to: 'a@b/c' }, xml('x', { xmlns: 'urn:example' })));
  const [, id] = await peer.until(/id="([^"]+)"/);
  peer.write(`<iq type='result' id='${id}' from='evil@b' to='qq.example.org'/>`);
  peer.write(`<iq type='result' id='${id}' from='a@b/c' to='qq.example.org'><y xmlns='urn:example'/></iq>`);
  assert.ok((await asked).child('y', 'urn:example'));
});

const toMessage = (to: string, text: string) =>
  `<message type='groupchat' from='r@c/n' to='${to}'><body>${text}</body></message>`;

test('what is not wanted never arrives, and is not missed', async () => {
  await using scene = await play({ skip: ({ to }) => to === 'x@qq.example.org/r' });
  const peer = await accept(scene);
  peer.write('<presence/>');
  peer.write(toMessage('x@qq.example.org/r', 'copy').repeat(100) + toMessage('y@qq.example.org/r', 'wanted'));
  peer.write(`<iq type='get' id='last' from='a@b/c' to='qq.example.org'><ping xmlns='urn:xmpp:ping'/></iq>`);
  await peer.until(/id="last"/);
  assert.deepEqual(
    scene.stanzas.map((stanza) => stanza.childText('body')),
    [undefined, 'wanted'],
  );
});

for (const [condition, text, code, terminal, words] of [
  [
    'not-authorized',
    'Invalid handshake',
    'xmpp-authentication-failed',
    true,
    /the secret is wrong \(not-auth/,
  ],
  ['conflict', 'Component already connected', 'xmpp-conflict', false, /another connection has this name/],
  ['host-unknown', '', 'xmpp-bind-failed', false, /the server has no component qq\.example\.org/],
] as const) {
  test(`${condition} in answer to the handshake is told in plain words`, async () => {
    await using scene = await play();
    const connecting = scene.session.connect(signal);
    const peer = await scene.peer;
    peer.write(HEADER);
    await peer.until(/<handshake>/);
    peer.write(
      `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${text}</text></stream:error></stream:stream>`,
    );
    await assert.rejects(connecting, { code, terminal, message: words });
  });
}

test('what is no handshake, and a stanza larger than the server takes, are refused', async () => {
  await using scene = await play();
  const connecting = scene.session.connect(signal);
  const peer = await scene.peer;
  peer.write(HEADER);
  peer.write('<message/>');
  await assert.rejects(connecting, { code: 'xmpp-protocol-violation' });

  await using another = await play();
  await accept(another);
  const large = xml('message', { to: 'a@b' }, xml('body', {}, 'x'.repeat(600_000)));
  await assert.rejects(another.session.send(large), { code: 'xmpp-stanza-too-large' });
});

test('a lost connection tells who waited, and cannot be resumed', async () => {
  await using scene = await play();
  const peer = await accept(scene);
  const asked = scene.session.iq(xml('iq', { type: 'get', to: 'a@b' }, xml('x', { xmlns: 'urn:example' })));
  const lost = assert.rejects(asked, { code: 'xmpp-outcome-unknown' });
  peer.cut();
  assert.equal((await scene.session.ended).resumable, false);
  await lost;
  await assert.rejects(scene.session.send(xml('presence', { to: 'a@b' })), { code: 'xmpp-not-connected' });
});
