/** The requests of the old service, at `/api/…` and, with the token in the path, at `/t/TOKEN/api/…`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { allows, type Scope } from '../../hub/access.ts';
import { toError } from '../../hub/clock.ts';
import { isPrivateMessage, type MessageEvent } from '../../hub/event.ts';
import type { AccountStatus } from '../../hub/face.ts';
import { splitRoomRef, type User } from '../../hub/message.ts';
import { sendError } from '../../http/error-pages.ts';
import type { FaceHost } from '../../http/face.ts';
import { pageHeaders } from '../../http/standard-headers.ts';
import { findAddressee } from './addressee.ts';
import type { WaasConfig } from './config.ts';
import { Contacts } from './contacts.ts';
import { Details } from './details.ts';
import { LoginLinks } from './login-links.ts';
import { showLogin } from './login-page.ts';
import { toWireContact, toWireMessage, toWireRoom, type WireContact, type WireMessage } from './objects.ts';
import { parsePost } from './post.ts';
import { RecentMessages } from './recent.ts';
import { oldTexts, Refusal, toRefusal } from './refusal.ts';
import { Rooms } from './rooms.ts';
import { createAdmission, type Visitor } from './visitor.ts';

/** Messages that are offered at once. */
const offeredMessages = 5;
const bodyLimitBytes = 1024 * 1024;
const picturePath = '/api/qr';

