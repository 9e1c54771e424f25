/**
 * The REST face: every account over HTTP at `/v1`, its description at `/openapi.json`, the description to read and try at
 * `/docs`. This file puts it together; each resource is a file of `routes/`.
 */
import type { preValidationHookHandler } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RoomRef } from '../../hub/message.ts';
import { RouteMethods } from '../../http/route-methods.ts';
import type { Routes } from '../../http/server.ts';
import { Cursors } from './cursor.ts';
import { requireShallow } from './depth.ts';
import { addExplorer } from './explorer.ts';
import { Consumers } from './following/consumers.ts';
import { Follower } from './following/start.ts';
import { Streams } from './following/streams.ts';
import { Tail } from '../../hub/tail.ts';
import { createGuards } from './guard.ts';
import type { RestHost, RestServer } from './host.ts';
import { FigureKeeper } from './metrics.ts';
import { addDescription, describeRoutes } from './openapi.ts';
import { createErrorHandler, RestError } from './problems.ts';
import { addAccountRoutes } from './routes/accounts.ts';
import { addAccountStreamRoutes } from './routes/account-stream.ts';
import { addActRoutes } from './routes/acts.ts';
import { addConfigurationRoutes } from './routes/configuration.ts';
import { addConsumerRoutes } from './routes/consumers.ts';
import { addDeliveryRoutes } from './routes/deliveries.ts';
import { addEventRoutes } from './routes/events.ts';
import { addEventSocketRoutes } from './routes/event-socket.ts';
import { addEventStreamRoutes } from './routes/event-stream.ts';
import { addHistoryRoutes } from './routes/history.ts';
import { addHubRoutes } from './routes/hub.ts';
import { addLinkRoutes } from './routes/links.ts';
import { addMediaRoutes } from './routes/media.ts';
import { addMessageRoutes } from './routes/messages.ts';
import { addMetricsRoutes } from './routes/metrics.ts';
import type { RestContext } from './routes/route.ts';
import { addRequestRoutes } from './routes/requests.ts';
import { addTokenRoutes } from './routes/tokens.ts';
import { compileSerializer } from './serializer.ts';
import { Sight } from './sight.ts';
import { UpgradeRequests } from './upgrade.ts';

const prefix = '/v1';
/** Requests by these have no body that anybody reads. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD']);

export interface RestFace {
  /** For the web server. */
  readonly routes: Routes;
  /** To be told of every delivery that was sent, and how long after its message came. */
  sent(room: RoomRef, tookMs: number): void;
}

export function createRestFace(host: RestHost): RestFace {
  const figures = new FigureKeeper(host.hub, host.clock);
  return {
    sent: (room, tookMs) => figures.sent(room, tookMs),
    async routes(plain, web) {
      const server = plain.withTypeProvider<ZodTypeProvider>();
      const context = await createContext(host, figures);
      const upgrades = new UpgradeRequests(
        (request, response) => server.routing(request, response),
        (request) => web.createAnswer(request),
      );
      web.closing.addEventListener('abort', () => {
        context.tail.stop();
        figures.stop();
      });
      web.onUpgrade(`${prefix}/events/ws`, (request, socket, head) => upgrades.enter(request, socket, head));
      await describeRoutes(server, host.version);
      addDescription(server);
      addExplorer(server);
      await server.register(async (scope: RestServer) => addRoutes(scope, { ...context, upgrades }), {
        prefix,
      });
    },
  };
}

async function createContext(host: RestHost, figures: FigureKeeper): Promise<Omit<RestContext, 'upgrades'>> {
  const { hub, clock, log, journal, media } = host;
  const cursors = new Cursors(host.hubId, journal, hub);
  const tail = new Tail({ hub, clock, log, head: await journal.head() });
  tail.watch((events) => figures.take(events));
  const consumers = await Consumers.load(journal, clock);
  const sight = new Sight(hub);
  tail.watch((events) => sight.note(events));
  const follower = new Follower(tail, cursors, consumers, sight, journal);
  const streams = new Streams(host, { cursors, media });
  return { host, cursors, media, tail, consumers, follower, sight, streams, figures };
}

const refuseDepth: preValidationHookHandler = ({ body }, _, done) => {
  requireShallow(body);
  done();
};

function addRoutes(server: RestServer, context: RestContext): void {
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(compileSerializer);
  server.setErrorHandler(createErrorHandler(context.host.log));
  server.decorateRequest('caller');
  // Fastify's own, beside JSON's: a text would be refused for what it says, not for what it is.
  server.removeContentTypeParser('text/plain');
  const methods = new RouteMethods();
  server.addHook('onRoute', ({ url, method }) => {
    if (url !== `${prefix}/*`) methods.add(url, [method].flat());
  });
  const createGuard = createGuards(context.host);
  server.addHook('onRoute', (route) => {
    route.onRequest = [createGuard(route.config ?? {}), ...[route.onRequest ?? []].flat()];
    if ([route.method].flat().every((method) => bodiless.has(method))) return;
    route.preValidation = [refuseDepth, ...[route.preValidation ?? []].flat()];
  });
  for (const add of [
    addHubRoutes,
    addAccountRoutes,
    addAccountStreamRoutes,
    addMessageRoutes,
    addActRoutes,
    addHistoryRoutes,
    addEventRoutes,
    addEventStreamRoutes,
    addEventSocketRoutes,
    addConsumerRoutes,
    addMediaRoutes,
    addRequestRoutes,
    addDeliveryRoutes,
    addLinkRoutes,
    addConfigurationRoutes,
    addMetricsRoutes,
    addTokenRoutes,
  ]) {
    add(server, context);
  }
  server.all('/*', { schema: { hide: true } }, async (request, reply) => {
    const path = request.url.replace(/\?.*$/s, '');
    const taken = methods.of(path);
    // One that is taken there has a name that is too long for anything.
    if (taken.length > 0 && !taken.includes(request.method)) {
      void reply.header('allow', taken.join(', '));
      throw new RestError(
        'method-unknown',
        `${path} does not take ${request.method}, but ${taken.join(', ')}`,
      );
    }
    throw new RestError('path-unknown', `there is nothing at ${path}; /docs shows what there is`);
  });
}
