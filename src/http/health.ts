/**
 * `/healthz`: does the process live? `/readyz`: is everything open that others can come in by? Anybody may ask, so
 * nothing is said that is for the owner only, such as where files are.
 */
import { sleep, type Clock } from '../hub/clock.ts';
import { HutongError } from '../hub/errors.ts';
import type { Routes } from './server.ts';

/** A check that takes longer has failed. */
const checkLimitMs = 2_000;

export interface HealthChecks {
  clock: Clock;
  /** Rejects when the journal does not answer. */
  readonly journal: () => Promise<unknown>;
  /** What is not ready yet, in words; nothing when all is. */
  readonly notReady: () => string[] | Promise<string[]>;
}

export function healthRoutes(checks: HealthChecks): Routes {
  return (server) => {
    server.get('/healthz', async (_request, reply) => answer(reply, await journalReasons(checks)));
    server.get('/readyz', async (_request, reply) =>
      answer(reply, [...(await journalReasons(checks)), ...(await checks.notReady())]),
    );
  };
}

interface Reply {
  code(status: number): { header(name: string, value: string): unknown };
}

function answer(reply: Reply, reasons: readonly string[]) {
  reply.code(reasons.length === 0 ? 200 : 503).header('cache-control', 'no-store');
  return reasons.length === 0 ? { status: 'ok' } : { status: 'unavailable', reasons };
}

async function journalReasons({ clock, journal }: HealthChecks): Promise<string[]> {
  const answered = new AbortController();
  const late = sleep(clock, checkLimitMs, answered.signal).then(
    () => [`the journal did not answer within ${checkLimitMs} ms`],
    // Aborted: the journal has answered, and the race is over.
    () => [],
  );
  const asked = journal().then(
    () => [],
    (error: unknown) => {
      const code = error instanceof HutongError ? ` (${error.code})` : '';
      return [`the journal fails${code}; the log says why`];
    },
  );
  const reasons = await Promise.race([asked, late]);
  answered.abort();
  return reasons;
}
