/**
 * The reverse WebSocket: the implementation connects to us. Taken on anybody's HTTP server, at its `upgrade`.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/ws-reverse.md
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { findToken, isSameSecret } from './authorization.ts';
import { FRAME_LIMIT_BYTES } from './socket.ts';

// An import of the module would load all of fetch, by its getter of WebSocket: 15 MiB.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** What a connection is for. */
export type ClientRole = 'API' | 'Event' | 'Universal';

export interface ReverseConnection {
  /** Open, and paused until it is handed to `OneBotSocket`. */
  webSocket: WebSocket;
  /** The account it is for, as its header says; undefined where it says none. */
  selfId: number | undefined;
  role: ClientRole;
}

/** Takes WebSockets of implementations. */
export class ReverseServer {
  readonly #token: string | undefined;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_LIMIT_BYTES,
  });

  /** @param token what they have to bring; undefined lets everybody in */
  constructor(token: string | undefined) {
    this.#token = token;
  }

  /**
   * Takes an upgrade, or refuses it: 401 without a token, 403 with a wrong one.
   *
   * @returns undefined where it was refused
   */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<ReverseConnection | undefined> {
    const query = URL.parse(request.url ?? '/', 'http://localhost')?.searchParams ?? new URLSearchParams();
    const token = findToken(request.headers, query);
    if (this.#token !== undefined && (token === undefined || !isSameSecret(token, this.#token))) {
      refuse(socket, token === undefined ? 401 : 403);
      return Promise.resolve(undefined);
    }
    return new Promise((resolve) => {
      // Where the handshake is wrong the socket is closed, and nothing is answered here.
      socket.once('close', () => resolve(undefined));
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        // Nothing is to come before somebody listens.
        webSocket.pause();
        resolve({ webSocket, selfId: toSelfId(request), role: toRole(request) });
      });
    });
  }
}

function refuse(socket: Duplex, status: 401 | 403): void {
  socket.on('error', () => {
    // It is being closed anyway.
  });
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function toSelfId({ headers }: IncomingMessage): number | undefined {
  const given = headers['x-self-id'];
  return typeof given === 'string' && /^\d{1,16}$/.test(given) ? Number(given) : undefined;
}

function toRole({ headers }: IncomingMessage): ClientRole {
  const given = headers['x-client-role'];
  return given === 'API' || given === 'Event' ? given : 'Universal';
}
