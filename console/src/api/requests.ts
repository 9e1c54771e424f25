/** What people ask of the accounts, and answering them. */
import type { WireAccepted } from '../../../src/faces/rest/schemas/posting.ts';
import type { WireRequestStatus } from '../../../src/faces/rest/schemas/request.ts';
import { call, toQuery } from './call.ts';
import { readAccounts } from './hub.ts';
import { createRandomName } from './random.ts';

export type RequestState = WireRequestStatus['state'];

/** How long an answer is waited for before the screen goes on; it goes out all the same. */
const waitMs = 3000;

/** Requests to any account in these states, newest first. */
export async function readRequests(
  states: readonly RequestState[],
  signal?: AbortSignal,
): Promise<WireRequestStatus[]> {
  const accounts = await readAccounts(signal);
  const options = signal === undefined ? {} : { signal };
  const found = await Promise.all(
    accounts.map(({ id }) =>
      call<{ requests: WireRequestStatus[] }>(`${toPath(id)}${toQuery({ state: states })}`, options),
    ),
  );
  return found
    .flatMap(({ requests }) => requests)
    .toSorted((one, other) => Date.parse(other.request.at) - Date.parse(one.request.at));
}

/** Resolves when the answer is kept, and sent if that is soon. */
export function answerRequest(
  { request }: WireRequestStatus,
  answer: { accept: boolean; reason?: string },
): Promise<WireAccepted> {
  const path = `${toPath(request.account)}/${encodeURIComponent(request.id)}`;
  return call(`${path}${toQuery({ wait: waitMs })}`, {
    method: 'POST',
    body: answer,
    headers: { 'idempotency-key': createRandomName() },
  });
}

function toPath(account: string): string {
  return `/v1/accounts/${encodeURIComponent(account)}/requests`;
}
