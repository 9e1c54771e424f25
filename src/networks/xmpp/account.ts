/**
 * One XMPP account as a network of the hub. The session outlives the runs, so that a broken connection is resumed
 * where it was; rooms do too, and are told of each run.
 */
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import { AccountError } from '../../hub/errors.ts';
import type { AccountPort, Network } from '../../hub/network.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import type { Handled } from '../../wire/xmpp/inbound.ts';
import { parseJid, toJid } from '../../wire/xmpp/jid.ts';
import type { XmppSession } from '../../wire/xmpp/session.ts';
import { createActions } from './actions.ts';
import {
  aborted,
  CONFLICT_MESSAGE,
  CONFLICT_PAUSE_MS,
  createClientSession,
  endConnection,
  toAliveMs,
} from './client-session.ts';
import type { XmppConfig } from './config.ts';
import { Avatars } from './avatars.ts';
import { createConnection, toHandled, type Connection } from './connection.ts';
import { DirectChats } from './direct.ts';
import { OwnTokens } from './echoes.ts';
import { toAccountError } from './failures.ts';
import { CARRIED_FILES } from './media.ts';
import { withUploads } from './media-actions.ts';
import { readInvitation, Requests } from './requests.ts';
import { explainSpelling } from './room-name.ts';
import { Rooms } from './rooms.ts';
import { Uploads } from './uploads.ts';

/**
 * The longest text of one message, bytes of UTF-8. Escaped at worst (`&amp;`) it is five times as long, and then
 * still fits the 256 KiB that servers commonly take from a client.
 */
const TEXT_BYTES = 50_000;
/** Sends under way in one room. The stream keeps their order; more would only wait in it. */
const SENDS_UNDER_WAY = 64;
const SEND_TIMEOUT_MS = 30_000;

export class XmppAccount implements Network {
  readonly #config: XmppConfig;
  readonly #clock: Clock;
  readonly #tokens = new OwnTokens();
  readonly #rooms: Rooms;
  readonly #direct: DirectChats;
  readonly #requests: Requests;
  readonly #uploads: Uploads;
  readonly #avatars: Avatars;
  #session: XmppSession | undefined;
  #port: AccountPort | undefined;
  /** Where stanzas go; missing while there is no run, and a promise until it is connected. */
  #connection: Promise<Connection> | Connection | undefined;
  #pauseUntilMs = 0;

  constructor(config: XmppConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    const jid = parseJid(config.jid);
    this.#uploads = new Uploads({ clock, caFile: config.caFile });
    this.#avatars = new Avatars(clock);
    this.#requests = new Requests(jid.bare, clock);
    this.#rooms = new Rooms({
      nick: config.nick,
      spareNick: jid.local,
      selfPingMs: config.selfPingMs,
      clock,
      tokens: this.#tokens,
      avatars: this.#avatars,
    });
    this.#direct = new DirectChats({
      account: jid.bare,
      name: config.nick,
      clock,
      tokens: this.#tokens,
      avatars: this.#avatars,
      roomOf: (room) => this.#rooms.get(room),
    });
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    this.#port = port;
    await this.#pause(port, signal);
    port.state({ phase: 'connecting' });
    await this.#tokens.load(port.store);
    const session = (this.#session ??= await createClientSession({
      config: this.#config,
      clock: this.#clock,
      store: port.store,
      port: () => this.#port,
      onStanza: (stanza) => this.#handle(stanza),
    }));
    const opening = Promise.withResolvers<Connection>();
    opening.promise.catch(() => {});
    this.#connection = opening.promise;
    const over = new AbortController();
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    try {
      const { resumed, jid } = await session.connect(signal);
      const connection = createConnection({
        port,
        stream: session,
        domain: session.account.domain,
        clock: this.#clock,
        signal: over.signal,
        fail: (error) => broken.reject(toError(error)),
      });
      if (!resumed) await session.send(xml('presence'));
      this.#avatars.attach(connection);
      this.#rooms.attach(connection, resumed);
      this.#direct.attach(connection, jid, resumed);
      this.#connection = connection;
      opening.resolve(connection);
      port.watchRooms((rooms) => {
        this.#direct.watch(rooms);
        this.#rooms.watch(rooms);
      });
      this.#goOnline(port, connection);
      const end = await Promise.race([session.ended, broken.promise, aborted(signal)]);
      if (end.reason.code === 'xmpp-conflict')
        this.#pauseUntilMs = this.#clock.monotonicMs() + CONFLICT_PAUSE_MS;
      throw end.reason;
    } catch (error) {
      if (!signal.aborted) throw toAccountError(error);
    } finally {
      // What comes while it ends waits, and is not acknowledged; a refusal would cut the goodbye short.
      const closing = Promise.withResolvers<Connection>();
      closing.promise.catch(() => {});
      this.#connection = closing.promise;
      opening.reject(new AccountError('account-over', 'the run is over'));
      over.abort(new AccountError('account-over', 'the run is over'));
      this.#avatars.detach();
      await Promise.all([this.#rooms.detach(), this.#direct.detach()]);
      await endConnection(session, signal);
      this.#connection = undefined;
      closing.reject(new AccountError('account-over', 'the run is over'));
    }
  }

  #goOnline(port: AccountPort, connection: Connection): void {
    const { nick, keepaliveMs } = this.#config;
    port.online({
      self: { id: parseJid(this.#config.jid).bare.toString(), name: nick },
      actions: withUploads(createActions(connection, this.#rooms, this.#direct, this.#requests), {
        uploads: this.#uploads,
        connection,
        clock: this.#clock,
      }),
      limits: {
        textBytes: TEXT_BYTES,
        sendsUnderWay: SENDS_UNDER_WAY,
        sendTimeoutMs: SEND_TIMEOUT_MS,
        mediaAlone: true,
        aliveMs: toAliveMs(keepaliveMs),
      },
      carries: ['reply', ...CARRIED_FILES],
      lacksRoom: explainSpelling,
    });
    const message = this.#rooms.trouble();
    if (message !== undefined) port.state({ phase: 'online', message });
  }

  #handle(stanza: XmlElement): Handled | Promise<Handled> {
    const connection = this.#connection;
    // Between runs nothing is taken, so that the server sends it again.
    if (!connection) throw new AccountError('account-over', 'the run is over');
    if (connection instanceof Promise) return connection.then((opened) => this.#route(stanza, opened));
    return this.#route(stanza, connection);
  }

  #route(stanza: XmlElement, connection: Connection): Handled | Promise<Handled> {
    const from = toJid(stanza.attr('from'));
    const room = from && this.#rooms.get(from.bare.toString());
    if (stanza.name === 'presence') {
      this.#avatars.notice(stanza);
      return room ? toHandled(room.handlePresence(stanza)) : this.#requests.presence(stanza, connection);
    }
    if (stanza.name !== 'message') return undefined;
    const invitation = readInvitation(stanza);
    // Into a room that links name nobody has to be invited.
    if (invitation && !this.#rooms.get(invitation.room.toString())) {
      return this.#requests.invited(invitation, connection);
    }
    const type = stanza.attr('type');
    if (room && (type === 'groupchat' || from?.resource === '')) return toHandled(room.handleMessage(stanza));
    return this.#direct.handle(stanza, connection);
  }

  async #pause(port: AccountPort, signal: AbortSignal): Promise<void> {
    const leftMs = this.#pauseUntilMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return;
    port.state({
      phase: 'waiting',
      message: CONFLICT_MESSAGE,
    });
    await sleep(this.#clock, leftMs, signal);
  }
}
