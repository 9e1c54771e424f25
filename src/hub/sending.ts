/** One try of a delivery: its calls are made in time, and how it ended is told. Knows no lane and no journal. */
import { toError, type Clock } from './clock.ts';
import type { Call } from './calls.ts';
import { DeliveryError } from './errors.ts';
import type { Receipt, Session } from './network.ts';

/** A part that went out, with the id it is known by. */
export interface SentPart {
  native: string;
  part: number;
}

/** How a try ended. `receipts` are the parts that went out in it. */
export type Outcome = { receipts: SentPart[] } & (
  | { kind: 'sent' }
  | { kind: 'failed'; permanent: boolean; reason: string; retryAfterMs: number | undefined }
  | { kind: 'unknown'; reason: string }
);

/** What a network knows of an earlier try. */
export interface Found {
  receipts: SentPart[];
  /** What certainly has to be made. */
  absent: Call[];
  /** What cannot be told. */
  unsure: Call[];
}

/**
 * Makes the calls: all at once where the connection keeps their order, else one after the other. `onTrouble` is called
 * when one of them has to be made again or looked for, which may be long before the last has ended. Never rejects.
 */
export async function makeCalls(
  clock: Clock,
  session: Session,
  calls: readonly Call[],
  onTrouble: () => void,
): Promise<Outcome> {
  const receipts: SentPart[] = [];
  const make = async (call: Call) => {
    const made = inTime(clock, session, call.make());
    const receipt = await made.catch((error: unknown) => {
      if (!(isFailure(error) && error.permanent)) onTrouble();
      throw error;
    });
    if (receipt?.native !== undefined && call.part >= 0)
      receipts.push({ native: receipt.native, part: call.part });
  };
  try {
    if (session.limits.sendsUnderWay > 1) {
      const results = await Promise.allSettled(calls.map(make));
      const reasons = results.flatMap((result) =>
        result.status === 'rejected' ? [toError(result.reason)] : [],
      );
      const worst = reasons.find((reason) => !isFailure(reason)) ?? reasons[0];
      if (worst) throw worst;
    } else {
      for (const call of calls) await make(call);
    }
    return { kind: 'sent', receipts };
  } catch (error) {
    const reason = toError(error).message;
    if (!isFailure(error)) return { kind: 'unknown', receipts, reason };
    return { kind: 'failed', receipts, reason, permanent: error.permanent, retryAfterMs: error.retryAfterMs };
  }
}

/** Asks the network which calls of an earlier try were made. Rejects as its `find` does. */
export async function findCalls(
  clock: Clock,
  session: Session,
  sought: { room: string; since: number },
  calls: readonly Call[],
): Promise<Found> {
  const { actions } = session;
  const found: Found = { receipts: [], absent: [], unsure: [] };
  for (const call of calls) {
    let answer: Receipt | 'absent' | 'unsure' = call.idempotent ? 'absent' : 'unsure';
    if (!call.idempotent && actions.find) {
      answer = await inTime(clock, session, actions.find({ ...sought, token: call.token }));
    }
    if (answer === 'absent' || answer === 'unsure') found[answer].push(call);
    else if (answer.native !== undefined && call.part >= 0) {
      found.receipts.push({ native: answer.native, part: call.part });
    }
  }
  return found;
}

function inTime<T>(clock: Clock, session: Session, promise: Promise<T>): Promise<T> {
  const { sendTimeoutMs } = session.limits;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(sendTimeoutMs, () =>
      reject(new DeliveryError('unknown', `no answer within ${sendTimeoutMs} ms`)),
    );
    promise.then(resolve, reject).finally(cancel);
  });
}

function isFailure(error: unknown): error is DeliveryError {
  return error instanceof DeliveryError && error.outcome === 'failed';
}
