/** Where bots connect: HTTP/2, with TLS or without, and a look now and then at whether they are still there. */
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { GateSettings } from './agreement.ts';

/** Calls at once of one connection: as many messages as a bot is told of before it asks for one. */
const callLimit = 1_000;
/** How often it is looked, and how long a bot may take to answer. */
const keepaliveMs = 10_000;
const keepaliveTimeoutMs = 5_000;

export interface ListenerOptions {
  readonly onCall: (bot: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  /** The last bot has gone. */
  readonly onEmpty: () => void;
}

export class Listener {
  readonly #settings: GateSettings;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(settings: GateSettings, { onCall, onEmpty }: ListenerOptions) {
    this.#settings = settings;
    const { tls } = settings;
    // What a call may hold is bounded by its flow control.
    const options = {
      settings: { maxConcurrentStreams: callLimit },
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    };
    this.#server = tls ? createSecureServer({ ...options, ...tls }) : createServer(options);
    this.#server.on('stream', onCall);
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => {
        // Whatever it was, only this bot's connection ends.
      });
      const looking = setInterval(() => look(session), keepaliveMs);
      session.once('close', () => {
        clearInterval(looking);
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) onEmpty();
      });
    });
  }

  /** Rejects with the system's error. */
  static async open(settings: GateSettings, options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(settings, options);
    listener.#server.listen(settings.listen);
    await once(listener.#server, 'listening');
    listener.#server.on('error', () => {
      // Somebody could not be let in: the system had no room for another connection.
    });
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get isEmpty(): boolean {
    return this.#sessions.size === 0;
  }

  /** Whether it can go on with these settings; a new certificate is shown to whoever comes from now on. */
  adopt({ listen, tls }: GateSettings): boolean {
    const mine = this.#settings;
    const { host, port } = mine.listen;
    if (listen.host !== host || listen.port !== port || !tls !== !mine.tls) return false;
    if (tls && 'setSecureContext' in this.#server) this.#server.setSecureContext(tls);
    return true;
  }

  /** Nobody comes in any more; who is there may hear the end of what was begun. */
  close(): void {
    this.#server.close();
    for (const session of this.#sessions) session.close();
  }
}

function look(session: ServerHttp2Session): void {
  if (session.closed) return;
  const late = setTimeout(() => session.destroy(), keepaliveTimeoutMs);
  session.once('close', () => clearTimeout(late));
  session.ping(() => clearTimeout(late));
}
