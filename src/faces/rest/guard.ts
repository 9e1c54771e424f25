/** Who comes in: every route of the face is behind a hook of its own, by what its `config` says that it takes. */
import type {
  FastifyContextConfig,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  onRequestHookHandler,
} from 'fastify';
import { allows } from '../../hub/access.ts';
import { toError } from '../../hub/clock.ts';
import type { Caller } from '../../http/authentication.ts';
import type { RestHost } from './host.ts';
import { RateLimit } from '../../http/rate-limit.ts';
import { RestError } from './problems.ts';
import { toPoster } from './rights.ts';

/**
 * Makes a route's hook. It sets `request.caller`, or refuses: `caller-unknown`, `rate-limited`, `scope-missing`. At once
 * for who is known, since programs ask again and again. What the route takes is looked up here, not with each request:
 * Fastify puts a route's options together anew whenever it is asked for them.
 */
export function createGuards(host: RestHost): (config: FastifyContextConfig) => onRequestHookHandler {
  const { authentication, clock, settings } = host;
  const limit = new RateLimit(settings.requestsPerMinute, clock);
  return ({ scope, queryToken = false }) => {
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
      if (scope !== undefined && !allows(caller, scope)) {
        throw new RestError('scope-missing', `${caller.name} has not the scope "${scope}"`);
      }
    }
  };
}

/**
 * Takes one from what the token may still ask for. How much that is, is told once less than half is left: every header
 * of an answer costs, and who is far from the limit has no use for it.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10 (performance considerations)
 */
function charge(limit: RateLimit, caller: Caller, reply: FastifyReply): void {
  const { taken, remaining, resetSeconds } = limit.take(toPoster(caller));
  if (remaining >= limit.perMinute / 2) return;
  void reply
    .header('ratelimit-policy', limit.policy)
    .header('ratelimit', `"token";r=${remaining};t=${resetSeconds}`);
  if (taken) return;
  void reply.header('retry-after', String(resetSeconds));
  throw new RestError('rate-limited', `too many requests of this token: the next in ${resetSeconds} s`);
}
