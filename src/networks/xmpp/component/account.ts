/**
 * A component as a network of the hub: a domain whose every address is ours. In each room one occupant listens, and
 * whoever speaks from another network is an occupant of their own. Unlike a client's, its connection cannot be resumed:
 * each run begins anew, and what was said meanwhile is read from the archives.
 */
import { sleep, toError, type Clock } from '../../../hub/clock.ts';
import type { AccountPort, Network } from '../../../hub/network.ts';
import { createComponent } from '../../../wire/xmpp/component.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import { XmppError } from '../../../wire/xmpp/errors.ts';
import type { Handled } from '../../../wire/xmpp/inbound.ts';
import { createJid, toJid, type Jid } from '../../../wire/xmpp/jid.ts';
import type { LogFunction } from '../../../wire/xmpp/log.ts';
import type { StreamEvents } from '../../../wire/xmpp/toolkit/stream.ts';
import { readStanzaError } from '../../../wire/xmpp/stanza-error.ts';
import type { XmppSession } from '../../../wire/xmpp/session.ts';
import { createToolkit, type Toolkit } from '../../../wire/xmpp/toolkit/toolkit.ts';
import {
  aborted,
  ALIVE_ANSWER_MS,
  CONFLICT_PAUSE_MS,
  endConnection,
  isSilence,
  readCa,
  toAliveMs,
} from '../client-session.ts';
import { Avatars } from '../avatars.ts';
import { createConnection, toHandled, type Connection } from '../connection.ts';
import { DirectChats } from '../direct.ts';
import { OwnTokens } from '../echoes.ts';
import { CARRIED_FILES } from '../media.ts';
import { withUploads } from '../media-actions.ts';
import { toAccountError } from '../failures.ts';
import { explainSpelling } from '../room-name.ts';
import { Rooms } from '../rooms.ts';
import { Uploads } from '../uploads.ts';
import { createComponentActions } from './actions.ts';
import { answerFor } from './answers.ts';
import { toParentDomain, type ComponentConfig } from './config.ts';
import { Crowd } from './crowd.ts';
import { FrontDesk } from './front-desk.ts';
import { People } from './people.ts';
import { PuppetChats } from './puppet-chats.ts';
import { Pictures } from './pictures.ts';
import { PuppetIndex } from './puppet-index.ts';
import { PuppetSends } from './puppet-sends.ts';
import { Registry } from './registry.ts';

/**
 * The longest text of one message, bytes of UTF-8. It reaches clients, whose servers commonly take no more than 256 KiB
 * from each other either; escaped at worst it is five times as long.
 */
const TEXT_BYTES = 50_000;
/** Sends under way in one room. The stream keeps their order; more would only wait in it. */
const SENDS_UNDER_WAY = 64;
const SEND_TIMEOUT_MS = 30_000;
/** How much may wait to be written. */
const UNWRITTEN_BYTES = 4 * 1024 * 1024;
/** How long the account waits where it may be itself that is in its way. */
const FIRST_CONFLICT_PAUSE_MS = 5_000;
/** The part before the `@` of the address that listens. Puppets have a dot in theirs. */
const LISTENER = 'hutong';

export class ComponentAccount implements Network {
  readonly #config: ComponentConfig;
  readonly #clock: Clock;
  readonly #tokens = new OwnTokens();
  readonly #listener: string;
  readonly #index: PuppetIndex;
  readonly #crowds = new Map<string, Crowd>();
  readonly #rooms: Rooms;
  readonly #direct: DirectChats;
  readonly #uploads: Uploads;
  readonly #avatars: Avatars;
  readonly #pictures = new Pictures();
  readonly #people: People;
  readonly #puppetChats: PuppetChats;
  readonly #registry: Registry;
  /** Missing where nobody may change links. */
  #desk: FrontDesk | undefined;
  #connection: Connection | undefined;
  #pauseUntilMs = 0;
  /** In a row. */
  #conflicts = 0;

