/** The web server of a hub that runs: everything it serves, in one list. */
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../config/configuration.ts';
import type { Access } from '../hub/access.ts';
import { createAddressList, isLoopback } from '../hub/address.ts';
import type { Clock } from '../hub/clock.ts';
import type { FreshValues } from '../hub/fresh-values.ts';
import type { Hub } from '../hub/hub.ts';
import type { Journal } from '../hub/journal.ts';
import type { Log } from '../hub/log.ts';
import { Authentication } from '../http/authentication.ts';
import type { FileOptions } from '../http/files.ts';
import { fileRoutes } from '../http/files.ts';
import { healthRoutes } from '../http/health.ts';
import { loginRoutes } from '../http/login.ts';
import { metricsRoutes } from '../http/metrics-route.ts';
import type { MetricsSource } from '../http/metrics.ts';
import { mountedRoutes } from '../http/mounted.ts';
import { Origins } from '../http/origins.ts';
import { consolePolicy } from '../http/standard-headers.ts';
import { createWebServer, type Routes, type WebServer } from '../http/server.ts';
import { Sessions } from '../http/sessions.ts';

export interface WebOptions {
  configuration: Configuration['http'];
  hub: Hub;
  journal: Journal;
  /** For what is asked with every request. */
  values: FreshValues;
  access: Access;
  clock: Clock;
  log: Log;
  metrics: MetricsSource;
  /** What is not ready yet, in words. */
  readonly notReady: () => Promise<string[]>;
  /** What else is served: made once it is known who asks. */
  readonly more?: (authentication: Authentication, origins: Origins) => readonly Routes[];
}

/** Where `npm run setup` puts the console. */
const consoleFolder = fileURLToPath(new URL('../../console/dist', import.meta.url));

export function openWeb(options: WebOptions): Promise<WebServer> {
  const { configuration, hub, journal, values, access, clock, log } = options;
  const { listen, tls, url, proxy, connections } = configuration;
  const origins = new Origins({ proxies: createAddressList(proxy), ...(url === undefined ? {} : { url }) });
  const sessions = new Sessions(values, access);
  const authentication = new Authentication({ access, sessions, origins, clock });
  const onLoopback = isLoopback(listen.host);
  return createWebServer({
    listen,
    ...(tls === undefined ? {} : { tls }),
    origins,
    clock,
    log,
    limits: { connections },
    routes: [
      healthRoutes({ clock, journal: () => journal.head(), notReady: options.notReady }),
      metricsRoutes(options.metrics, authentication, (request) => onLoopback && origins.isLocal(request)),
      loginRoutes({ access, sessions, authentication, origins, clock }),
      mountedRoutes({ mounted: (account) => hub.mounted(account), authentication, origins, log }),
      ...(options.more?.(authentication, origins) ?? []),
      fileRoutes(toFiles(configuration)),
    ],
  });
}

function toFiles({ root, contentSecurityPolicy }: Configuration['http']): FileOptions {
  if (root !== undefined) {
    return { root, policy: contentSecurityPolicy ?? consolePolicy };
  }
  return {
    root: consoleFolder,
    policy: consolePolicy,
    hashedUnder: '/assets/',
    missing: {
      title: 'The console is not built',
      html: '<p>Run <code>npm run setup</code> in hutong’s folder, then load this page again. The hub itself runs.</p>',
    },
  };
}
