/**
 * One XMPP account as a network of the hub. The session outlives the runs, so that a broken connection is resumed
 * where it was; rooms do too, and are told of each run.
 */
import { readFile } from 'node:fs/promises';
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import { AccountError, HutongError } from '../../hub/errors.ts';
import type { AccountPort, AccountStore, Network } from '../../hub/network.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import { parseJid, toJid } from '../../wire/xmpp/jid.ts';
import { XmppSession } from '../../wire/xmpp/session.ts';
import { createActions } from './actions.ts';
import type { XmppConfig } from './config.ts';
import type { Connection } from './connection.ts';
import { DirectChats } from './direct.ts';
import { OwnTokens } from './echoes.ts';
import { toAccountError } from './failures.ts';
import { parseRoomName } from './room-name.ts';
import { Rooms } from './rooms.ts';
import { createServerTime } from './server-time.ts';

/**
 * The longest text of one message, bytes of UTF-8. Escaped at worst (`&amp;`) it is five times as long, and then
 * still fits the 256 KiB that servers commonly take from a client.
 */
const TEXT_BYTES = 50_000;
/** Sends under way in one room. The stream keeps their order; more would only wait in it. */
const SENDS_UNDER_WAY = 64;
const SEND_TIMEOUT_MS = 30_000;
/**
 * How much may wait for the server's acknowledgement: about what a server that takes 10 kB/s, a common limit, takes
 * in the time that a send has.
 */
const UNACKNOWLEDGED_BYTES = 256 * 1024;
/** How long the server may take to answer the session's own sign of life, and how many such silences make up `aliveMs`. */
const ALIVE_ANSWER_MS = 20_000;
const SILENCES = 2;
/** Events on the way to the journal that the stream does not wait for. */
const BACKGROUND_LIMIT = 256;
/** How long the account keeps away when another client has taken its place. */
const CONFLICT_PAUSE_MS = 2 * 60_000;
const RESOURCE_KEY = 'resource';

export class XmppAccount implements Network {
  readonly #config: XmppConfig;
  readonly #clock: Clock;
  readonly #tokens = new OwnTokens();
  readonly #rooms: Rooms;
  readonly #direct: DirectChats;
  #session: XmppSession | undefined;
  #port: AccountPort | undefined;
  /** Where stanzas go; missing while there is no run, and a promise until it is connected. */
  #connection: Promise<Connection> | Connection | undefined;
  #pauseUntilMs = 0;

