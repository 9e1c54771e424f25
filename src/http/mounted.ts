/** `/in/ACCOUNT/…`: what comes in for a network, handed to its present run. */
import type { IncomingMessage } from 'node:http';
import type { UserLogin } from '../hub/access.ts';
import { toError } from '../hub/clock.ts';
import type { AccountId } from '../hub/message.ts';
import type { MountedRoutes, Visit } from '../hub/network.ts';
import type { Log } from '../hub/log.ts';
import type { Authentication } from './authentication.ts';
import { refuseSocket, sendError } from './error-pages.ts';
import type { Origins } from './origins.ts';
import type { Routes } from './server.ts';

const prefix = '/in/';

export interface MountedOptions {
  /** What an account serves at the moment. */
  mounted(account: AccountId): MountedRoutes | undefined;
  authentication: Authentication;
  origins: Origins;
  log: Log;
}

interface Destination {
  account: AccountId;
  routes: MountedRoutes;
  visit: Visit;
}

export function mountedRoutes(options: MountedOptions): Routes {
  const { authentication, origins, log } = options;
  return (server, host) => {
    server.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: `${prefix}*`,
      // Before a body is read: it is the network's, whatever it is.
      async onRequest(request, reply) {
        const destination = await find(request.raw);
        if (typeof destination === 'string')
          return sendError(request, reply, refusals[destination].status, refusals[destination].explanation);
        const { account, routes, visit } = destination;
        if (!routes.request) return sendError(request, reply, 404);
        const refusal = routes.refuses?.(visit);
        if (refusal) {
          if (refusal.status === 426) void reply.header('upgrade', 'websocket');
          return sendError(request, reply, refusal.status, refusal.explanation);
        }
        reply.hijack();
        const response = reply.raw;
        try {
          await routes.request(request.raw, response, visit);
        } catch (error) {
          log.error({ err: toError(error), account }, 'a network failed to answer a web request');
          if (response.headersSent) response.destroy();
          else response.writeHead(500).end();
        }
        return reply;
      },
      handler: (_, reply) => reply,
    });
    host.onUpgrade(prefix, async (request, socket, head) => {
      const destination = await find(request);
      if (typeof destination === 'string') {
        const { status, explanation } = refusals[destination];
        return refuseSocket(socket, status, { explanation });
      }
      const { routes, visit } = destination;
      if (!routes.upgrade) return refuseSocket(socket, 404);
      await routes.upgrade(request, socket, head, visit);
    });
  };

  function toLogin(request: IncomingMessage, { name, role }: UserLogin): Pick<Visit, 'user' | 'holds'> {
    return {
      user: { name, role },
      holds: async () => {
        const user = await authentication.user(request);
        return user?.name === name && user.role === role && !user.mustChange;
      },
    };
  }

  /** Whom a request is for; or why it is refused. */
  async function find(request: IncomingMessage): Promise<Destination | keyof typeof refusals> {
    const url = URL.parse(request.url ?? '', 'http://localhost');
    const [, account = '', path = '/'] = /^\/in\/([a-z][a-z0-9-]*)(\/.*)?$/s.exec(url?.pathname ?? '') ?? [];
    const routes = options.mounted(account);
    if (url === null || routes === undefined) return 'nothing';
    if (!origins.isOwn(request)) return 'page';
    const user = await authentication.user(request);
    if (!user && origins.isForeignHost(request)) return 'host';
    const { address } = origins.seen(request);
    return {
      account,
      routes,
      visit: {
        path,
        query: url.searchParams,
        address,
        ...(user && !user.mustChange ? toLogin(request, user) : {}),
      },
    };
  }
}

const refusals = {
  nothing: {
    status: 404,
    explanation: 'No account of that name takes anything here, or it is not running now.',
  },
  page: { status: 403, explanation: 'Pages of another site may not come in here.' },
  host: {
    status: 421,
    explanation:
      'This hub is not known by that name; if it is meant to be, set http.url to the address that browsers use.',
  },
} as const;
