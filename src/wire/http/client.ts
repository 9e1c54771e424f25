// One client for everything that is asked for over HTTP: it keeps connections open, keeps cookies, follows a few
// redirects, and has a bound for everything that a server could let grow: time, bytes, ways onward. Nothing blocks; a
// body is handed out piece by piece as it comes, no faster than it is read.
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, request as undiciRequest, type Dispatcher } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import { ACCEPTED_ENCODINGS, leave, toPieces, unpack } from './body.ts';
import type { Cookies } from './cookies.ts';
import { HttpError } from './errors.ts';
import { checkWebAddress, isRedirect, toRedirected, type RequestParts } from './redirect.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** Silence before the answer begins, and in the middle of it. */
const IDLE_TIMEOUT_MS = 30_000;
/** How long an idle connection is kept, where the server does not say. */
const KEEP_ALIVE_MS = 30_000;
const CONNECTIONS_PER_ORIGIN = 8;
const HEADERS_LIMIT_BYTES = 64 * 1024;
const REDIRECTS = 5;
const DEADLINE_MS = 60_000;
const BODY_LIMIT_BYTES = 1024 * 1024;
/** Of an answer that only leads on, for keeping its connection; a longer one costs it. */
const SKIPPED_LIMIT_BYTES = 16 * 1024;

export interface HttpClientOptions {
  /** Sent with requests, and taken from answers. Missing: none are. */
  readonly cookies?: Cookies;
  /** What may be reached. Missing: everything, for addresses that the configuration names. */
  readonly guard?: AddressGuard;
  readonly userAgent?: string;
  /** Authorities that servers' certificates may be signed by, PEM. Default: those that Node knows. */
  readonly ca?: string;
}

export interface HttpRequest {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream goes out once: where the answer leads on, it fails. */
  readonly body?: string | Uint8Array | Readable;
  /** The longest body to take, unpacked. Default 1 MiB. */
  readonly limitBytes?: number;
  /** How long it may take until the body has been read. Default a minute. */
  readonly deadlineMs?: number;
  /** The longest silence before the answer begins, and in the middle of it. Default half a minute. */
  readonly silenceMs?: number;
  /** How many times to go where the answer leads. Default 5; then it fails. */
  readonly redirects?: number;
  readonly signal?: AbortSignal;
}

/** An answer, of whatever status. Its body has to be read, discarded or left. */
export interface HttpResponse {
  readonly status: number;
  /** What answered, at the end of all redirects. */
  readonly url: URL;
  /** Names in small letters; the first of several of a name. */
  header(name: string): string | undefined;
  /** Once. @throws HttpError while it is read */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. @throws HttpError */
  text(): Promise<string>;
  /** Passes over a body that nobody needs, so that its connection can be used again if it is short. */
  discard(): Promise<void>;
  /** Ends a body that is not read to its end, and its connection. Nothing happens to one that was. */
  leave(): void;
}

export class HttpClient implements AsyncDisposable {
  readonly #options: HttpClientOptions;
  readonly #open: Agent;
  readonly #guarded: Agent | undefined;

  constructor(options: HttpClientOptions = {}) {
    const { guard, ca } = options;
    this.#options = options;
    this.#open = createAgent(guard?.lookupExempt, ca);
    this.#guarded = guard && createAgent(guard.lookup, ca);
  }

