/**
 * Somebody else in the room: a bare client on the stream layer, and the account under test with what it is handed.
 */
import { EventEmitter, once } from 'node:events';
import { createSystemClock } from '../../src/hub/clock.ts';
import { AccountError } from '../../src/hub/errors.ts';
import { textBody } from '../../src/hub/message.ts';
import type { Network, Receipt, Session } from '../../src/hub/network.ts';
import { createXmppNetwork } from '../../src/networks/xmpp/index.ts';
import { xml, type XmlElement, type XmlNode } from '../../src/wire/xmpp/element.ts';
import { toJoin } from '../../src/wire/xmpp/muc.ts';
import { serialise } from '../../src/wire/xmpp/serialise.ts';
import { XmppSession } from '../../src/wire/xmpp/session.ts';
import { FakePort } from '../fakes/port.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';

export const PASSWORD = 'secret';
export const USERS = ['bridge', 'ann', 'bea'].map((name) => [name, PASSWORD] as const);
export const clock = createSystemClock();

/** How long a test waits for one thing, on a machine that does much else. */
const PATIENCE_MS = 100_000;
/** Of what came instead so much is told. */
const STANZAS_TOLD = 5;

/** A client that is not hutong: it sends what it is told, and keeps what it gets. */
export class Peer implements AsyncDisposable {
  readonly stanzas: XmlElement[] = [];
  readonly session: XmppSession;
  readonly #changes = new EventEmitter<{ change: [] }>();

  private constructor(server: XmppServer, name: string) {
    this.session = new XmppSession({
      jid: `${name}@${server.domain}`,
      password: PASSWORD,
      server: { host: server.host, port: server.port, security: 'starttls' },
      ca: server.ca,
      onStanza: (stanza) => {
        this.stanzas.push(stanza);
        this.#changes.emit('change');
      },
    });
  }

  /** Logs in and, where a room is named, joins it. */
  static async connect(server: XmppServer, name: string, room?: string, nick = name): Promise<Peer> {
    const peer = new Peer(server, name);
    await peer.session.connect(new AbortController().signal);
    await peer.session.send(xml('presence'));
    if (room !== undefined) await peer.join(room, nick);
    return peer;
  }

  async join(room: string, nick: string): Promise<void> {
    await this.session.send(toJoin(room, nick, clock.id(), 'none'));
    await this.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === `${room}/${nick}`);
  }

  async say(room: string, text: string, ...more: XmlNode[]): Promise<string> {
    const id = clock.id();
    await this.session.send(
      xml('message', { to: room, type: 'groupchat', id }, xml('body', {}, text), ...more),
    );
    return id;
  }

  /** Resolves when the server has dealt with what was sent until now. */
  async sync(): Promise<void> {
    await this.session.iq(
      xml('iq', { type: 'get', to: this.session.account.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' })),
    );
  }

  /** Bodies said in a room by this nick. */
  heard(room: string, nick: string): string[] {
    return this.stanzas.flatMap((stanza) =>
      stanza.name === 'message' && stanza.attr('from') === `${room}/${nick}`
        ? (stanza.childText('body') ?? [])
        : [],
    );
  }

  async until(found: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const stanza = this.stanzas.find(found);
      if (stanza) return stanza;
      await this.#change(late, found.toString());
    }
  }

  async untilHeard(room: string, nick: string, count: number): Promise<string[]> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const heard = this.heard(room, nick);
      if (heard.length >= count) return heard;
      await this.#change(late, `message ${count} of ${nick} after ${JSON.stringify(heard)}`);
    }
  }

  /** Resolves with the next stanza; a test that waits for what never comes fails and tells, instead of standing still. */
  async #change(late: AbortSignal, wanted: string): Promise<void> {
    try {
      await once(this.#changes, 'change', { signal: late });
    } catch (error) {
      const last = this.stanzas.slice(-STANZAS_TOLD).map((stanza) => serialise(stanza));
      const told = [`waited in vain for ${wanted}; the last stanzas:`, ...last].join('\n');
      throw new Error(told, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}

/** What a bridge can be given; the rest is what every test has. */
export interface BridgeOptions {
  rooms?: readonly string[];
  nick?: string;
  user?: string;
  password?: string;
  /** The port of an earlier bridge: its store, its links, what it was told. */
  port?: FakePort;
  settings?: Record<string, unknown>;
}

/** The account under test, run again and again as the hub would. */
export class Bridge implements AsyncDisposable {
  readonly network: Network;
  readonly port: FakePort;
  /** Why runs ended, and how many began. */
  readonly ends: unknown[] = [];
  readonly #over = new AbortController();
  readonly #running: Promise<void>;
  readonly #end = Promise.withResolvers<void>();
  #tokens = 0;

  constructor(server: XmppServer, options: BridgeOptions = {}) {
    const kind = createXmppNetwork({ clock });
    const { user = 'bridge', nick = 'hutong', password = PASSWORD } = options;
    const config = kind.config.parse({
      jid: `${user}@${server.domain}`,
      password,
      nick,
      server: `xmpp://${server.host}:${server.port}`,
      tls: { ca: server.caPath },
      ...options.settings,
    });
    this.network = kind.open('jabber', config);
    this.port = options.port ?? new FakePort();
    this.port.session = undefined;
    if (options.rooms) this.port.linkRooms(options.rooms);
    this.#running = this.#supervise();
  }

  /** Resolves with the session when the account is online. */
  online(): Promise<Session> {
    return this.port.until((port) => port.session);
  }

  /** Resolves when the account is in the room. */
  async inside(...rooms: string[]): Promise<this> {
    const session = await this.online();
    for (;;) {
      const inside = (await session.actions.rooms?.())?.map(({ room }) => room) ?? [];
      if (rooms.every((room) => inside.includes(room))) return this;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A token as the hub makes them. */
  token(): string {
    this.#tokens += 1;
    return `hhub0001-${clock.id()}-${this.#tokens}`;
  }

  async say(room: string, text: string, token = this.token()): Promise<Receipt> {
    const session = await this.online();
    return session.actions.send({ room, token, body: textBody(text), at: clock.now(), hops: ['hub0001'] });
  }

  /** What was said in a room, as the hub was told, until there are so many. */
  async told(room: string, count: number): Promise<string[]> {
    return this.port.until(() => {
      const texts = this.texts(room);
      return texts.length >= count ? texts : undefined;
    });
  }

  texts(room: string): string[] {
    return this.port
      .of('message')
      .filter((event) => event.room === room)
      .map((event) => event.body.map((segment) => (segment.type === 'text' ? segment.text : '')).join(''));
  }

  /** Resolves with why the first run ended. */
  async ended(): Promise<unknown> {
    if (this.ends.length === 0) await this.#end.promise;
    return this.ends[0];
  }

  /** Ends the connection as a crash of the hub would: no goodbye, and nothing is told to anybody any more. */
  async crash(): Promise<void> {
    this.#over.abort(new AccountError('account-silent', 'crashed'));
    await this.#running;
  }

  async #supervise(): Promise<void> {
    for (;;) {
      try {
        await this.network.run(this.port, this.#over.signal);
        if (this.#over.signal.aborted) return;
        this.ends.push(undefined);
      } catch (error) {
        this.ends.push(error);
        this.#end.resolve();
        if ((error as { final?: boolean }).final) return;
      }
      this.#end.resolve();
      this.port.session = undefined;
      this.port.state({ phase: 'waiting' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (this.#over.signal.aborted) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#running;
  }
}
