/**
 * The one web server. What it serves is handed in as Fastify plugins, each at its own path (`/healthz`, `/v1`,
 * `/in/ACCOUNT`, …); what no route knows is a 404, never somebody else's page.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { formatAddress, type ListenAddress } from '../hub/address.ts';
import { sleep, toError, type Clock } from '../hub/clock.ts';
import { ListenError } from '../hub/errors.ts';
import type { Log } from '../hub/log.ts';
import { createAnswerClass } from './answer.ts';
import { readCertificate, watchCertificate, type CertificateFiles } from './certificate.ts';
import { sendError } from './error-pages.ts';
import { createListener, noteAnswer } from './listener.ts';
import type { Origins } from './origins.ts';
import { STATUS_CODES } from './node-http.ts';
import { judgeHead } from './request-head.ts';
import { RouteMethods } from './route-methods.ts';
import { defaultPace, SlowClients, type Pace } from './slow-clients.ts';
import { Upgrades, type UpgradeHandler } from './upgrades.ts';

/** The largest body that a route takes if it says nothing else. */
const bodyLimitBytes = 1024 * 1024;
/** Longest part of a path that stands for a name. */
const nameLimit = 2_048;
/** How often idle connections are looked for while the server closes. */
const lookForIdleMs = 20;
/** What every server has to know, and what some route of ours may take. @see RFC 9110 section 9.1 */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface WebLimits extends Pace {
  /** How long a client may take for its headers. */
  headersTimeoutMs: number;
  /** Connections at once. */
  connections: number;
  /** How long requests under way may go on when the server closes. */
  closeGraceMs: number;
  /** How long WebSockets may take to say goodbye then; after half of it, it is said for them. */
  goodbyeMs: number;
  /** How often the certificate's files are read again. */
  rereadMs: number;
}

const defaultLimits: WebLimits = {
  ...defaultPace,
  headersTimeoutMs: 20_000,
  connections: 4_096,
  closeGraceMs: 10_000,
  goodbyeMs: 1_000,
  rereadMs: 10_000,
};

export interface WebServerOptions {
  listen: ListenAddress;
  /** Serves HTTPS, and nothing else, with these. */
  tls?: CertificateFiles;
  origins: Origins;
  clock: Clock;
  log: Log;
  limits?: Partial<WebLimits>;
  /** Registered in this order, each in a scope of its own. */
  routes: readonly Routes[];
}

/** What the server offers to its routes beside Fastify. */
export interface WebHost {
  /** Aborted when the server begins to close: event streams and long polls end, WebSockets say goodbye. */
  readonly closing: AbortSignal;
  /** Takes the WebSockets of a path; see `Upgrades.add`. */
  onUpgrade(path: string, handler: UpgradeHandler): void;
  /** An answer as the server makes them itself, for a request that came by `onUpgrade`. */
  createAnswer(request: IncomingMessage): ServerResponse;
}

/**
 * A part of what the server serves. One that answers unknown addresses of its own area in its own form adds a route for
 * `/area/*`, with every method.
 */
export type Routes = (server: FastifyInstance, host: WebHost) => void | Promise<void>;

export interface WebServer {
  /** Where it listens, the real port included. */
  readonly address: ListenAddress;
  /** Lets requests under way finish, within a bound, ends event streams and WebSockets, then closes. */
  close(): Promise<void>;
}