  /**
   * Asks, and resolves when the answer has begun.
   *
   * @throws HttpError; the signal's reason when it was aborted
   */
  async request(address: string | URL, request: HttpRequest = {}): Promise<HttpResponse> {
    const first = URL.parse(String(address));
    if (first === null) throw new HttpError('http-url-invalid', 'the address cannot be read');
    checkWebAddress(first);
    const { method = 'GET', body, signal, redirects = REDIRECTS, deadlineMs = DEADLINE_MS } = request;
    const deadline = AbortSignal.timeout(deadlineMs);
    const signals = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const toError = (url: URL) => (error: unknown) => {
      signal?.throwIfAborted();
      if (deadline.aborted) return timedOut(url, deadlineMs, error);
      return toHttpError(error, url);
    };

    let url = first;
    let parts: RequestParts = { method, headers: this.#headers(request), hasBody: body !== undefined };
    for (let hops = 0; ; hops += 1) {
      try {
        signals.throwIfAborted();
        const answer = await this.#once(url, parts, request, signals);
        if (!isRedirect(answer.statusCode)) return toResponse(answer, url, request, toError(url));
        await answer.body.dump({ limit: SKIPPED_LIMIT_BYTES, signal: signals });
        if (hops >= redirects) throw new HttpError('http-redirects', `${url.host} leads on too often`);
        const next = toRedirected(url, answer.statusCode, single(answer.headers['location']), parts);
        if (next.parts.hasBody && !isRepeatable(body)) {
          throw new HttpError('http-redirects', `${url.host} leads on, but the body has been sent`);
        }
        ({ url, parts } = next);
      } catch (error) {
        throw toError(url)(error);
      }
    }
  }

  /** Ends all connections, those in use too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#open.destroy(), this.#guarded?.destroy()]);
  }

  async #once(
    url: URL,
    { method, headers, hasBody }: RequestParts,
    { body, silenceMs }: HttpRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { cookies, guard } = this.#options;
    guard?.check(url);
    const cookie = (await cookies?.headerFor(url)) ?? '';
    const answer = await undiciRequest(url, {
      dispatcher: this.#guarded && !guard?.isExempt(url) ? this.#guarded : this.#open,
      method,
      headers: cookie === '' ? headers : { ...headers, cookie },
      body: hasBody ? (body ?? null) : null,
      ...(silenceMs !== undefined && { headersTimeout: silenceMs, bodyTimeout: silenceMs }),
      signal,
    });
    try {
      await cookies?.take(several(answer.headers['set-cookie']), url);
    } catch (error) {
      leave(answer.body);
      throw error;
    }
    return answer;
  }

  #headers({ headers = {} }: HttpRequest): Record<string, string> {
    const { userAgent = 'hutong' } = this.#options;
    const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    return { 'user-agent': userAgent, 'accept-encoding': ACCEPTED_ENCODINGS, ...Object.fromEntries(named) };
  }
}

function createAgent(lookup: LookupFunction | undefined, ca: string | undefined): Agent {
  return new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(lookup && { lookup }), ...(ca !== undefined && { ca }) },
    headersTimeout: IDLE_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connections: CONNECTIONS_PER_ORIGIN,
    maxHeaderSize: HEADERS_LIMIT_BYTES,
  });
}

function toResponse(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  { limitBytes = BODY_LIMIT_BYTES, method }: HttpRequest,
  toError: (error: unknown) => unknown,
): HttpResponse {
  const told = Number(single(headers['content-length']) ?? 0);
  if (told > limitBytes && method !== 'HEAD') {
    leave(body);
    throw new HttpError('http-too-large', `${url.host} answers with ${told} bytes, more than ${limitBytes}`);
  }
  const pieces = toPieces(unpack(body, single(headers['content-encoding'])), limitBytes, toError);
  return {
    status: statusCode,
    url,
    header: (name) => single(headers[name]),
    body: pieces,
    async text() {
      const read = await Array.fromAsync(pieces);
      return Buffer.concat(read).toString('utf8');
    },
    async discard() {
      await body.dump({ limit: SKIPPED_LIMIT_BYTES });
    },
    leave: () => leave(body),
  };
}

function isRepeatable(body: HttpRequest['body']): boolean {
  return typeof body === 'string' || body instanceof Uint8Array;
}

function several(header: string | string[] | undefined): string[] {
  return header === undefined ? [] : [header].flat();
}

function single(header: string | string[] | undefined): string | undefined {
  return several(header)[0];
}

function timedOut(url: URL, deadlineMs: number, cause: unknown): HttpError {
  return new HttpError('http-timeout', `${url.host} took longer than ${deadlineMs} ms`, { cause });
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

function toHttpError(error: unknown, url: URL): HttpError {
  if (error instanceof HttpError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = error instanceof Error ? error.message : String(error);
  if (TIMEOUTS.has(code)) {
    return new HttpError('http-timeout', `${url.host} is silent: ${why}`, { cause: error });
  }
  if (/^(Z_|ERR__?BROTLI|ERR_ZSTD|ZSTD_)/.test(code)) {
    return new HttpError('http-encoding', `the answer of ${url.host} cannot be unpacked: ${why}`, {
      cause: error,
    });
  }
  return new HttpError('http-unreachable', `${url.host} cannot be asked: ${why}`, { cause: error });
}
