/**
 * A small client of hutong's REST face. What it asks for survives a hub that is away for a moment: posts are repeated
 * under one key, so that they count once, and events go on behind the last one that was taken.
 */
import { HubProblem, type Accepted, type Account, type EventPage, type HubEvent } from './wire.ts';
import type { LoginStep, Segment, StoredMedia, User } from './wire.ts';

export interface ClientOptions {
  /** The hub's address, such as `http://127.0.0.1:3010`. */
  url: string;
  token: string;
  /** How long a request is tried again while the hub is away, milliseconds; 60 seconds if not said. */
  patienceMs?: number;
}

export interface SendOptions {
  /** The id of the message that it answers. */
  replyTo?: string;
  /** Makes it count once, also when another process repeats it; made up if not said. */
  key?: string;
  /** How long to wait for what becomes of it, milliseconds, at most 60,000. */
  waitMs?: number;
  signal?: AbortSignal;
}

export interface FollowOptions {
  /** A cursor, a time in ISO 8601, `oldest`, or `now`, which is meant if not said. */
  after?: string;
  account?: string | readonly string[];
  room?: string | readonly string[];
  kind?: string | readonly string[];
  signal?: AbortSignal;
  /** Told when events were missed that the hub no longer keeps. */
  onGap?: () => void;
}

interface Asked {
  query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  headers?: Readonly<Record<string, string>>;
  json?: unknown;
  bytes?: Uint8Array<ArrayBuffer>;
  signal?: AbortSignal | undefined;
  /** Whether asking twice is the same as asking once. */
  repeatable?: boolean;
  /** Asks again for as long as it takes. */
  forEver?: boolean;
}

const usualPatienceMs = 60_000;
const longPollMs = 25_000;
const pageLimit = 100;
const firstPauseMs = 250;
const longestPauseMs = 10_000;
const loginLookMs = 1_000;

export class HutongClient {
  readonly #url: string;
  readonly #token: string;
  readonly #patienceMs: number;

  constructor({ url, token, patienceMs = usualPatienceMs }: ClientOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#patienceMs = patienceMs;
  }

