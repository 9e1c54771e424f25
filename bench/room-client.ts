/** A bare XMPP client in one room of the test server: somebody who is not hutong. */
import { randomUUID } from 'node:crypto';
import { xml, type XmlElement } from '../src/wire/xmpp/element.ts';
import { toJoin } from '../src/wire/xmpp/muc.ts';
import { XmppSession } from '../src/wire/xmpp/session.ts';
import { startProsody } from '../test/servers/prosody.ts';
import type { XmppServer } from '../test/servers/xmpp-server.ts';

export const password = 'secret';

/**
 * Prosody with accounts for the hub (`bridge`) and two people, and no limit of bandwidth. It collects its garbage by
 * generations: with its default, by steps, about every second message waits 3 ms for the collector, and a few more or less
 * of them decide the median.
 *
 * @see https://prosody.im/doc/advanced_gc
 */
export function startBenchServer(options: { mam: boolean }): Promise<XmppServer> {
  return startProsody({
    ...options,
    extraConfig: 'gc = { mode = "generational" }',
    users: ['bridge', 'ann', 'bea'].map((name) => [name, password] as const),
  });
}

/** The settings of the hub's account there. */
export function toBridgeAccount(server: XmppServer) {
  return {
    network: 'xmpp',
    jid: `bridge@${server.domain}`,
    password,
    nick: 'hutong',
    server: `xmpps://${server.host}:${server.tlsPort}`,
    tls: { ca: server.caPath },
  } as const;
}

export function toSaid(room: string, text: string): XmlElement {
  return xml('message', { to: room, type: 'groupchat', id: randomUUID() }, xml('body', {}, text));
}

export class RoomClient implements AsyncDisposable {
  /** Called with the nick and text of each message in the room. */
  onSaid: (nick: string, text: string) => void = () => {};
  readonly session: XmppSession;
  readonly #room: string;
  readonly #nicks = new Set<string>();
  #changed = () => {};

  private constructor(server: XmppServer, name: string, room: string) {
    this.#room = room;
    this.session = new XmppSession({
      jid: `${name}@${server.domain}`,
      password,
      server: { host: server.host, port: server.tlsPort, security: 'tls' },
      ca: server.ca,
      onStanza: (stanza) => this.#take(stanza),
    });
  }

  /** Logs in and enters the room under the account's name. */
  static async enter(server: XmppServer, name: string, room: string): Promise<RoomClient> {
    const client = new RoomClient(server, name, room);
    await client.session.connect(new AbortController().signal);
    await client.session.send(toJoin(room, name, randomUUID(), 'none'));
    await client.meet(name);
    return client;
  }

  /** Resolves when somebody of this nick is in the room. */
  async meet(nick: string): Promise<void> {
    while (!this.#nicks.has(nick)) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  say(text: string): Promise<void> {
    return this.session.send(toSaid(this.#room, text));
  }

  #take(stanza: XmlElement): void {
    const from = stanza.attr('from') ?? '';
    if (!from.startsWith(`${this.#room}/`)) return;
    const nick = from.slice(this.#room.length + 1);
    const text = stanza.name === 'message' ? stanza.childText('body') : undefined;
    if (text !== undefined) this.onSaid(nick, text);
    if (stanza.name !== 'presence') return;
    this.#nicks.add(nick);
    this.#changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}