export function addRoutes(server: FastifyInstance, host: FaceHost<WaasConfig>, closing: AbortSignal): void {
  const { hub, clock, log, journal, media, origins } = host;
  const admit = createAdmission(host);
  const links = new LoginLinks();
  const noteAccounts = () => links.note(hub.accounts());
  noteAccounts();
  closing.addEventListener('abort', hub.watchAccounts(noteAccounts), { once: true });
  const toLink = (url: string) => media.resolve(url);
  const rooms = new Rooms(hub, clock);
  const contacts = new Contacts(journal);
  const details = new Details(hub, clock);
  let opened: Promise<RecentMessages> | undefined;
  /** Whoever is offered a message may answer its sender by name at once. */
  let learning: Promise<void> = Promise.resolve();
  if (host.settings()) void openRecent();

  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: bodyLimitBytes }, (_, body, done) =>
    done(null, body),
  );
  server.setErrorHandler((thrown, request, reply) => {
    const refusal = toRefusal(thrown);
    if (!refusal) {
      log.error(
        { err: toError(thrown), path: request.routeOptions.url },
        'a request of the waas face failed',
      );
    }
    if (refusal?.status === 401) void reply.header('www-authenticate', 'Bearer realm="hutong"');
    return reply
      .code(refusal?.status ?? 200)
      .header('cache-control', 'no-store')
      .send({ ok: false, error: refusal?.message ?? 'Internal error' });
  });

  for (const prefix of ['', '/t/:token']) {
    add('GET', `${prefix}/api/scan`, 'send', scan);
    add('GET', `${prefix}/api/status`, 'read', status);
    add('GET', `${prefix}/api/message`, 'read', offer);
    add('POST', `${prefix}/api/message`, 'send', say);
  }

  server.get(`${picturePath}/:key`, async (request, reply) => {
    const { key } = request.params as { key: string };
    const account = host.settings() && links.find(key);
    const shownOf = hub.accounts().find(({ id }) => id === account);
    // The account may have been logged out since: then the link is over.
    if (!shownOf || links.keyOf(shownOf) !== key) return sendError(request, reply, 404);
    const { type, content, policy, refreshSeconds } = await showLogin(shownOf, clock.now());
    if (refreshSeconds !== undefined) void reply.header('refresh', String(refreshSeconds));
    return reply
      .headers({ ...pageHeaders, 'referrer-policy': 'no-referrer', 'content-security-policy': policy })
      .header('cache-control', 'no-store')
      .type(type)
      .send(content);
  });

  function add(
    method: 'GET' | 'POST',
    url: string,
    scope: Scope,
    act: (visitor: Visitor, request: FastifyRequest) => object | Promise<object>,
  ): void {
    const visitors = new WeakMap<FastifyRequest, Visitor>();
    server.route({
      method,
      url,
      async onRequest(request, reply) {
        const settings = host.settings();
        if (!settings) return sendError(request, reply, 404);
        // Old programs send JSON as a form; it is read as what it is, not as what it is called.
        request.raw.headers['content-type'] = 'application/json';
        visitors.set(request, await admit(request, scope, settings));
      },
      async handler(request, reply: FastifyReply) {
        const answer = await act(visitors.get(request)!, request);
        return reply.header('cache-control', 'no-store').send({ ok: true, ...answer });
      },
    });
  }

  /** Whoever scans the code logs the account in: that is not for who reads only, or serves some rooms of it. */
  function scan({ status: account, caller }: Visitor, request: FastifyRequest): object {
    if (caller.rooms) throw new Refusal('This token is bound to rooms and may not log the account in', 401);
    const key = links.keyOf(account);
    if (key === undefined) throw new Refusal(oldTexts.notInitialized);
    return { qrurl: `${baseUrlOf(request)}${picturePath}/${key}` };
  }

  async function offer({ status: account, caller }: Visitor): Promise<object> {
    const self = selfOf(account);
    const recent = await openRecent();
    const said = (await recent.of(account.id))
      .filter(
        (message) =>
          message.sender.id !== self.id &&
          isForAccount(message, account) &&
          allows({ ...caller, scopes: ['read'] }, 'read', account.id, message.room),
      )
      .slice(-offeredMessages);
    return { messages: await Promise.all(said.map((message) => toMessage(message, account))) };
  }

  async function say({ status: account, caller, by }: Visitor, { body }: FastifyRequest): Promise<object> {
    const asked = parsePost(body);
    await learning;
    const { room, body: segments } = await findAddressee(asked, account, { hub, rooms, contacts });
    if (!allows(caller, 'send', account.id, room)) {
      throw new Refusal(`This token may not send in ${room}`, 401);
    }
    await hub.post({ room, body: segments, by });
    return {};
  }

  async function status({ status: account }: Visitor): Promise<object> {
    return { login: await toSelf(account) };
  }

  async function toSelf(account: AccountStatus): Promise<WireContact> {
    const self = selfOf(account);
    return toWireContact(self, await details.of(account.id, self.id), { isSelf: true });
  }

  async function toContact({ id }: AccountStatus, user: User, isFriend: boolean): Promise<WireContact> {
    return toWireContact(user, await details.of(id, user.id), { isFriend });
  }

  async function toMessage(message: MessageEvent, account: AccountStatus): Promise<WireMessage> {
    const { room, sender } = message;
    const isFriend = (await contacts.get(account.id, sender.id)) !== undefined;
    if (await hub.isDirect(room)) {
      const [to, from] = await Promise.all([toSelf(account), toContact(account, sender, true)]);
      return toWireMessage(message, from, { to }, toLink);
    }
    const topic = (await rooms.of(account.id)).get(room) ?? splitRoomRef(room).room;
    return toWireMessage(
      message,
      await toContact(account, sender, isFriend),
      { room: toWireRoom(room, topic) },
      toLink,
    );
  }

  function openRecent(): Promise<RecentMessages> {
    opened ??= RecentMessages.open(host, closing, (message) => {
      learning = learning
        .then(() => learn(message))
        .catch((error: unknown) => {
          log.warn(
            { err: toError(error), room: message.room },
            'who wrote to the account could not be noted',
          );
        });
    });
    opened.catch(() => {
      // Told to who asks; the next one tries again.
      opened = undefined;
    });
    return opened;
  }

  /** Whoever writes to the account alone can be answered by name. */
  async function learn({ room, sender, to }: MessageEvent): Promise<void> {
    const { account } = splitRoomRef(room);
    const self = hub.accounts().find(({ id }) => id === account)?.self;
    // While the account is not online nobody can tell which words are its own.
    if (!self || self.id === sender.id || to !== undefined || !(await hub.isDirect(room))) return;
    await contacts.note(account, sender, room);
  }

  function baseUrlOf({ raw }: FastifyRequest): string {
    if (host.url !== undefined) return host.url;
    const { secure, host: name } = origins.seen(raw);
    return `${secure ? 'https' : 'http'}://${name === '' ? `127.0.0.1:${raw.socket.localPort ?? ''}` : name}`;
  }
}

/** @throws Refusal while it is not logged in */
function selfOf({ self, state: { phase } }: AccountStatus): { id: string; name: string } {
  if (phase !== 'online' || !self) throw new Refusal(oldTexts.notLogin);
  return self;
}

/** What somebody writes through the account to a person elsewhere alone is nobody else's. */
function isForAccount(message: MessageEvent, { id, self }: AccountStatus): boolean {
  const { to } = message;
  return !isPrivateMessage(message) || (to?.account === id && to.user === self?.id);
}
