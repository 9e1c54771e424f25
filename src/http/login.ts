/**
 * People log in here: `/api/login`, `/api/logout`, `/api/session` (who am I?), `/api/password`. The login's answers are
 * those that the pages of an older server know.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessError, type Access, type UserLogin } from '../hub/access.ts';
import type { Clock } from '../hub/clock.ts';
import type { Authentication } from './authentication.ts';
import { sendError } from './error-pages.ts';
import { LoginLimits } from './login-limits.ts';
import type { Origins } from './origins.ts';
import type { Routes } from './server.ts';
import type { NewSession, Sessions } from './sessions.ts';

/** Names and passwords are short. */
const bodyLimitBytes = 16 * 1024;
const loginPath = '/api/login';
const success = { message: 'success', code: 0 } as const;
const failed = { message: 'failed', code: -1 } as const;

export interface LoginOptions {
  access: Pick<Access, 'verifyUser' | 'setUser' | 'user'>;
  sessions: Pick<Sessions, 'begin' | 'end'>;
  authentication: Pick<Authentication, 'user' | 'sessionSecret' | 'cookieName'>;
  origins: Origins;
  clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

export function loginRoutes(options: LoginOptions): Routes {
  const { access, sessions, authentication, origins, clock } = options;
  const limits = new LoginLimits(clock);
  return (server) => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: bodyLimitBytes }, (_, body, done) =>
      done(null, parseObject(String(body))),
    );
    server.addHook('onRequest', async (request, reply) => {
      // Old pages send JSON as a form; it is read as what it is, not as what it is called.
      request.raw.headers['content-type'] = 'application/json';
      void reply.header('cache-control', 'no-store').header('vary', 'origin, cookie');
      const { origin } = request.headers;
      if (!origins.isOwn(request.raw)) {
        return sendError(request, reply, 403, 'Pages of another site may not do this.');
      }
      if (origin !== undefined) {
        void reply
          .header('access-control-allow-origin', origin)
          .header('access-control-allow-credentials', 'true');
      }
    });

    server.options(loginPath, (_, reply) =>
      reply
        .code(204)
        .header('allow', 'POST, OPTIONS')
        .header('access-control-allow-methods', 'POST')
        .header('access-control-allow-headers', 'content-type')
        .send(),
    );

    server.post(loginPath, async (request, reply) => {
      const { username, password } = asFields(request.body);
      if (typeof username !== 'string' || typeof password !== 'string') {
        return sendError(request, reply, 400, 'Expected {"username": "…", "password": "…"}, in JSON.');
      }
      const user = await verify(request, reply, username, password);
      if (user === 'answered') return reply;
      if (user === undefined) return reply.send(failed);
      await begin(request, reply, user);
      return reply.send(success);
    });

    server.post('/api/logout', async (request, reply) => {
      const secret = authentication.sessionSecret(request.raw);
      if (secret !== undefined) await sessions.end(secret);
      return setCookie(request, reply, { secret: '', maxAgeSeconds: 0 }).send(success);
    });

    server.get('/api/session', async (request, reply) => {
      const user = await authentication.user(request.raw);
      return reply.send({ user: user ? toShown(user) : null });
    });

    server.post('/api/password', async (request, reply) => {
      const user = await authentication.user(request.raw);
      if (!user) return sendError(request, reply, 401, 'Nobody is logged in.');
      const { password, newPassword } = asFields(request.body);
      if (typeof password !== 'string' || typeof newPassword !== 'string') {
        return sendError(request, reply, 400, 'Expected {"password": "…", "newPassword": "…"}, in JSON.');
      }
      const verified = await verify(request, reply, user.name, password);
      if (verified === 'answered') return reply;
      if (verified === undefined) return reply.send(failed);
      if (password === newPassword) {
        return sendError(request, reply, 400, 'The new password has to be another one.');
      }
      const changed = await change(verified, newPassword);
      if (typeof changed === 'string') return sendError(request, reply, 400, changed);
      await begin(request, reply, changed);
      return reply.send(success);
    });
  };

  /** Verifies a password, within the limits; `answered` when these were met and that was said. */
  async function verify(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    password: string,
  ): Promise<UserLogin | undefined | 'answered'> {
    const { address } = origins.seen(request.raw);
    const guarded = await limits.guard(address, name, () => access.verifyUser(name, password));
    if ('user' in guarded) return guarded.user;
    const seconds = Math.ceil(guarded.waitMs / 1000);
    reply
      .code(429)
      .header('retry-after', String(seconds))
      .send({ ...failed, explanation: `Too many logins; try again in ${seconds} s.` });
    return 'answered';
  }

  /** The user with the new password; or, in words, why it is none. */
  async function change(user: UserLogin, password: string): Promise<UserLogin | string> {
    try {
      await access.setUser({ name: user.name, createdAt: user.createdAt }, password);
    } catch (error) {
      if (error instanceof AccessError) return error.message;
      throw error;
    }
    return (await access.user(user.name)) ?? 'The user has been removed.';
  }

  async function begin(request: FastifyRequest, reply: FastifyReply, user: UserLogin): Promise<void> {
    const now = clock.now();
    const { secret, expiresAt }: NewSession = await sessions.begin(user, now);
    setCookie(request, reply, { secret, maxAgeSeconds: Math.floor((expiresAt - now) / 1000) });
  }

  /** @see RFC 6265 section 4.1 */
  function setCookie(
    request: FastifyRequest,
    reply: FastifyReply,
    { secret, maxAgeSeconds }: { secret: string; maxAgeSeconds: number },
  ): FastifyReply {
    const secure = origins.isSecure(request.raw);
    const name = authentication.cookieName(request.raw);
    const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
    return reply.header('set-cookie', `${name}=${secret}; ${attributes}`);
  }
}

function toShown({ name, role, mustChange }: UserLogin) {
  return { name, role, mustChange: mustChange === true };
}

function asFields(body: unknown): Readonly<Record<string, unknown>> {
  return body !== null && typeof body === 'object' ? { ...body } : {};
}

/** What a body holds, if it is JSON at all; each route says what it wants. */
function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Answered with 400 where fields are missing.
    return undefined;
  }
}
