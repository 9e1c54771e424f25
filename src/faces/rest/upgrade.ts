/**
 * A WebSocket begins as a request. Here it goes the way of every request, through the routes with their checks and their
 * problems as answers; the route that wants the connection takes it, and what no route takes is answered and closed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A connection that is to become a WebSocket. */
export interface Upgrade {
  socket: Duplex;
  /** What came behind the request's headers already. */
  head: Buffer;
}

interface Pending extends Upgrade {
  response: ServerResponse;
}

export class UpgradeRequests {
  readonly #pending = new WeakMap<IncomingMessage, Pending>();
  readonly #route: (request: IncomingMessage, response: ServerResponse) => void;
  readonly #createAnswer: (request: IncomingMessage) => ServerResponse;

  /**
   * @param route answers a request, as it would any
   * @param createAnswer makes what it is answered with, as the web server does
   */
  constructor(
    route: (request: IncomingMessage, response: ServerResponse) => void,
    createAnswer: (request: IncomingMessage) => ServerResponse,
  ) {
    this.#route = route;
    this.#createAnswer = createAnswer;
  }

  /** Takes what Node's `upgrade` event hands out. */
  enter(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {
      // The client is gone; whoever took the connection is told by `close`.
    });
    const response = this.#createAnswer(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.once('finish', () => {
      if (this.#pending.delete(request)) (socket as Socket).destroySoon();
    });
    this.#pending.set(request, { socket, head, response });
    this.#route(request, response);
  }

  /**
   * The connection of a request that asked for an upgrade, to answer it and keep it; undefined where it did not. The
   * route calls `reply.hijack()` with it: the server has done with the request then.
   */
  take(request: IncomingMessage): Upgrade | undefined {
    const taken = this.#pending.get(request);
    if (!taken || !this.#pending.delete(request)) return undefined;
    taken.response.detachSocket(taken.socket as Socket);
    return { socket: taken.socket, head: taken.head };
  }
}
