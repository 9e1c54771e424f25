/**
 * Who takes WebSockets, by path. A request to become something else that nobody takes is answered like any other
 * request, which is what RFC 9110 (section 7.8) asks for.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { toError } from '../hub/clock.ts';
import type { Log } from '../hub/log.ts';
import { refuseSocket } from './error-pages.ts';

/** A close frame: going away. @see RFC 6455 sections 5.5.1 and 7.4.1 */
const goodbye = Uint8Array.of(0x88, 2, 1001 >> 8, 1001 & 0xff);

/**
 * Takes a WebSocket's beginning; the handshake is still to be answered. Whether a page of another site may do this is
 * for it to decide: `Authentication` takes no session from one. It ends the WebSocket soon after `WebHost.closing`.
 */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void | Promise<void>;

interface Taker {
  path: string;
  handler: UpgradeHandler;
}

export class Upgrades {
  readonly #log: Log;
  readonly #takers: Taker[] = [];
  readonly #sockets = new Set<Duplex>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** `path` is one path, or with a `/` at its end all that begin with it. */
  add(path: string, handler: UpgradeHandler): void {
    this.#takers.push({ path, handler });
  }

  /** Whether somebody takes it. */
  isTaken(request: IncomingMessage): boolean {
    return request.headers.upgrade?.toLowerCase() === 'websocket' && this.#find(request) !== undefined;
  }

  /** Hands a WebSocket's beginning to who takes it. */
  async take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => {
      // A connection that broke is told by `close`, too; without a listener it would end the process.
    });
    const found = this.#find(request);
    if (!found) return refuseSocket(socket, 404);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    try {
      await found.handler(request, socket, head);
    } catch (error) {
      this.#log.error({ err: toError(error), path: found.path }, 'a WebSocket could not be taken');
      socket.destroy();
    }
  }

  /** Says goodbye where whoever took the WebSocket has not: its other side then ends it in order. */
  sayGoodbye(): void {
    for (const socket of this.#sockets) if (socket.writable) socket.write(goodbye);
  }

  /** Ends those that are still open. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #find({ method, url }: IncomingMessage): Taker | undefined {
    const path = URL.parse(url ?? '', 'http://localhost')?.pathname;
    if (method !== 'GET' || path === undefined) return undefined;
    return this.#takers.find((taker) =>
      taker.path.endsWith('/') ? path.startsWith(taker.path) : path === taker.path,
    );
  }
}
