/**
 * The socket's side of the web server: plain or TLS, how much of a request's head is read and how long that may take,
 * and what is said to what is no request.
 */
import { createServer as createPlainServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { refuseSocket } from './error-pages.ts';
import type { Certificate } from './certificate.ts';
import type { Upgrades } from './upgrades.ts';

/** A request line and its headers together. */
const headerLimitBytes = 64 * 1024;
/** What is between two requests of one connection. */
const keepAliveTimeoutMs = 72_000;
/** How often Node looks for headers that take too long. */
const checkEveryMs = 1_000;

export interface ListenerOptions {
  /** How long a client may take for the handshake, and then for its headers. */
  headersTimeoutMs: number;
  /** Connections at once; one more is closed. */
  connections: number;
  certificate: Certificate | undefined;
  upgrades: Upgrades;
}

/** The server, not listening yet. */
export function createListener(options: ListenerOptions): Server {
  const { headersTimeoutMs, certificate, upgrades } = options;
  const common = {
    maxHeaderSize: headerLimitBytes,
    headersTimeout: headersTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(checkEveryMs, headersTimeoutMs),
    // The whole of a request may take long, as an upload does: `SlowClients` watches how fast it comes.
    requestTimeout: 0,
    // Told by the server itself, in the words of its other errors.
    requireHostHeader: false,
    shouldUpgradeCallback: (request: IncomingMessage) => hasOneHost(request) && upgrades.isTaken(request),
  };
  const server = certificate
    ? (createTlsServer({ ...common, ...certificate, handshakeTimeout: headersTimeoutMs }) as Server)
    : createPlainServer(common);
  server.maxConnections = options.connections;
  // Their size is bounded together; a count of its own would drop headers silently.
  server.maxHeadersCount = 0;
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket) =>
    refuseMalformed(error, socket),
  );
  server.on('upgrade', (request, socket, head) => void upgrades.take(request, socket, head));
  server.on('connect', (_, socket) => refuseSocket(socket, 501, { explanation: 'This server is no proxy.' }));
  return server;
}

/** Whether the request says which host it is for, once. HTTP/1.0 did not yet. @see RFC 9112 section 3.2 */
export function hasOneHost({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.length === 4 && rawHeaders[at]!.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

/** What is no HTTP gets its status and is closed; the server lives on. */
function refuseMalformed(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket): void {
  if (error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  refuseSocket(socket, toStatus(error));
}

function toStatus({ code, rawPacket }: NodeJS.ErrnoException & { rawPacket?: Buffer }): number {
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