/** Starts to listen. Rejects with a `ListenError` that names the address or the file, and the setting. */
export async function createWebServer(options: WebServerOptions): Promise<WebServer> {
  const { listen, tls, origins, clock, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const certificate = tls && (await readCertificate(tls));
  const upgrades = new Upgrades(log);
  const slow = new SlowClients(clock, limits);
  const methods = new RouteMethods();
  const closing = new AbortController();
  // Of this machine's own names a browser would believe it for every other program of the machine, too.
  const isSecure = (request: IncomingMessage) => origins.isSecure(request) && !origins.isLocalHost(request);
  const Answer = createAnswerClass(tls || origins.trustsSome ? isSecure : undefined);
  const listener = createListener({ ...limits, certificate, upgrades, slow, Answer });
  const server = Fastify({
    serverFactory: (handler) => listener.on('request', handler),
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: nameLimit },
    forceCloseConnections: 'idle',
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (error, request, reply) => void sendError(request, reply, error.statusCode ?? 400),
  });
  server.addHook('onRoute', ({ url, method }) => {
    // Files are found by looking for them, not by their route.
    if (url !== '/*') methods.add(url, [method].flat());
  });
  server.addHook('onRequest', (request, reply, done) => {
    slow.watchBody(request.raw, reply.raw);
    if (!noteAnswer(request.raw.socket, reply.raw)) return void reply.hijack();
    const bad = judgeHead(request.raw);
    if (!bad) return done();
    void sendError(request, reply.header('connection', 'close'), bad.status, bad.explanation);
  });
  server.setNotFoundHandler((request, reply) => answerUnknown(request, reply, methods));
  server.setErrorHandler((error: RouteError, request, reply) => {
    // Refused for its body, before anybody looked at its method.
    if (!knownMethods.has(request.method)) return sendError(request, reply, 501);
    const status = error.statusCode ?? 500;
    if (error.headers) void reply.headers(error.headers);
    if (status < 500) return sendError(request, reply, status, explanationOf(error, status));
    log.error({ err: error, method: request.method, path: request.routeOptions.url }, 'a web request failed');
    return sendError(request, reply, status);
  });
  const host: WebHost = {
    closing: closing.signal,
    onUpgrade: (path, handler) => upgrades.add(path, handler),
    createAnswer: (request) => new Answer(request),
  };
  try {
    for (const routes of options.routes) await server.register(async (scope) => routes(scope, host));
    await server.listen(listen).catch((cause: unknown) => {
      throw new ListenError(explainListenFailure(listen, cause), { cause });
    });
  } catch (error) {
    // Routes may have begun something when they were registered.
    closing.abort(new Error('the web server could not start'));
    await server.close();
    throw error;
  }
  const unwatch =
    tls && certificate
      ? watchCertificate({ files: tls, certificate, server: listener, clock, log, rereadMs: limits.rereadMs })
      : undefined;
  const { address, port } = listener.address() as AddressInfo;
  return { address: { host: address, port }, close };

  async function close(): Promise<void> {
    unwatch?.();
    const closed = once(listener, 'close');
    closing.abort(new Error('the web server closes'));
    const closedServer = server.close();
    const over = new AbortController();
    const bounded = [
      closeIdle(over.signal),
      sleep(clock, limits.goodbyeMs / 2, over.signal).then(() => upgrades.sayGoodbye()),
      sleep(clock, limits.goodbyeMs, over.signal).then(() => upgrades.destroy()),
      sleep(clock, limits.closeGraceMs, over.signal).then(() => listener.closeAllConnections()),
    ];
    await Promise.all([closed, closedServer]);
    over.abort(new Error('everything is closed'));
    // They end by the abort when all was closed in time, which is what was waited for.
    await Promise.allSettled(bounded);
    slow.close();
  }

  /** Closes what becomes idle: connections that were busy when the closing began. */
  async function closeIdle(over: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(clock, lookForIdleMs, over);
      listener.closeIdleConnections();
    }
  }
}

/** A message that says no more than the status itself is left out. */
function explanationOf({ message }: Error, status: number): string | undefined {
  return message === '' || message === STATUS_CODES[status] ? undefined : message;
}

/** What a route may throw: Fastify's own errors are of this kind. */
interface RouteError extends Error {
  statusCode?: number;
  headers?: Record<string, string>;
}

/** No route has taken it: is it the address or the method that nobody knows? */
function answerUnknown(request: FastifyRequest, reply: FastifyReply, methods: RouteMethods): FastifyReply {
  const { method, raw } = request;
  if (!knownMethods.has(method)) return sendError(request, reply, 501);
  const path = toPath(raw.url);
  const taken = path === '*' ? [...knownMethods] : methods.of(path);
  // What takes the method, and was not found all the same, has a name that is too long for anything.
  if (taken.length === 0 || (method !== 'OPTIONS' && taken.includes(method))) {
    return sendError(request, reply, 404);
  }
  void reply.header('allow', [...new Set([...taken, 'OPTIONS'])].join(', '));
  return method === 'OPTIONS' ? reply.code(204).send() : sendError(request, reply, 405);
}

/** The path that a request names, also where it names the whole address. @see RFC 9112 section 3.2 */
function toPath(target = ''): string {
  return target.replace(/^https?:\/\/[^/]*/i, '').replace(/\?.*$/s, '');
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
  return `${setting} cannot be listened on: ${toError(cause).message}`;
}

/** Who describes routes by schemas brings compilers for them; Fastify's own (Ajv) would only stand in memory. */
function noCompiler(): never {
  throw new Error('a route with a schema needs a validator and a serializer of its own');
}
