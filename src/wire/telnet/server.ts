/** Listens for clients of the line protocol, plainly or over TLS. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type ConnectionLimits, TelnetConnection } from './connection.ts';
import { OutputTurn } from './output.ts';
import type { Timers } from './timers.ts';

export interface TelnetServerOptions {
  host: string;
  /** 0 is any free one. */
  port: number;
  /** Certificate chain and key, PEM; missing is no TLS. */
  tls?: { cert: Buffer; key: Buffer };
  limits: ConnectionLimits;
  timers: Timers;
  /** A client came. Call its `start`, or `end` it. */
  accept(connection: TelnetConnection): void;
  /** A client's TLS handshake failed; nothing is left of it. */
  handshakeFailed?(error: Error): void;
  /** Later trouble of the listening socket, such as too many open files; it goes on listening. */
  failed?(error: Error): void;
}

/** How long a TLS handshake may take. */
const handshakeTimeoutMs = 15_000;

/** A listening server; `close` with its connections ended. */
export class TelnetServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly output: OutputTurn;

  constructor(server: Server, output: OutputTurn) {
    this.#server = server;
    this.output = output;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** `address:port` where it listens, IPv6 in brackets. */
  get address(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** Stops listening; resolves when all connections are closed, after `graceMs` by force. */
  close(timers: Timers, graceMs: number): Promise<void> {
    const cancel = timers.after(graceMs, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    return new Promise((resolve) => {
      this.#server.close(() => {
        cancel();
        resolve();
      });
    });
  }
}

/** Resolves when it listens. Rejects with the system's error (`EADDRINUSE`, `EACCES`, …) or OpenSSL's. */
export async function listenTelnet(options: TelnetServerOptions): Promise<TelnetServer> {
  const output = new OutputTurn();
  const accept = (socket: Socket) =>
    options.accept(new TelnetConnection(socket, output, options.limits, options.timers));
  // A client that has sent its last line may still want to read the answers.
  const server = options.tls
    ? createTlsServer({ ...options.tls, allowHalfOpen: true, handshakeTimeout: handshakeTimeoutMs }, accept)
    : createServer({ allowHalfOpen: true }, accept);
  server.on('tlsClientError', (error: Error, socket: Socket) => {
    options.handshakeFailed?.(error);
    socket.destroy();
  });
  const listener = new TelnetServer(server, output);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      server.on('error', (error) => options.failed?.(error));
      resolve();
    });
  });
  return listener;
}
