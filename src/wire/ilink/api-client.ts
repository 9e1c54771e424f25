// Calls Tencent's bot server: one POST of JSON for each. What distinguishes the calls is in `messages.ts`; what they have
// in common (headers, who asks, when an answer is a refusal) is here.
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { HttpError } from '../http/errors.ts';
import type { HttpClient } from '../http/client.ts';
import { IlinkError } from './errors.ts';
import { parseLosslessly } from './lossless-json.ts';
import { qrCodeSchema, qrStatusSchema, type QrStatus } from './messages.ts';

/** The version of the protocol that is spoken: that of Tencent's own client for it. */
const CHANNEL_VERSION = '2.4.9';
/** The same as a number: a byte for each of its parts. */
const CLIENT_VERSION = CHANNEL_VERSION.split('.').reduce((number, part) => number * 256 + Number(part), 0);
const APP_ID = 'bot';
/** What sort of bot the code is for. */
const BOT_TYPE = '3';
const STALE = -14;
const UNAUTHORIZED = 401;
/** Updates come many at once, after an outage. */
const ANSWER_LIMIT_BYTES = 16 * 1024 * 1024;
/** Of what a server said that refused something. */
const WORDS_LIMIT = 200;

export type Call = keyof typeof paths;

const paths = {
  getupdates: 'getupdates',
  sendmessage: 'sendmessage',
  getuploadurl: 'getuploadurl',
  getconfig: 'getconfig',
  sendtyping: 'sendtyping',
  notifystart: 'msg/notifystart',
  notifystop: 'msg/notifystop',
} as const;

export interface ApiClientOptions {
  http: HttpClient;
  /** Of the server, without `/ilink/bot`. */
  url: string;
  /** Who asks, for the server's statistics: `name/version`. */
  agent: string;
  /** How long a call may take that the server answers at once. */
  timeoutMs: number;
  signal: AbortSignal;
}