  /** Says something, in words or in segments. Resolves when it is in the hub's journal. */
  send(room: string, content: string | readonly Segment[], options: SendOptions = {}): Promise<Accepted> {
    const { replyTo, key = crypto.randomUUID(), waitMs, signal } = options;
    const said = typeof content === 'string' ? { text: content } : { body: content };
    return this.#ask('POST', '/v1/messages', {
      json: { room, ...said, ...(replyTo !== undefined && { replyTo }) },
      query: { wait: waitMs },
      headers: { 'idempotency-key': key },
      repeatable: true,
      signal,
    });
  }

  /**
   * What happens, from `after` on, for as long as one likes to read; ends when `signal` is aborted. An event counts as
   * taken when the next one is asked for. Throws a `HubProblem` when the hub refuses, for a cursor that is not its own
   * for example.
   */
  async *follow(options: FollowOptions = {}): AsyncGenerator<HubEvent, void, void> {
    const { account, room, kind, signal, onGap } = options;
    let after = options.after ?? 'now';
    // A place is asked for first, without waiting, so that nothing that happens from here on can be missed.
    for (let wait = 0; ; wait = longPollMs) {
      const query = { account, room, kind, after, wait, limit: pageLimit };
      const asked = { query, signal, repeatable: true, forEver: true };
      const page = await this.#ask<EventPage>('GET', '/v1/events', asked).catch((error: unknown) => {
        if (signal?.aborted) return undefined;
        throw error;
      });
      if (!page) return;
      if (page.gap) onGap?.();
      for (const event of page.events) {
        if (signal?.aborted) return;
        yield event;
      }
      after = page.cursor;
    }
  }

  accounts(): Promise<{ accounts: Account[] }> {
    return this.#get('/v1/accounts');
  }

  rooms(account: string): Promise<{ rooms: { room: string; name: string; links: string[] }[] }> {
    return this.#get(`/v1/accounts/${encodeURIComponent(account)}/rooms`);
  }

  members(room: string): Promise<{ members: User[] }> {
    return this.#get('/v1/members', { room });
  }

  /** What a person has to do for the account's login now. Needs the scope `admin`. */
  loginStep(account: string): Promise<LoginStep> {
    return this.#get(this.#loginPath(account));
  }

  /** The steps of a login, each once, until there is nothing to do any more. */
  async *loginSteps(account: string, signal?: AbortSignal): AsyncGenerator<LoginStep, void, void> {
    let shown = '';
    for (;;) {
      if (signal?.aborted) return;
      const step = await this.loginStep(account);
      if (JSON.stringify(step) !== shown) yield step;
      if (step.type === 'none') return;
      shown = JSON.stringify(step);
      await pause(loginLookMs, signal);
    }
  }

  /** Answers a step of the kind `code`. */
  answerLogin(account: string, code: string): Promise<LoginStep> {
    return this.#ask('POST', this.#loginPath(account), { json: { code } });
  }

  /** Keeps a file. What it is, is told from its bytes. */
  upload(bytes: Uint8Array<ArrayBuffer>, name?: string): Promise<StoredMedia> {
    const headers = { 'content-type': 'application/octet-stream' };
    return this.#ask('POST', '/v1/media', { bytes, headers, query: { name }, repeatable: true });
  }

  #loginPath(account: string): string {
    return `/v1/accounts/${encodeURIComponent(account)}/login`;
  }

  #get<T>(path: string, query: Asked['query'] = {}): Promise<T> {
    return this.#ask('GET', path, { query, repeatable: true });
  }

  async #ask<T>(method: string, path: string, asked: Asked): Promise<T> {
    const deadline = performance.now() + (asked.forEver ? Infinity : this.#patienceMs);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const answer = await this.#fetch(method, path, asked).catch((error: unknown) => {
        // The hub is not there, or went away while it answered: fetch's own failures are TypeErrors.
        const mayAgain = asked.repeatable && error instanceof TypeError && !asked.signal?.aborted;
        if (!mayAgain || performance.now() + pauseMs > deadline) throw error;
        return undefined;
      });
      const isOver = !asked.repeatable || performance.now() + pauseMs > deadline;
      if (answer && (isOver || !isPassing(answer.status))) return readAnswer(answer) as T;
      const told = Number(answer?.headers.get('retry-after') ?? 0) * 1000;
      await pause(Math.max(pauseMs, told), asked.signal);
    }
  }

  /** The whole answer, so that one which breaks off half-way counts as none. */
  async #fetch(method: string, path: string, asked: Asked): Promise<Answer> {
    const { query = {}, headers, json, bytes, signal } = asked;
    const url = new URL(this.#url + path);
    for (const [name, value] of Object.entries(query)) {
      for (const each of value === undefined ? [] : [value].flat())
        url.searchParams.append(name, String(each));
    }
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? (bytes ?? null) : JSON.stringify(json),
      signal: signal ?? null,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** It stops, its journal takes nothing now, or it was asked too often: it is worth another try. */
function isPassing(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

function readAnswer({ status, text }: Answer): unknown {
  if (status < 300) return text === '' ? undefined : JSON.parse(text);
  const { code, detail } = parseProblem(text);
  throw new HubProblem(status, code, detail);
}

/** A proxy in between answers in its own words. */
function parseProblem(text: string): { code: string; detail: string } {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && typeof detail === 'string') return { code, detail };
  } catch {
    // No JSON: told as it came.
  }
  return { code: 'unknown', detail: text.slice(0, 500) };
}

/** Resolves after the time, or as soon as the signal is aborted: who waits looks at it next. */
function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, delayMs);
    signal?.addEventListener('abort', go, { once: true });
    if (signal?.aborted) go();
  });
}