  constructor(config: ComponentConfig, clock: Clock) {
    this.#uploads = new Uploads({ clock, caFile: config.caFile });
    this.#config = config;
    this.#clock = clock;
    const listener = createJid(LISTENER, config.component, LISTENER);
    this.#listener = listener.toString();
    this.#index = new PuppetIndex(this.#listener);
    this.#avatars = new Avatars(clock);
    this.#rooms = new Rooms({
      nick: config.nick,
      spareNick: LISTENER,
      selfPingMs: config.selfPingMs,
      clock,
      tokens: this.#tokens,
      avatars: this.#avatars,
      createCompany: (room) => this.#createCrowd(room),
    });
    this.#direct = new DirectChats({
      account: listener.bare,
      name: config.nick,
      clock,
      tokens: this.#tokens,
      avatars: this.#avatars,
      // Whoever talks with a puppet's person is to know at once that they are not heard.
      unavailableLasts: true,
      roomOf: (room) => this.#rooms.get(room),
    });
    this.#registry = new Registry({
      component: config.component,
      domains: config.registration,
      admins: config.admins,
      clock,
      isRoom: (room) => this.#rooms.get(room) !== undefined,
      send: (presence) => this.#sendUnwatched(presence),
    });
    this.#people = new People(clock);
    this.#puppetChats = new PuppetChats(this.#people, this.#rooms);
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    await this.#pause(port, signal);
    port.state({ phase: 'connecting' });
    const { store } = port;
    await Promise.all([this.#tokens.load(store), this.#people.open(store), this.#registry.open(store)]);
    const toolkit = await this.#createToolkit(port);
    const session = toolkit.stream;
    const over = new AbortController();
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    try {
      await session.connect(signal);
      const connection = createConnection({
        port,
        stream: session,
        domain: toParentDomain(session.account.domain),
        clock: this.#clock,
        signal: over.signal,
        fail: (error) => broken.reject(toError(error)),
      });
      this.#avatars.attach(connection);
      this.#pictures.attach(port);
      this.#rooms.attach(connection, false);
      this.#connection = connection;
      port.watchRooms((rooms) => this.#rooms.watch(rooms));
      this.#goOnline(port, connection);
      this.#registry.announce();
      const end = await Promise.race([session.ended, broken.promise, aborted(signal)]);
      if (end.reason.code !== 'xmpp-conflict') this.#conflicts = 0;
      throw end.reason;
    } catch (error) {
      if (error instanceof XmppError && error.code === 'xmpp-conflict') this.#makeWay();
      if (!signal.aborted) throw toAccountError(error);
    } finally {
      // A component that ends without a word leaves its occupants in the rooms.
      if (signal.aborted && !isSilence(signal.reason) && session.connected) {
        this.#registry.announce('unavailable');
        await this.#rooms.leave();
      }
      this.#connection = undefined;
      this.#desk = undefined;
      toolkit.plugins.disableAll();
      over.abort(new Error('the run is over'));
      this.#avatars.detach();
      await this.#rooms.detach();
      await endConnection(session, signal);
    }
  }

  #goOnline(port: AccountPort, connection: Connection): void {
    const { component, nick, keepaliveMs } = this.#config;
    const parts = {
      connection,
      rooms: this.#rooms,
      crowdOf: (room: string) => this.#createCrowd(room),
      direct: this.#direct,
      people: this.#people,
    };
    const puppets = new PuppetSends({
      ...parts,
      addressOf: (local) => `${local}@${component}/${LISTENER}`,
      monotonicMs: () => this.#clock.monotonicMs(),
    });
    port.online({
      self: { id: component, name: nick },
      actions: withUploads(createComponentActions({ ...parts, puppets }), {
        uploads: this.#uploads,
        connection,
        clock: this.#clock,
      }),
      limits: {
        textBytes: TEXT_BYTES,
        sendsUnderWay: SENDS_UNDER_WAY,
        mediaAlone: true,
        sendTimeoutMs: SEND_TIMEOUT_MS,
        aliveMs: toAliveMs(keepaliveMs),
      },
      carries: ['author', 'reply', 'action', ...CARRIED_FILES],
      lacksRoom: explainSpelling,
    });
    const message = this.#rooms.trouble();
    if (message !== undefined) port.state({ phase: 'online', message });
  }

  async #createToolkit(port: AccountPort): Promise<Toolkit<XmppSession>> {
    const { component, secret, server, caFile, keepaliveMs, admins } = this.#config;
    const ca = caFile === undefined ? undefined : await readCa(caFile);
    const log: LogFunction = (level, event, fields) => port.log[level](fields, event);
    // The toolkit answers requests only: all else is too much to be looked at twice.
    const open = ({ onRequest }: Pick<StreamEvents, 'onRequest'>) =>
      createComponent({
        domain: component,
        secret,
        server,
        jid: this.#listener,
        ...(ca !== undefined && { ca }),
        skip: (head) => this.#index.isUnwanted(head),
        limits: { unacknowledgedBytes: UNWRITTEN_BYTES },
        timeouts: { idleMs: keepaliveMs, aliveMs: ALIVE_ANSWER_MS },
        onStanza: (stanza) => this.#route(stanza),
        onRequest,
        onActivity: () => port.alive(),
        log,
      });
    const toolkit = createToolkit(open, { needsFrom: true, log });
    answerFor(toolkit, {
      component,
      name: this.#config.nick,
      nameOf: (jid) => (jid === this.#listener ? this.#config.nick : this.#nameOf(jid)),
      nameOfBare: (jid) => this.#nameOf(`${jid}/${LISTENER}`),
      pictureOf: async (jid) => {
        const avatar = this.#index.avatarOf(`${jid}/${LISTENER}`);
        return avatar && this.#pictures.read(avatar);
      },
    });
    if (port.links) {
      this.#desk = new FrontDesk(toolkit, {
        component,
        admins,
        registry: this.#registry,
        links: port.links,
        log: port.log,
        send: (stanza) => this.#sendUnwatched(stanza),
      });
    }
    return toolkit;
  }

  /** What the person is called for whom a full address stands, here in a room or not. */
  #nameOf(jid: string): string | undefined {
    return this.#index.nameOf(jid) ?? this.#people.find(jid.slice(0, jid.indexOf('@')))?.name;
  }

  #createCrowd(room: string): Crowd {
    const known = this.#crowds.get(room);
    if (known) return known;
    const { component, puppetsPerRoom, puppetIdleMs, puppetNick } = this.#config;
    const crowd = new Crowd({
      room,
      domain: component,
      limit: puppetsPerRoom,
      idleMs: puppetIdleMs,
      nickFormat: puppetNick,
      clock: this.#clock,
      index: this.#index,
      pictures: this.#pictures,
      met: (nick) => this.#rooms.get(room)?.meet(nick),
    });
    this.#crowds.set(room, crowd);
    return crowd;
  }

  #route(stanza: XmlElement): Handled | Promise<Handled> {
    const connection = this.#connection;
    // Nothing is acknowledged here: what comes between runs is in the archives.
    if (!connection) return undefined;
    const from = toJid(stanza.attr('from'));
    const to = stanza.attr('to') ?? '';
    const bare = from?.bare.toString() ?? '';
    const room = this.#rooms.get(bare);
    if (to.includes('@') && !to.startsWith(`${LISTENER}@`)) {
      return from && this.#routeToPuppet(stanza, to, from, connection);
    }
    if (stanza.name === 'presence') {
      this.#avatars.notice(stanza);
      if (room) return toHandled(room.handlePresence(stanza));
      if (!from || !this.#registry.takePresence(stanza, from)) this.#answerPresence(stanza);
      return undefined;
    }
    if (stanza.name !== 'message') return undefined;
    if (this.#desk && from && !room && !to.includes('@')) {
      this.#desk.takeMessage(stanza, from);
      return undefined;
    }
    const type = stanza.attr('type');
    if (room && (type === 'groupchat' || from?.resource === '')) return toHandled(room.handleMessage(stanza));
    return this.#direct.handle(stanza, connection);
  }

  /** What a puppet gets: answers of rooms to what it did, and words that are meant for the person. */
  #routeToPuppet(
    stanza: XmlElement,
    to: string,
    from: Jid,
    connection: Connection,
  ): Handled | Promise<Handled> {
    const bare = from.bare.toString();
    const room = this.#rooms.get(bare);
    if (stanza.name === 'presence') {
      const puppet = this.#index.get(to, bare);
      if (puppet) puppet.handlePresence(stanza);
      else this.#answerPresence(stanza);
      return undefined;
    }
    if (stanza.name !== 'message') return undefined;
    if (stanza.attr('type') !== 'error') {
      const address = toJid(to);
      return address && toHandled(this.#puppetChats.handle(stanza, from, address, connection));
    }
    // Only the room itself knows what it did not take; its occupants could say anything.
    if (!room || from.resource !== '') return this.#direct.handle(stanza, connection);
    const puppet = this.#index.get(to, bare);
    if (puppet && readStanzaError(stanza).condition === 'not-acceptable')
      this.#crowds.get(bare)?.suspect(puppet);
    void room.handleMessage(stanza);
    return undefined;
  }

  /** Whoever wants to have somebody as a contact may; there is no more to be seen than that they are there. */
  #answerPresence(stanza: XmlElement): void {
    const type = stanza.attr('type');
    if (type !== 'subscribe' && type !== 'probe') return;
    const back = { to: toJid(stanza.attr('from'))?.bare.toString(), from: stanza.attr('to') };
    if (type === 'subscribe') this.#sendUnwatched(xml('presence', { ...back, type: 'subscribed' }));
    this.#sendUnwatched(xml('presence', back));
  }

  /** Where the stream is lost meanwhile, whoever would have got this sees that, too. */
  #sendUnwatched(stanza: XmlElement): void {
    this.#connection?.stream.send(stanza).catch(() => {});
  }

  /**
   * Another connection has the name. The first time that may be the hub of a moment ago, which the server has not given
   * up yet; else it is somebody else's, and two that push each other out help nobody.
   */
  #makeWay(): void {
    this.#conflicts += 1;
    const pauseMs = this.#conflicts === 1 ? FIRST_CONFLICT_PAUSE_MS : CONFLICT_PAUSE_MS;
    this.#pauseUntilMs = this.#clock.monotonicMs() + pauseMs;
  }

  async #pause(port: AccountPort, signal: AbortSignal): Promise<void> {
    const leftMs = this.#pauseUntilMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return;
    const message = `another connection is the component ${this.#config.component}; each needs a name of its own`;
    port.state({ phase: 'waiting', message });
    await sleep(this.#clock, leftMs, signal);
  }
}
