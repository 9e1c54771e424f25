/** Who comes in: every route of the face is behind this hook, and says in its `config` what it takes. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify';
import { allows } from '../../hub/access.ts';
import { toError } from '../../hub/clock.ts';
import type { Caller } from '../../http/authentication.ts';
import type { RestHost } from './host.ts';
import { RateLimit } from '../../http/rate-limit.ts';
import { RestError } from './problems.ts';
import { toPoster } from './rights.ts';

/**
 * Sets `request.caller`, or refuses: `caller-unknown`, `rate-limited`, `scope-missing`. At once for who is known, since
 * programs ask again and again.
 */
export function createGuard({ authentication, clock, settings }: RestHost): onRequestHookHandler {
  const limit = new RateLimit(settings.requestsPerMinute, clock);
  return (request, reply, done) => {
    const known = authentication.knownCaller(request.raw);
    if (!known) return void admitUnknown(request, reply, done);
    admit(known, request, reply);
    done();
  };

  async function admitUnknown(
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): Promise<void> {
    const { queryToken = false } = request.routeOptions.config;
    try {
      admit(await authentication.caller(request.raw, { queryToken }), request, reply);
    } catch (error) {
      return done(toError(error));
    }
    done();
  }

  function admit(caller: Caller | undefined, request: FastifyRequest, reply: FastifyReply): void {
    if (!caller) {
      void reply.header('www-authenticate', 'Bearer realm="hutong"');
      throw new RestError(
        'caller-unknown',
        'a token is needed, and one that is valid: Authorization: Bearer TOKEN',
      );
    }
    request.caller = caller;
    if (caller.kind === 'token') charge(limit, caller, reply);
    const { scope } = request.routeOptions.config;
    if (scope !== undefined && !allows(caller, scope)) {
      throw new RestError('scope-missing', `${caller.name} has not the scope "${scope}"`);
    }
  }
}

function charge(limit: RateLimit, caller: Caller, reply: FastifyReply): void {
  const { taken, remaining, resetSeconds } = limit.take(toPoster(caller));
  void reply
    .header('ratelimit-policy', limit.policy)
    .header('ratelimit', `"token";r=${remaining};t=${resetSeconds}`);
  if (taken) return;
  void reply.header('retry-after', String(resetSeconds));
  throw new RestError('rate-limited', `too many requests of this token: the next in ${resetSeconds} s`);
}