  constructor(config: XmppConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    const jid = parseJid(config.jid);
    this.#rooms = new Rooms({
      nick: config.nick,
      spareNick: jid.local,
      selfPingMs: config.selfPingMs,
      clock,
      tokens: this.#tokens,
    });
    this.#direct = new DirectChats(jid.bare);
  }

  parseRoom(name: string): string {
    return parseRoomName(name);
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    this.#port = port;
    await this.#pause(port, signal);
    port.state({ phase: 'connecting' });
    await this.#tokens.load(port.store);
    const session = (this.#session ??= await this.#createSession(port.store));
    const opening = Promise.withResolvers<Connection>();
    opening.promise.catch(() => {});
    this.#connection = opening.promise;
    const over = new AbortController();
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    try {
      const { resumed } = await session.connect(signal);
      const connection = this.#createConnection(port, session, over.signal, (error) =>
        broken.reject(toError(error)),
      );
      if (!resumed) await session.send(xml('presence'));
      this.#rooms.attach(connection, resumed);
      this.#connection = connection;
      opening.resolve(connection);
      port.watchRooms((rooms) => this.#rooms.watch(rooms));
      this.#goOnline(port, connection);
      const end = await Promise.race([session.ended, broken.promise, aborted(signal)]);
      if (end.reason.code === 'xmpp-conflict')
        this.#pauseUntilMs = this.#clock.monotonicMs() + CONFLICT_PAUSE_MS;
      throw end.reason;
    } catch (error) {
      if (!signal.aborted) throw toAccountError(error);
    } finally {
      this.#connection = undefined;
      opening.reject(new AccountError('account-over', 'the run is over'));
      over.abort(new AccountError('account-over', 'the run is over'));
      await this.#rooms.detach();
      // A silent or broken connection may be resumed; one that is ended on purpose says goodbye.
      if (signal.aborted && !isSilence(signal.reason)) await session.close();
      else if (session.connected) {
        session.drop();
        await session.ended;
      }
    }
  }

  #goOnline(port: AccountPort, connection: Connection): void {
    const { nick, keepaliveMs } = this.#config;
    port.online({
      self: { id: parseJid(this.#config.jid).bare.toString(), name: nick },
      actions: createActions(connection, this.#rooms, this.#direct),
      limits: {
        textBytes: TEXT_BYTES,
        sendsUnderWay: SENDS_UNDER_WAY,
        sendTimeoutMs: SEND_TIMEOUT_MS,
        aliveMs: SILENCES * (keepaliveMs + ALIVE_ANSWER_MS),
      },
      carries: ['reply'],
    });
    const message = this.#rooms.trouble();
    if (message !== undefined) port.state({ phase: 'online', message });
  }

  #createConnection(
    port: AccountPort,
    session: XmppSession,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ): Connection {
    let open = 0;
    let waiting: PromiseWithResolvers<void> | undefined;
    const { domain } = session.account;
    return {
      port,
      stream: session,
      domain,
      signal,
      fail,
      serverTime: createServerTime(session, this.#clock, domain, signal),
      background: (durable) => {
        open += 1;
        durable.catch(fail).finally(() => {
          open -= 1;
          if (open >= BACKGROUND_LIMIT) return;
          waiting?.resolve();
          waiting = undefined;
        });
        if (open < BACKGROUND_LIMIT) return undefined;
        return (waiting ??= Promise.withResolvers<void>()).promise;
      },
    };
  }

  async #createSession(store: AccountStore): Promise<XmppSession> {
    const { jid, password, server, caFile, keepaliveMs } = this.#config;
    const ca = caFile === undefined ? undefined : await readCa(caFile);
    const resource = this.#config.resource ?? (parseJid(jid).resource || (await this.#ownResource(store)));
    return new XmppSession({
      jid,
      password,
      resource,
      ...(server && { server }),
      ...(ca !== undefined && { ca }),
      limits: { unacknowledgedBytes: UNACKNOWLEDGED_BYTES },
      timeouts: { idleMs: keepaliveMs, aliveMs: ALIVE_ANSWER_MS },
      onStanza: (stanza) => this.#handle(stanza),
      onActivity: () => this.#port?.alive(),
      log: (level, event, fields) => this.#port?.log[level](fields, event),
    });
  }

  /**
   * Always the same resource for this account of this hub: when it is bound anew the server ends the old session at
   * once, so that nothing the hub sent before it was killed can still arrive after the archive was searched for it.
   */
  async #ownResource(store: AccountStore): Promise<string> {
    const known = await store.get(RESOURCE_KEY);
    if (known !== undefined) return known;
    // The whole of the id: its end alone is the same for all accounts of this process.
    const made = `hutong-${this.#clock.id()}`;
    await store.set(RESOURCE_KEY, made);
    return made;
  }

  #handle(stanza: XmlElement): Promise<void> | undefined {
    const connection = this.#connection;
    // Between runs nothing is taken, so that the server sends it again.
    if (!connection) throw new AccountError('account-over', 'the run is over');
    if (connection instanceof Promise) return connection.then((opened) => this.#route(stanza, opened));
    return this.#route(stanza, connection);
  }

  #route(stanza: XmlElement, connection: Connection): Promise<void> | undefined {
    const from = toJid(stanza.attr('from'));
    const room = from && this.#rooms.get(from.bare.toString());
    if (stanza.name === 'presence') {
      room?.handlePresence(stanza);
      return undefined;
    }
    if (stanza.name !== 'message') return undefined;
    const type = stanza.attr('type');
    if (room && (type === 'groupchat' || from?.resource === '')) return room.handleMessage(stanza);
    return this.#direct.handle(stanza, room !== undefined, connection);
  }

  async #pause(port: AccountPort, signal: AbortSignal): Promise<void> {
    const leftMs = this.#pauseUntilMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return;
    port.state({
      phase: 'waiting',
      message: 'another client has taken this one’s place; give each its own resource',
    });
    await sleep(this.#clock, leftMs, signal);
  }
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AccountError('account-setup', `tls.ca: ${file} cannot be read: ${toError(error).message}`, {
      cause: error,
    });
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(toError(signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}

function isSilence(reason: unknown): boolean {
  return reason instanceof HutongError && reason.code === 'account-silent';
}
