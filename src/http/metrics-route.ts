/**
 * `/metrics`, in Prometheus' text form. Who never asks for it does not pay for it: what counts is loaded at the
 * first request.
 */
import { allows, type Access } from '../hub/access.ts';
import { sendError } from './error-pages.ts';
import type { Metrics, MetricsSource } from './metrics.ts';
import type { Routes } from './server.ts';

/** Everybody on this machine may read them; from outside a token with `read` for all accounts is needed. */
export function metricsRoutes(
  source: MetricsSource,
  access: Pick<Access, 'verifyToken'>,
  open: boolean,
): Routes {
  let metrics: Promise<Metrics> | undefined;
  return (server) => {
    server.get('/metrics', async (request, reply) => {
      if (!open) {
        const text = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
        const token = text === undefined ? undefined : await access.verifyToken(text);
        if (!token) {
          void reply.header('www-authenticate', 'Bearer');
          return sendError(request, reply, 401);
        }
        if (!allows(token, 'read') || token.account !== undefined) return sendError(request, reply, 403);
      }
      metrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(source));
      const { contentType, render } = await metrics;
      return reply.type(contentType).send(await render());
    });
  };
}
