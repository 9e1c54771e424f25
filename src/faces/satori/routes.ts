/** The paths of the face, each with what it does. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { allows, type Scope } from '../../hub/access.ts';
import { sleep, toError } from '../../hub/clock.ts';
import type { HubEvent } from '../../hub/event.ts';
import { Tail } from '../../hub/tail.ts';
import { refuseSocket } from '../../http/error-pages.ts';
import type { FaceHost } from '../../http/face.ts';
import type { WebHost } from '../../http/server.ts';
import { isMethod } from '../../wire/satori/methods.ts';
import type { SatoriFaceConfig } from './config.ts';
import { Door } from './door.ts';
import { clientFrameBytes, serveEvents } from './event-socket.ts';
import { Events } from './events.ts';
import { Failure, toFailure } from './failure.ts';
import { showFile, takeUpload } from './files.ts';
import { Logins, type Rights } from './logins.ts';
import { Messages } from './messages.ts';
import { createMessageHandlers } from './methods/messages.ts';
import type { Handlers } from './methods/method.ts';
import { createPlaceHandlers } from './methods/places.ts';
import { createReactionHandlers } from './methods/reactions.ts';
import { createRequestHandlers } from './methods/requests.ts';
import { BotProgress } from '../../hub/bot-progress.ts';
import { Rooms } from './rooms.ts';
import { Webhooks } from './webhooks.ts';

const prefix = '/satori/v1';
/** A content may hold files, as `data:`. */
const bodyLimitBytes = 64 * 1024 * 1024;
/** How often a face that is off looks whether it is on. */
const lookMs = 2_000;

export function addRoutes(server: FastifyInstance, web: WebHost, host: FaceHost<SatoriFaceConfig>): void {
  const { hub, clock, media, log } = host;
  const logins = new Logins(hub);
  const rooms = new Rooms(hub, clock);
  const messages = new Messages({ hub, media, logins, rooms });
  const events = new Events({ hub, logins, rooms, messages });
  const door = new Door(host, logins);
  const parts = { hub, clock, media, logins, rooms, messages };
  const handlers: Handlers = {
    ...createPlaceHandlers(parts),
    ...createMessageHandlers(parts),
    ...createReactionHandlers(parts),
    ...createRequestHandlers(parts),
  };
  const toJson = (event: HubEvent) => events.toJson(event, host.settings()?.ownMessages ?? false);
  let followed: Promise<Followed> | undefined;
  const follow = () => {
    followed ??= startFollowing(host, web, toJson);
    followed.catch(() => {
      // Told to who asks; the next one tries again.
      followed = undefined;
    });
    return followed;
  };
  // Those who are called are told as soon as the face is on, whether anybody connects or not.
  void untilOn(host, web.closing).then((isOn) => {
    if (isOn) follow().catch((err: unknown) => log.warn({ err }, 'webhooks cannot be called yet'));
  });

  server.removeAllContentTypeParsers();
  // Whatever its content type says, a body is JSON, and none is none.
  server.addContentTypeParser('*', { parseAs: 'string' }, async (_: FastifyRequest, body: string | Buffer) =>
    parseJson(String(body)),
  );
  server.setErrorHandler((thrown, _, reply) => answerFailure(host, thrown, reply));
  server.addHook('onRequest', async () => {
    if (!host.settings()) throw new Failure(404, 'the Satori face is off');
  });

  server.post(`${prefix}/meta`, async ({ raw }) => {
    const caller = await door.caller(raw);
    require(caller, 'read');
    return { logins: logins.of(caller), proxy_urls: [] };
  });
  server.post(`${prefix}/meta/webhook.create`, async ({ raw, body }) => {
    require(await door.caller(raw), 'admin');
    const { webhooks } = await follow();
    if (!(await webhooks.create(body ?? {}))) throw new Failure(403, 'there are too many webhooks already');
    return {};
  });
  server.post(`${prefix}/meta/webhook.delete`, async ({ raw, body }) => {
    require(await door.caller(raw), 'admin');
    const { url } = z.object({ url: z.string() }).parse(body);
    const { webhooks } = await follow();
    if (!(await webhooks.delete(url))) throw new Failure(404, 'no program has made such a webhook');
    return {};
  });
  server.get(`${prefix}/proxy/*`, async (request, reply) => {
    const address = (request.params as { '*': string })['*'];
    const query = request.raw.url?.indexOf('?') ?? -1;
    const whole = query < 0 ? address : address + request.raw.url!.slice(query);
    return showFile(whole, reply, media, async () => require(await door.caller(request.raw), 'read'));
  });
  server.post(`${prefix}/:method`, { bodyLimit: bodyLimitBytes }, (request) => answer(request));
  void server.register(async (uploads) => {
    // The form is read as it comes.
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, _payload, done) => done(null));
    uploads.post(`${prefix}/upload.create`, { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request) => {
      const { rights } = await door.visitor(request.raw);
      require(rights, 'send');
      return takeUpload(request, media);
    });
  });
  // Nothing of a network's own is reachable by way of the hub.
  server.all(`${prefix}/internal/*`, async () => {
    throw new Failure(404, 'hutong has no internal methods');
  });

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: clientFrameBytes,
    perMessageDeflate: false,
  });
  web.onUpgrade(`${prefix}/events`, async (request, socket, head) => {
    if (!host.settings()) return refuseSocket(socket, 404);
    const { tail, progress } = await follow();
    sockets.handleUpgrade(request, socket, head, (opened) => {
      void serveEvents(opened, {
        clock,
        log,
        tail,
        progress,
        logins,
        admit: (token) => door.admit(token, request),
        toJson,
      });
    });
  });

  async function answer({ raw, params, body }: FastifyRequest): Promise<unknown> {
    const { method } = params as { method: string };
    if (!isMethod(method)) throw new Failure(404, `there is no method ${method.slice(0, 100)}`);
    const visitor = await door.visitor(raw);
    const handler = handlers[method];
    if (!handler) throw new Failure(501, `hutong cannot do ${method} on any network`);
    require(visitor.rights, handler.scope);
    return handler.run(body, visitor);
  }
}

