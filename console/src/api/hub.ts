/**
 * The REST face as functions. What goes over the wire is typed by the face's own schemas; only their types come here,
 * so nothing of the server is in the browser's code.
 */
import type { WireAccount, WireRoom } from '../../../src/faces/rest/schemas/account.ts';
import type {
  WireApplied,
  WireChange,
  WireConfiguration,
  WireForms,
  WireProposal,
} from '../../../src/faces/rest/schemas/configuration.ts';
import type { WireDelivery, WireJourney } from '../../../src/faces/rest/schemas/delivery.ts';
import type { WireMessage } from '../../../src/faces/rest/schemas/event.ts';
import type { WireLink } from '../../../src/faces/rest/schemas/link.ts';
import type { WireMetrics } from '../../../src/faces/rest/schemas/metrics.ts';
import type { WireAccepted, WirePost } from '../../../src/faces/rest/schemas/posting.ts';
import type { WireCreatedToken, WireToken } from '../../../src/faces/rest/schemas/token.ts';
import { createRandomName } from './random.ts';
import { call, toQuery } from './call.ts';

type Abort = AbortSignal | undefined;

function get<T>(path: string, signal: Abort): Promise<T> {
  return call<T>(path, signal === undefined ? {} : { signal });
}

/** The figures of the overview. */
export const readMetrics = (signal?: Abort) => get<WireMetrics>('/v1/metrics', signal);

// --- accounts

export async function readAccounts(signal?: Abort): Promise<WireAccount[]> {
  return (await get<{ accounts: WireAccount[] }>('/v1/accounts', signal)).accounts;
}

export async function readRooms(account: string, signal?: Abort): Promise<WireRoom[]> {
  return (await get<{ rooms: WireRoom[] }>(`/v1/accounts/${encodeURIComponent(account)}/rooms`, signal))
    .rooms;
}

/** Hands in the code that an account's login waits for. */
export const answerLogin = (account: string, code: string) =>
  call<void>(`/v1/accounts/${encodeURIComponent(account)}/login`, { method: 'POST', body: { code } });

// --- messages

/** Says something; with `waitMs` the answer waits so long for what became of it. */
export function postMessage(post: WirePost, waitMs?: number): Promise<WireAccepted> {
  return call(`/v1/messages${toQuery({ wait: waitMs })}`, {
    method: 'POST',
    body: post,
    headers: { 'idempotency-key': createRandomName() },
  });
}

export interface HistoryQuery {
  room: string;
  /** Only what is older than this cursor. */
  before?: string | undefined;
  limit: number;
}

/** A room's messages, oldest first. */
export async function readHistory(query: HistoryQuery, signal?: Abort): Promise<WireMessage[]> {
  return (await get<{ messages: WireMessage[] }>(`/v1/messages${toQuery({ ...query })}`, signal)).messages;
}

/** Messages that hold all the words, newest first. */
export async function searchMessages(
  query: { text: string; room?: string | undefined; before?: string | undefined; limit: number },
  signal?: Abort,
): Promise<WireMessage[]> {
  return (await get<{ messages: WireMessage[] }>(`/v1/search${toQuery({ ...query })}`, signal)).messages;
}

/** Where a message went, and what became of it there. */
export const readJourney = (id: string, signal?: Abort) =>
  get<WireJourney>(`/v1/messages/${encodeURIComponent(id)}/journey`, signal);

// --- deliveries

export type DeliveryState = WireDelivery['state'];

export interface DeliveryQuery {
  states: readonly DeliveryState[];
  account?: string | undefined;
}

const deliveriesPage = 200;

/** Deliveries behind the one with the id `after`, oldest first. */
export async function readDeliveries(
  { states, account }: DeliveryQuery,
  after: number,
  signal?: Abort,
): Promise<WireDelivery[]> {
  const query = toQuery({ state: states, account, after, limit: deliveriesPage });
  return (await get<{ deliveries: WireDelivery[] }>(`/v1/deliveries${query}`, signal)).deliveries;
}

export type DeliverySelection =
  | { ids: number[] }
  | { filter: { states?: DeliveryState[]; account?: string; room?: `${string}/${string}` } };

/** Answers how many changed. */
export async function changeDeliveries(
  what: 'retry' | 'drop',
  selection: DeliverySelection,
): Promise<number> {
  const answer = await call<{ changed: number }>(`/v1/deliveries/${what}`, {
    method: 'POST',
    body: selection,
  });
  return answer.changed;
}

// --- links and configuration

/** The links that run, which may be others than the file's while that has mistakes. */
export async function readLinks(signal?: Abort): Promise<WireLink[]> {
  return (await get<{ links: WireLink[] }>('/v1/links', signal)).links;
}

/** hutong.yaml as it is written, without its secrets. */
export const readConfiguration = (signal?: Abort) => get<WireConfiguration>('/v1/configuration', signal);

export const readForms = (signal?: Abort) => get<WireForms>('/v1/configuration/forms', signal);

/** A dry run. */
export const checkChange = (change: WireChange) =>
  call<WireProposal>('/v1/configuration/check', { method: 'POST', body: change });

/** Writes and applies a change; fails with `config-changed` when the file is no longer the version it was made for. */
export const applyChange = (version: string, change: WireChange) =>
  call<WireApplied>('/v1/configuration', { method: 'POST', body: { version, change } });

// --- tokens

export async function readTokens(signal?: Abort): Promise<WireToken[]> {
  return (await get<{ tokens: WireToken[] }>('/v1/tokens', signal)).tokens;
}

export type TokenRequest = Pick<WireToken, 'name' | 'scopes' | 'account'>;

/** The answer is the only one that holds the secret. */
export const createToken = (request: TokenRequest) =>
  call<WireCreatedToken>('/v1/tokens', { method: 'POST', body: request });

export const revokeToken = (name: string) =>
  call<void>(`/v1/tokens/${encodeURIComponent(name)}`, { method: 'DELETE' });
