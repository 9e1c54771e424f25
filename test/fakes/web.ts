/** The web server as a test starts it: on a port of the system's choice, with a store in memory, and by real bytes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Access } from '../../src/hub/access.ts';
import { createAddressList, formatAddress } from '../../src/hub/address.ts';
import { createSystemClock } from '../../src/hub/clock.ts';
import type { Log } from '../../src/hub/log.ts';
import type { MountedRoutes } from '../../src/hub/network.ts';
import { Authentication } from '../../src/http/authentication.ts';
import { fileRoutes, type FileOptions } from '../../src/http/files.ts';
import { loginRoutes } from '../../src/http/login.ts';
import { mountedRoutes } from '../../src/http/mounted.ts';
import { Origins } from '../../src/http/origins.ts';
import { createWebServer, type Routes, type WebServerOptions } from '../../src/http/server.ts';
import { Sessions } from '../../src/http/sessions.ts';

export interface WebSetup extends Partial<Pick<WebServerOptions, 'limits' | 'tls' | 'clock'>> {
  routes?: readonly Routes[];
  files?: FileOptions;
  proxies?: readonly string[];
  url?: string;
  /** What the accounts serve. */
  mounted?: (account: string) => MountedRoutes | undefined;
  /** What the store holds; handed to a second server it stands for a restart. */
  values?: Map<string, string>;
}

export async function startWeb(setup: WebSetup = {}) {
  const { proxies = [], url, values = new Map<string, string>(), clock = createSystemClock() } = setup;
  const logged: string[] = [];
  const note = (_: object, message: string) => void logged.push(message);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const store = createStore(values);
  const access = new Access(store);
  const sessions = new Sessions(store, access);
  const origins = new Origins({
    proxies: createAddressList(proxies),
    ...(url === undefined ? {} : { url }),
  });
  const authentication = new Authentication({ access, sessions, origins, clock });
  const server = await createWebServer({
    listen: { host: '127.0.0.1', port: 0 },
    origins,
    clock,
    log,
    ...(setup.tls && { tls: setup.tls }),
    limits: { lookEveryMs: 20, ...setup.limits },
    routes: [
      loginRoutes({ access, sessions, authentication, origins, clock }),
      mountedRoutes({ mounted: setup.mounted ?? (() => undefined), authentication, origins, log }),
      ...(setup.routes ?? []),
      ...(setup.files ? [fileRoutes(setup.files)] : []),
    ],
  });
  const address = formatAddress(server.address);
  return {
    access,
    authentication,
    values,
    logged,
    address,
    port: server.address.port,
    url: `${setup.tls ? 'https' : 'http'}://${address}`,
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A connection that writes what it is told, and nothing of its own. */
export async function openSocket(port: number): Promise<Socket & AsyncDisposable> {
  const socket = Object.assign(connect(port, '127.0.0.1'), {
    // A socket's own rejects where the connection was reset.
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  });
  // A server that has had enough resets the connection: tests see it by what they read.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes as they are and answers all that comes back until the server closes. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  await using socket = await openSocket(port);
  socket.write(bytes);
  return await text(socket).catch((error: unknown) => `broken: ${String(error)}`);
}

/** A request for a path exactly as it is written, which fetch would put right. */
export async function requestRaw(port: number, path: string, headers = ''): Promise<string> {
  return exchange(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`);
}

export function toStatus(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

function createStore(values: Map<string, string>) {
  return {
    get: async (key: string) => values.get(key),
    async set(entries: readonly (readonly [key: string, value: string | undefined])[]) {
      for (const [key, value] of entries) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
    },
    list: async (prefix: string) =>
      [...values]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]): [string, string] => [key, value]),
  };
}