/** Whether the face was switched on before the web server closed. */
async function untilOn(
  { settings, clock }: FaceHost<SatoriFaceConfig>,
  closing: AbortSignal,
): Promise<boolean> {
  while (!closing.aborted && !settings()) {
    await sleep(clock, lookMs, closing).catch(() => {
      // The server closes: the loop ends.
    });
  }
  return !closing.aborted;
}

interface Followed {
  tail: Tail;
  progress: BotProgress;
  webhooks: Webhooks;
}

/** Begins to read what happens. */
async function startFollowing(
  host: FaceHost<SatoriFaceConfig>,
  web: WebHost,
  toJson: (event: HubEvent) => Promise<object | undefined>,
): Promise<Followed> {
  const tail = new Tail({ ...host, head: await host.journal.head() });
  const progress = new BotProgress(host, {
    prefix: 'satori/at/',
    replayMs: () => (host.settings()?.replayMinutes ?? 0) * 60_000,
  });
  const webhooks = new Webhooks({ ...host, tail, progress, toJson });
  const stop = () => {
    tail.stop();
    void progress.write();
  };
  if (web.closing.aborted) stop();
  else web.closing.addEventListener('abort', stop, { once: true });
  void webhooks.run();
  return { tail, progress, webhooks };
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(400, 'the body is no JSON');
  }
}

function require(rights: Rights, scope: Scope): void {
  if (!allows(rights, scope)) {
    throw new Failure(403, `the token has not the scope "${scope}"`);
  }
}

function answerFailure(
  { log }: FaceHost<SatoriFaceConfig>,
  thrown: unknown,
  reply: FastifyReply,
): FastifyReply {
  const failure = toFailure(thrown);
  if (!failure) log.error({ err: toError(thrown) }, 'a request of the Satori face failed');
  const { statusCode = 500, retryAfterSeconds } = failure ?? {};
  if (statusCode === 401) void reply.header('www-authenticate', 'Bearer realm="hutong"');
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  // What was not read of a refused upload is in the way of the next request.
  if (reply.request.url.endsWith('/upload.create')) void reply.header('connection', 'close');
  return reply
    .code(statusCode)
    .type('text/plain; charset=utf-8')
    .send(failure?.message ?? 'it failed inside hutong; the log says why');
}
