/**
 * How the accounts do, as it changes: their states and the steps of their login, as server-sent events. What is told first
 * is all of it, so a client that comes back needs no cursor.
 */
import { z } from 'zod';
import type { HubAccess } from '../../../hub/face.ts';
import type { Caller } from '../../../http/authentication.ts';
import { heartbeatMs } from '../following/streams.ts';
import { administers, seesAccount } from '../rights.ts';
import type { WireAccount } from '../schemas/account.ts';
import { problemSchema } from '../schemas/problem.ts';
import { waiting } from '../waiting.ts';
import { toWireAccount } from '../wire-account.ts';
import type { AddRoutes, RestContext } from './route.ts';
import { retryMs, sendHead, sendStream, type StreamClient } from './server-sent-events.ts';

export const addAccountStreamRoutes: AddRoutes = (server, context) => {
  server.get(
    '/account-states/sse',
    {
      config: { scope: 'read', queryToken: true },
      schema: {
        operationId: 'streamAccounts',
        tags: ['accounts'],
        summary: 'The accounts and how they do, as server-sent events',
        description:
          '`event: accounts` comes first, its `data:` as `GET /v1/accounts` answers; then `event: account` for each that is new or has another state, session or login step, and `event: removed` with `{"account"}`. A comment comes when nothing changed.',
        querystring: z.object({ access_token: z.string().exactOptional() }),
        response: {
          200: { content: { 'text/event-stream': { schema: z.string() } } },
          default: problemSchema,
        },
      },
    },
    async (request, reply) =>
      request.method === 'HEAD'
        ? sendHead(reply)
        : sendStream(request, reply, context.streams, (client) =>
            writeFrames(context, request.caller, client),
          ),
  );
};

async function* writeFrames(
  { host: { hub, clock }, tail }: RestContext,
  caller: Caller,
  { gone, isAllowed, response }: StreamClient,
): AsyncGenerator<string, void, void> {
  using changes = new Changes(hub);
  const accounts = readAccounts(hub, caller);
  const told = new Map(accounts.map((account) => [account.id, toStateText(account)]));
  yield `retry: ${retryMs}\nevent: accounts\ndata: ${JSON.stringify({ accounts })}\n\n`;
  while (!gone.aborted && !tail.signal.aborted) {
    using patience = waiting(clock, heartbeatMs, response);
    await changes.next(AbortSignal.any([patience.signal, tail.signal]));
    if (!(await isAllowed())) return;
    const now = readAccounts(hub, caller);
    let frames = '';
    for (const account of now) {
      const text = toStateText(account);
      if (told.get(account.id) === text) continue;
      told.set(account.id, text);
      frames += `event: account\ndata: ${JSON.stringify(account)}\n\n`;
    }
    for (const account of told.keys()) {
      if (now.some(({ id }) => id === account)) continue;
      told.delete(account);
      frames += `event: removed\ndata: ${JSON.stringify({ account })}\n\n`;
    }
    yield frames === '' ? ': nothing new\n\n' : frames;
  }
}

function readAccounts(hub: HubAccess, caller: Caller): WireAccount[] {
  return hub
    .accounts()
    .filter(({ id }) => seesAccount(caller, id))
    .map((status) => toWireAccount(status, administers(caller, status.id)));
}

/** What of an account counts as a change: not that it was heard of, nor what waits. */
function toStateText(account: WireAccount): string {
  return JSON.stringify({ ...account, heardAt: undefined, waiting: undefined });
}

/** Changes of accounts, those that came together as one. */
class Changes implements Disposable {
  readonly #unwatch: () => void;
  #changed = false;
  #wake = () => {};

  constructor(hub: HubAccess) {
    this.#unwatch = hub.watchAccounts(() => {
      this.#changed = true;
      this.#wake();
    });
  }

  /** Resolves when something changed since the last time, or `signal` is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#unwatch();
  }
}
