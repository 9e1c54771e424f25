/**
 * Who asks: the one place that turns a request into a caller. Programs bring a token, people a session's cookie.
 * A browser sends its cookies along with what foreign pages make it ask for; so a cookie counts only when the request
 * says that it comes from a page of our own.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { toScopes, type Access, type Token, type UserLogin } from '../hub/access.ts';
import type { Clock } from '../hub/clock.ts';
import type { Origins } from './origins.ts';
import type { Sessions } from './sessions.ts';

/** Somebody who may do something; `allows` of hub/access.ts tells what. */
export interface Caller extends Pick<Token, 'scopes' | 'account' | 'rooms'> {
  kind: 'token' | 'user';
  /** The token's or the user's; unique among those of its kind. */
  name: string;
}

export interface AuthenticationOptions {
  access: Pick<Access, 'verifyToken' | 'knownToken'>;
  sessions: Pick<Sessions, 'find'>;
  origins: Origins;
  clock: Pick<Clock, 'now'>;
}

/** Where clients that cannot set headers (event streams and WebSockets of browsers) put their token. */
const queryName = 'access_token';
/** With `__Host-` no other host can set it, but browsers take that name only where the connection is encrypted. */
const secureCookie = '__Host-hutong';
const plainCookie = 'hutong';

export class Authentication {
  readonly #access: Pick<Access, 'verifyToken' | 'knownToken'>;
  readonly #sessions: Pick<Sessions, 'find'>;
  readonly #origins: Origins;
  readonly #clock: Pick<Clock, 'now'>;
  /** Made once for each token. */
  readonly #callers = new WeakMap<Token, Caller>();

  constructor({ access, sessions, origins, clock }: AuthenticationOptions) {
    this.#access = access;
    this.#sessions = sessions;
    this.#origins = origins;
    this.#clock = clock;
  }

  /**
   * The caller; undefined when the request brings neither a token that is valid nor a session, which is to be answered
   * with 401. A token that is brought and is not valid is not made up for by a cookie. `queryToken` takes
   * `?access_token=` too: only for event streams and WebSockets, since addresses end up in logs. A user who has to
   * choose a password first is nobody yet.
   */
  async caller(
    request: IncomingMessage,
    options: { queryToken?: boolean } = {},
  ): Promise<Caller | undefined> {
    const text = bearerOf(request) ?? (options.queryToken ? queryTokenOf(request) : undefined);
    if (text !== undefined) return this.tokenCaller(text);
    const user = await this.user(request);
    if (user === undefined || user.mustChange) return undefined;
    return { kind: 'user', name: user.name, scopes: toScopes(user.role) };
  }

  /**
   * As `caller`, but at once, where the request brings a token that brought others a moment ago. Undefined says nothing:
   * `caller` tells.
   */
  knownCaller(request: IncomingMessage): Caller | undefined {
    const text = knownBearerOf(request);
    const token = text === undefined ? undefined : this.#access.knownToken(text);
    return token && this.#toCaller(token);
  }

  /** The caller by a token that came some other way, such as in the path. */
  async tokenCaller(text: string): Promise<Caller | undefined> {
    const token = await this.#access.verifyToken(text, this.#clock.now());
    return token && this.#toCaller(token);
  }

  /** The person whose session the request brings, also one who has to choose a password first. */
  async user(request: IncomingMessage): Promise<UserLogin | undefined> {
    const secret = this.sessionSecret(request);
    if (secret === undefined || !this.#origins.isOwn(request)) return undefined;
    return this.#sessions.find(secret, this.#clock.now());
  }

  /** What the session's cookie holds, proved by nothing. */
  sessionSecret(request: IncomingMessage): string | undefined {
    return cookieOf(request, this.cookieName(request));
  }

  cookieName(request: IncomingMessage): string {
    return this.#origins.isSecure(request) ? secureCookie : plainCookie;
  }

  #toCaller(token: Token): Caller {
    const known = this.#callers.get(token);
    if (known) return known;
    const { createdAt: _, ...rights } = token;
    const caller: Caller = { kind: 'token', ...rights };
    this.#callers.set(token, caller);
    return caller;
  }
}

/** Another scheme is not for us: a proxy may ask for Basic credentials of its own. */
function bearerOf({ headers: { authorization = '' } }: IncomingMessage): string | undefined {
  return /^Bearer(?: |$)/i.test(authorization) ? authorization.slice('Bearer'.length).trim() : undefined;
}

const lastBearer = Symbol('last bearer');

/** What a connection brought last, and the token in it: a program brings the same with each of its requests. */
interface BearingSocket extends Socket {
  [lastBearer]?: { authorization: string; text: string | undefined };
}

/** As `bearerOf`, which it asks when the connection brings something else than last time. */
function knownBearerOf(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) return undefined;
  const socket: BearingSocket = request.socket;
  const last = socket[lastBearer];
  if (last?.authorization === authorization) return last.text;
  const text = bearerOf(request);
  socket[lastBearer] = { authorization, text };
  return text;
}

function queryTokenOf({ url = '' }: IncomingMessage): string | undefined {
  const at = url.indexOf('?');
  return at < 0 ? undefined : (new URLSearchParams(url.slice(at)).get(queryName) ?? undefined);
}

/** The value of a cookie; ours hold nothing that would be encoded. @see RFC 6265 section 4.2 */
function cookieOf({ headers: { cookie = '' } }: IncomingMessage, name: string): string | undefined {
  for (const pair of cookie.split(';')) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name && value !== undefined && value !== '') return value;
  }
  return undefined;
}
