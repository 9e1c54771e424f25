/**
 * The one web server. What it serves is handed in as Fastify plugins, each at its own path (design: `/healthz`,
 * `/v1`, `/in/ACCOUNT`, …); what no route knows is a 404, never somebody else's page.
 */
import type { AddressInfo, Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { formatAddress, type ListenAddress } from '../hub/address.ts';
import { ListenError } from '../hub/errors.ts';
import type { Log } from '../hub/log.ts';
import { sendError } from './error-pages.ts';

/** A request line and its headers together. */
const headerLimitBytes = 64 * 1024;
const bodyLimitBytes = 1024 * 1024;
/** How long a client may take to send its headers. */
const headersTimeoutMs = 20_000;
/** How long it may take for the whole request. */
const requestTimeoutMs = 60_000;
const keepAliveTimeoutMs = 72_000;

export interface WebServerOptions {
  listen: ListenAddress;
  log: Log;
  /** Registered in this order, each in a scope of its own. */
  routes: readonly Routes[];
}

/** A part of what the server serves. */
export type Routes = (server: FastifyInstance) => void | Promise<void>;

export interface WebServer {
  /** Where it listens, the real port included. */
  readonly address: ListenAddress;
  /** Lets requests under way finish, then closes. */
  close(): Promise<void>;
}

/** Starts to listen. Rejects with a `ListenError` that names the address and the setting. */
export async function createWebServer(options: WebServerOptions): Promise<WebServer> {
  const { listen, log } = options;
  const server = Fastify({
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: headerLimitBytes, headersTimeout: headersTimeoutMs },
    clientErrorHandler: refuseMalformed,
  });
  server.addHook('onSend', async (_request, reply) => {
    void reply.header('x-content-type-options', 'nosniff').header('server', 'hutong');
  });
  server.setNotFoundHandler((request, reply) => sendError(request, reply, 404));
  server.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return sendError(request, reply, status, error.message);
    log.error({ err: error, method: request.method, path: request.routeOptions.url }, 'a web request failed');
    return sendError(request, reply, 500);
  });
  for (const routes of options.routes) await server.register(async (scope) => routes(scope));
  try {
    await server.listen(listen);
  } catch (cause) {
    await server.close();
    throw new ListenError(explainListenFailure(listen, cause), { cause });
  }
  const { address, port } = server.server.address() as AddressInfo;
  return { address: { host: address, port }, close: () => server.close() };
}

function explainListenFailure(listen: ListenAddress, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const setting = `${formatAddress(listen)} (http.listen)`;
  if (code === 'EADDRINUSE') {
    return `${setting} is in use by another program; stop it, or set http.listen to another port`;
  }
  if (code === 'EACCES')
    return `${setting} may not be used by this user; set http.listen to a port above 1023`;
  if (code === 'EADDRNOTAVAIL') return `${setting} is no address of this machine`;
  if (code === 'ENOTFOUND') return `${setting} names a host that is not known`;
  return `${setting} cannot be listened on: ${cause instanceof Error ? cause.message : String(cause)}`;
}

/** What is no HTTP gets a 400 and its connection is closed; the server lives on. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }
  socket.destroySoon();
}
