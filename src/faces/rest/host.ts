/**
 * What the REST face is handed by the composition: the hub's seams and the web server's ways. The face itself names no
 * engine, no network and no configuration file.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Access, Scope } from '../../hub/access.ts';
import type { Clock } from '../../hub/clock.ts';
import type { ConfigurationService } from '../../hub/configuration.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { Journal } from '../../hub/journal.ts';
import type { Log } from '../../hub/log.ts';
import type { MediaStore } from '../../hub/media.ts';
import type { Authentication, Caller } from '../../http/authentication.ts';

export interface RestHost {
  hub: HubAccess;
  /** What the cursors of this hub begin with: `[a-z0-9]+`. */
  hubId: string;
  version: string;
  clock: Clock;
  log: Log;
  /** `head` for cursors, the rest for what consumers acknowledged. */
  journal: Pick<Journal, 'head' | 'get' | 'set' | 'list'>;
  access: Pick<Access, 'createToken' | 'tokens' | 'revokeToken'>;
  media: MediaStore;
  configuration: ConfigurationService;
  authentication: Pick<Authentication, 'caller' | 'knownCaller'>;
  settings: RestSettings;
}

export interface RestSettings {
  /** Requests of one token in a minute. */
  requestsPerMinute: number;
}

/** The web server as the routes see it: zod schemas check what comes and shape what goes. */
export type RestServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs for this route; without it only to be somebody. */
    scope?: Scope;
    /** The address may carry the token: for clients that cannot set headers. */
    queryToken?: boolean;
  }
  interface FastifyRequest {
    /** Set by `guard.ts` before any handler of the REST face runs. */
    caller: Caller;
  }
}
