/**
 * The socket's side of the web server: plain or TLS, how much of a request's head is read and how long that may take,
 * and what is said to what is no request.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { refuseSocket } from './error-pages.ts';
import type { Certificate } from './certificate.ts';
import { createServer as createPlainServer } from './node-http.ts';
import { headLimitBytes, judgeHead } from './request-head.ts';
import type { SlowClients } from './slow-clients.ts';
import type { Upgrades } from './upgrades.ts';

/** What is between two requests of one connection. */
const keepAliveTimeoutMs = 72_000;
/** How often Node looks for headers that take too long. */
const checkEveryMs = 1_000;
/**
 * Requests of one connection that wait for their answer. Who sends more without reading has each of them worked on, and
 * what it is answered kept.
 */
const unansweredLimit = 100;

export interface ListenerOptions {
  /** How long a client may take for the handshake, and then for its headers. */
  headersTimeoutMs: number;
  /** Connections at once; one more is closed. */
  connections: number;
  certificate: Certificate | undefined;
  upgrades: Upgrades;
  slow: SlowClients;
  /** Of which class its answers are. */
  Answer: typeof ServerResponse<IncomingMessage>;
}

/** The server, not listening yet. */
export function createListener(options: ListenerOptions): Server {
  const { headersTimeoutMs, certificate, upgrades, slow, Answer } = options;
  const common = {
    ServerResponse: Answer,
    maxHeaderSize: headLimitBytes,
    headersTimeout: headersTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(checkEveryMs, headersTimeoutMs),
    // The whole of a request may take long, as an upload does: `SlowClients` watches how fast it comes.
    requestTimeout: 0,
    // Told by the server itself, in the words of its other errors.
    requireHostHeader: false,
    shouldUpgradeCallback: (request: IncomingMessage) =>
      judgeHead(request) === undefined && upgrades.isTaken(request),
  };
  const server = certificate
    ? (createTlsServer({ ...common, ...certificate, handshakeTimeout: headersTimeoutMs }) as Server)
    : createPlainServer(common);
  server.on(certificate ? 'secureConnection' : 'connection', (socket: Socket) =>
    slow.watchConnection(socket),
  );
  server.maxConnections = options.connections;
  // Their size is bounded; a count of its own would drop headers silently.
  server.maxHeadersCount = 0;
  server.on('clientError', (error: ParserError, socket: AnsweringSocket) => {
    const answer = socket[lastAnswer];
    const inTheMiddle = answer !== undefined && answer.headersSent && !answer.writableFinished;
    if (error.code === 'ECONNRESET' || inTheMiddle) socket.destroy();
    else refuseSocket(socket, toStatus(error));
  });
  server.on('upgrade', (request, socket, head) => void upgrades.take(request, socket, head));
  server.on('checkExpectation', ({ socket }) => refuseSocket(socket, 417));
  server.on('connect', (_, socket) => refuseSocket(socket, 501, { explanation: 'This server is no proxy.' }));
  return server;
}

const lastAnswer = Symbol('last answer');
/** From the oldest that is not finished; only where there were several at once. */
const unanswered = Symbol('unanswered');

/** On the socket itself, since it is written with every request and read almost never. */
interface AnsweringSocket extends Socket {
  [lastAnswer]?: ServerResponse;
  [unanswered]?: ServerResponse[] | undefined;
}

/**
 * Notes what is answered on a connection: in the middle of it nothing else must be written. A client that has sent more
 * requests than it may before it took their answers is closed; then the answer is false.
 */
export function noteAnswer(socket: AnsweringSocket, answer: ServerResponse): boolean {
  const before = socket[lastAnswer];
  socket[lastAnswer] = answer;
  if (before === undefined || before.writableFinished) {
    if (socket[unanswered]) socket[unanswered] = undefined;
    return true;
  }
  const waiting = (socket[unanswered] ??= [before]);
  while (waiting[0]?.writableFinished) waiting.shift();
  if (waiting.push(answer) <= unansweredLimit) return true;
  socket.destroy();
  return false;
}

/** What the parser could make nothing of. */
interface ParserError extends NodeJS.ErrnoException {
  rawPacket?: Buffer;
}

/** What is no HTTP is told so in the words of HTTP. */
function toStatus({ code, rawPacket }: ParserError): number {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 431;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    case 'HPE_INVALID_METHOD':
      return isRequestLine(rawPacket) ? 501 : 400;
    case 'HPE_INVALID_VERSION':
      return isOtherVersion(rawPacket) ? 505 : 400;
    case 'HPE_PAUSED_H2_UPGRADE':
      return 505;
    default:
      return 400;
  }
}

/** A request line whose method Node does not know, and not just any bytes. @see RFC 9112 section 3 */
function isRequestLine(packet: Buffer | undefined): boolean {
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64} \S+ HTTP\/1\.[01]\r?\n/.test(
    packet?.toString('latin1', 0, 4096) ?? '',
  );
}

/** A request line of some other HTTP, and not one that ends in the wrong way. */
function isOtherVersion(packet: Buffer | undefined): boolean {
  return / HTTP\/\d+\.\d+\r\n/.test(packet?.toString('latin1', 0, 4096) ?? '');
}
