/**
 * What follows every post, edit, recall and reaction: a key that was used before must have meant the same, and the
 * outcome may be waited for. The journal itself remembers what was said under a key: nothing else is kept for it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { HubEvent } from '../../hub/event.ts';
import type { Outcome, Posted } from '../../hub/face.ts';
import { RestError } from './problems.ts';
import { narrowDeliveries } from './rights.ts';
import type { RestContext } from './routes/route.ts';
import { waitQuery } from './routes/query.ts';
import type { WireAccepted } from './schemas/posting.ts';
import { waiting } from './waiting.ts';

const waitLimitMs = 60_000;

export const waitForOutcomeQuery = waitQuery(waitLimitMs, 0).describe(
  'How long to wait for the outcome, milliseconds. 200 tells it; 202: accepted, and not known yet.',
);

/** @see draft-ietf-httpapi-idempotency-key-header-07, whose quotes may be left out */
export const keyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .exactOptional()
    .describe('Makes a request that is repeated count once, whatever happened to the hub in between.'),
});

/** The key that a request brought, for the hub. */
export function toKey(headers: z.infer<typeof keyHeaders>): { key?: string } {
  const key = headers['idempotency-key'];
  return key === undefined ? {} : { key };
}

/**
 * Answers what was accepted. Rejects with `key-reused` where the key had been used for something else.
 *
 * @param isSame whether the event that the journal has under the key is what this request asked for
 */
export async function answerAccepted(
  { host, cursors }: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  posted: Posted,
  waitMs: number,
  isSame: (event: HubEvent) => boolean,
): Promise<WireAccepted> {
  const { id, position, duplicate } = posted;
  if (duplicate) {
    // One that retention has removed since can be compared with nothing: it was done, and is not done again.
    const journey = await host.hub.journey(id);
    if (journey && !isSame(journey.event)) {
      throw new RestError(
        'key-reused',
        'this Idempotency-Key was used for another request: a new one needs a new key',
      );
    }
    void reply.header('idempotency-replayed', 'true');
  }
  const accepted: WireAccepted = { id, cursor: cursors.format(position) };
  if (waitMs === 0) {
    void reply.code(202);
    return accepted;
  }
  using patience = waiting(host.clock, waitMs, reply.raw);
  const outcome = await host.hub.outcome(id, patience.signal);
  void reply.code(outcome.ended ? 200 : 202);
  return { ...accepted, outcome: toWireOutcome(request, outcome) };
}

function toWireOutcome({ caller }: FastifyRequest, { deliveries }: Outcome) {
  return narrowDeliveries(caller, deliveries).map(({ lane, state, reason }) => ({
    room: lane,
    state,
    ...(reason !== undefined && { reason }),
  }));
}

/** Whether two bodies say the same, as JSON has them. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
