/**
 * `/metrics`, in Prometheus' text form. Who never asks for it does not pay for it: what counts is loaded at the
 * first request.
 */
import type { IncomingMessage } from 'node:http';
import { allows } from '../hub/access.ts';
import type { Authentication } from './authentication.ts';
import { sendError } from './error-pages.ts';
import type { Metrics, MetricsSource } from './metrics.ts';
import type { Routes } from './server.ts';

/** Whoever `isOpen` names may read them; others need a token, or a login, with `read` for all accounts and rooms. */
export function metricsRoutes(
  source: MetricsSource,
  authentication: Pick<Authentication, 'caller'>,
  isOpen: (request: IncomingMessage) => boolean,
): Routes {
  let metrics: Promise<Metrics> | undefined;
  return (server) => {
    server.get('/metrics', async (request, reply) => {
      if (!isOpen(request.raw)) {
        const caller = await authentication.caller(request.raw);
        if (!caller) {
          void reply.header('www-authenticate', 'Bearer');
          return sendError(request, reply, 401);
        }
        const ofAll = caller.account === undefined && caller.rooms === undefined;
        if (!allows(caller, 'read') || !ofAll) return sendError(request, reply, 403);
      }
      metrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(source));
      const { contentType, render } = await metrics;
      return reply.type(contentType).send(await render());
    });
  };
}
