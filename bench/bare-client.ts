/**
 * An XMPP client that is hardly one: a TLS socket, the strings of a login, and then whatever text it is told to
 * write. It parses nothing and looks for the one text it waits for. What no client can be faster than.
 */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { XmppServer } from '../test/servers/xmpp-server.ts';

export class BareClient implements AsyncDisposable {
  readonly #socket: TLSSocket;
  #seen = '';
  #look = () => {};

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#seen += chunk.toString('latin1');
      this.#look();
    });
  }

  /**
   * Logs in and enters a room.
   *
   * @param managed whether to have the server keep count of stanzas (XEP-0198), as our sessions have it
   */
  static async enter(
    server: XmppServer,
    { name, password, room, managed }: { name: string; password: string; room: string; managed: boolean },
  ): Promise<BareClient> {
    const { host, tlsPort: port, ca, domain } = server;
    const socket = connect({ host, port, ca, servername: domain });
    await once(socket, 'secureConnect');
    const client = new BareClient(socket);
    const header = `<stream:stream to="${domain}" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">`;
    const plain = Buffer.from(`\0${name}\0${password}`).toString('base64');
    await client.#ask(header, '</stream:features>');
    await client.#ask(
      `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain}</auth>`,
      '<success',
    );
    await client.#ask(header, '</stream:features>');
    await client.#ask(
      '<iq type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>',
      '</bind></iq>',
    );
    if (managed) await client.#ask('<enable xmlns="urn:xmpp:sm:3" resume="true"/>', '<enabled');
    // A room sends its subject last.
    await client.#ask(
      `<presence to="${room}/${name}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
      '<subject',
    );
    return client;
  }

  /** Writes text; resolves at once, or when the socket takes more. */
  write(text: string): Promise<unknown> | undefined {
    return this.#socket.write(text) ? undefined : once(this.#socket, 'drain');
  }

  /** Resolves when this (of Latin-1 characters) has come from now on, wherever reads are cut. */
  until(text: string): Promise<void> {
    this.#seen = '';
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.#seen.includes(text)) {
          this.#look = () => {};
          resolve();
        }
        this.#seen = this.#seen.slice(-text.length);
      };
    });
  }

  async #ask(text: string, answer: string): Promise<void> {
    const answered = this.until(answer);
    await this.write(text);
    await answered;
  }

  /** Says goodbye, or the server would keep the session, in its room, for a resume. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask('</stream:stream>', '</stream:stream>');
    this.#socket.destroy();
  }
}