export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /** The same as a bot that has logged in, on the server that it was given. */
  as(token: string, url: string): BotClient {
    return new BotClient({ ...this.#options, url }, token);
  }

  /** A new code to scan. The server recognises a bot that is still logged in by `tokens`. @throws IlinkError */
  async qrCode(tokens: readonly string[]): Promise<{ name: string; content: string }> {
    const answer = await post(
      this.#options,
      { path: `get_bot_qrcode?bot_type=${BOT_TYPE}`, token: undefined },
      { local_token_list: tokens },
      qrCodeSchema,
    );
    return { name: answer.qrcode, content: answer.qrcode_img_content };
  }

  /**
   * What became of a code: a long poll of `waitMs` at most.
   *
   * @param url where to ask, which the server may change
   * @param code what a person was shown on the phone and typed here, where that is asked for
   * @returns undefined where nothing has happened in the time
   * @throws IlinkError
   */
  async qrStatus(
    name: string,
    { url, code, waitMs }: { url: string; code: string | undefined; waitMs: number },
  ): Promise<QrStatus | undefined> {
    const query = new URLSearchParams({ qrcode: name, ...(code !== undefined && { verify_code: code }) });
    const { agent: _, ...options } = this.#options;
    return whenTimely(
      ask(
        { ...options, url },
        `get_qrcode_status?${query.toString()}`,
        { headers: commonHeaders, waitMs },
        qrStatusSchema,
      ),
    );
  }
}

/** A bot that has logged in. */
export class BotClient {
  readonly #options: ApiClientOptions;
  readonly #token: string;

  constructor(options: ApiClientOptions, token: string) {
    this.#options = options;
    this.#token = token;
  }

  /** @throws IlinkError; the signal's reason when it was aborted */
  async call<Answer>(call: Call, params: object, answer: z.ZodType<Answer>): Promise<Answer> {
    return post(this.#options, { path: paths[call], token: this.#token }, this.#complete(params), answer);
  }

  /** A long poll of `waitMs` at most. @returns undefined where it was not answered in time. @throws IlinkError */
  async poll<Answer>(
    call: Call,
    params: object,
    answer: z.ZodType<Answer>,
    waitMs: number,
  ): Promise<Answer | undefined> {
    const to = { path: paths[call], token: this.#token, waitMs };
    return whenTimely(post(this.#options, to, this.#complete(params), answer));
  }

  #complete(params: object): object {
    return { ...params, base_info: { channel_version: CHANNEL_VERSION, bot_agent: this.#options.agent } };
  }
}

const commonHeaders = { 'iLink-App-Id': APP_ID, 'iLink-App-ClientVersion': String(CLIENT_VERSION) };

interface Asked {
  headers: Readonly<Record<string, string>>;
  body?: string;
  waitMs?: number | undefined;
}

function post<Answer>(
  options: Omit<ApiClientOptions, 'agent'>,
  { path, token, waitMs }: { path: string; token: string | undefined; waitMs?: number },
  body: object,
  answer: z.ZodType<Answer>,
): Promise<Answer> {
  const headers = {
    ...commonHeaders,
    'content-type': 'application/json',
    AuthorizationType: 'ilink_bot_token',
    // A number that is another each time, against replays.
    'X-WECHAT-UIN': Buffer.from(String(randomBytes(4).readUInt32BE())).toString('base64'),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return ask(options, path, { headers, body: JSON.stringify(body), waitMs }, answer);
}

async function ask<Answer>(
  { http, url, timeoutMs, signal }: Omit<ApiClientOptions, 'agent'>,
  path: string,
  { headers, body, waitMs }: Asked,
  answer: z.ZodType<Answer>,
): Promise<Answer> {
  const call = path.replace(/\?.*/, '');
  const deadlineMs = Math.ceil(waitMs ?? timeoutMs);
  let text: string;
  try {
    const response = await http.request(`${url.replace(/\/+$/, '')}/ilink/bot/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body !== undefined && { body }),
      limitBytes: ANSWER_LIMIT_BYTES,
      deadlineMs,
      silenceMs: deadlineMs,
      redirects: 0,
      signal,
    });
    text = await response.text();
    if (response.status !== 200) throw toFailure(call, response.status, text);
  } catch (error) {
    if (error instanceof IlinkError) throw error;
    signal.throwIfAborted();
    const code = isUnsent(error) ? 'ilink-unreachable' : 'ilink-unanswered';
    throw new IlinkError(code, `${call}: no answer`, { cause: error });
  }
  return read(call, text, answer);
}

function read<Answer>(call: string, text: string, answer: z.ZodType<Answer>): Answer {
  let data: unknown;
  try {
    data = text === '' ? {} : parseLosslessly(text);
  } catch (cause) {
    throw new IlinkError('ilink-malformed', `${call} was not answered with JSON`, { cause });
  }
  checkRefusal(call, data);
  const found = answer.safeParse(data);
  if (found.success) return found.data;
  throw new IlinkError('ilink-malformed', `${call} was answered in an unknown form`, { cause: found.error });
}

/** Refusals come with status 200, and a number that is not 0. */
function checkRefusal(call: string, data: unknown): void {
  if (data === null || typeof data !== 'object') return;
  const { ret, errcode, errmsg } = data as { ret?: unknown; errcode?: unknown; errmsg?: unknown };
  const reasons = [ret, errcode].filter((each) => typeof each === 'number' && each !== 0) as number[];
  const [reason] = reasons;
  if (reason === undefined) return;
  const words = typeof errmsg === 'string' ? errmsg.slice(0, WORDS_LIMIT) : '';
  if (reasons.includes(STALE)) {
    throw new IlinkError('ilink-stale', `${call}: the token is stale (errcode -14)`, { ret: STALE });
  }
  throw new IlinkError('ilink-refused', `${call}: ret ${reason} ${words}`.trim(), { ret: reason });
}

function toFailure(call: string, status: number, text: string): IlinkError {
  const message = `${call}: ${status} ${text.slice(0, WORDS_LIMIT)}`.trim();
  if (status === UNAUTHORIZED) return new IlinkError('ilink-stale', message, { status });
  // A server that failed, or another one before it, does not say how far it had got.
  return new IlinkError(status < 500 ? 'ilink-refused' : 'ilink-unanswered', message, { status });
}

/** That a long poll was not answered in time says only that nothing has happened. */
async function whenTimely<Answer>(asking: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (
      error instanceof IlinkError &&
      error.cause instanceof HttpError &&
      error.cause.code === 'http-timeout'
    )
      return undefined;
    throw error;
  }
}

const unsent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a failure shows that nothing has reached the server. */
function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return unsent.has((error as { code?: string }).code ?? '') || isUnsent(error.cause);
}
