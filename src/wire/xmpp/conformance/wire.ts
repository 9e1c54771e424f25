// A client over a TCP connection to a server that is played line by line: what the tests send and expect is XML as it
// goes over the wire, byte for byte.
import assert from 'node:assert/strict';
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { XmlElement } from '../element.ts';
import { StreamParser } from '../parse.ts';
import { createClient, type Client, type ClientOptions } from '../public.ts';

const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const SALT = 'QSXCR+Q6sek8bf92';
const HEADER =
  "<?xml version='1.0'?><stream:stream from='localhost' id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/** The server's side of one connection. */
export class Peer {
  readonly #socket: Socket;
  readonly #received: { readonly text: string; readonly element: XmlElement }[] = [];
  #wake: (() => void) | undefined;
  #parser: StreamParser;
  #text = '';
  #syncs = 0;
  #isDeaf = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#parser = this.#createParser();
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (this.#isDeaf) return;
      // Byte by byte, so that where an element ends is known exactly.
      for (let index = 0; index < chunk.length; index++) {
        this.#text += chunk.toString('latin1', index, index + 1);
        this.#parser.feed(chunk.subarray(index, index + 1));
      }
    });
  }

  #createParser(): StreamParser {
    this.#text = '';
    const take = (element: XmlElement): void => {
      this.#received.push({ text: Buffer.from(this.#text, 'latin1').toString('utf8'), element });
      this.#text = '';
      this.#wake?.();
      // The client opens a new stream after the login.
      if (element.is('response', SASL)) this.#parser = this.#createParser();
    };
    return new StreamParser({ onHeader: take, onElement: take, onEnd() {}, onError: () => this.cut() });
  }

  async #next(): Promise<{ readonly text: string; readonly element: XmlElement }> {
    while (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received.shift()!;
  }

  /** The next stanza of the client, as it came over the wire. */
  async next(): Promise<string> {
    return (await this.#next()).text;
  }

  /** The next stanza of the client, parsed. */
  async nextElement(): Promise<XmlElement> {
    return (await this.#next()).element;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Resolves when the client has begun with everything sent before and has nothing more to say to it at once. */
  async sync(): Promise<void> {
    const id = `sync-${this.#syncs++}`;
    this.send(`<iq type="get" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    assert.equal(await this.next(), `<iq type="result" id="${id}"/>`);
  }

  /** From now on what comes is read and thrown away. */
  ignore(): void {
    this.#isDeaf = true;
  }

  /** The connection breaks. */
  cut(): void {
    this.#socket.destroy();
  }

  async logIn(): Promise<void> {
    await this.#next();
    this.send(
      `${HEADER}<stream:features><mechanisms xmlns='${SASL}'><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>`,
    );
    const first = Buffer.from((await this.#next()).element.text(), 'base64')
      .toString()
      .slice(3);
    const challenge = `${first.slice(first.indexOf('r='))}server,s=${SALT},i=4096`;
    this.send(`<challenge xmlns='${SASL}'>${Buffer.from(challenge).toString('base64')}</challenge>`);
    const final = Buffer.from((await this.#next()).element.text(), 'base64').toString();
    const salted = pbkdf2Sync('pw', Buffer.from(SALT, 'base64'), 4096, 20, 'sha1');
    const serverKey = createHmac('sha1', salted).update('Server Key').digest();
    const signed = `${first},${challenge},${final.slice(0, final.indexOf(',p='))}`;
    const signature = createHmac('sha1', serverKey).update(signed).digest('base64');
    this.send(`<success xmlns='${SASL}'>${Buffer.from(`v=${signature}`).toString('base64')}</success>`);
    await this.#next();
    this.send(`${HEADER}<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>`);
    const id = (await this.#next()).element.attr('id') ?? '';
    this.send(
      `<iq type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>ann@localhost/desk</jid></bind></iq>`,
    );
  }
}

/** A connected client and the server's side of it. */
export interface Wire extends AsyncDisposable {
  readonly client: Client;
  readonly peer: Peer;
  /** What the client logged. */
  readonly logged: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
  /** Makes another connection of the same client. */
  connectAgain(this: void): Promise<Peer>;
}

export async function createWire(options: Partial<ClientOptions> = {}): Promise<Wire> {
  const server: Server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const logged: Wire['logged'] = [];
  const client = createClient({
    jid: 'ann@localhost/desk',
    password: 'pw',
    server: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, security: 'none' },
    log: (_level, event, fields) => logged.push({ event, fields }),
    ...options,
    timeouts: { closeMs: 50, ...options.timeouts },
  });
  const connectAgain = async (): Promise<Peer> => {
    const connecting = client.connect();
    const [socket] = (await once(server, 'connection')) as [Socket];
    const peer = new Peer(socket);
    await Promise.all([connecting, peer.logIn()]);
    return peer;
  };
  const peer = await connectAgain();
  return {
    client,
    peer,
    logged,
    connectAgain,
    async [Symbol.asyncDispose]() {
      peer.cut();
      await client.close();
      server.close();
    },
  };
}
