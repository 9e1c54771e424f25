/** Calls a server's methods, as one login. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { HttpError } from '../http/errors.ts';
import type { HttpClient } from '../http/client.ts';
import { SatoriError } from './errors.ts';
import type { Method } from './methods.ts';

const answerLimitBytes = 16 * 1024 * 1024;
/** Of what a server said that refused something. */
const wordsLimit = 200;

export interface ApiClientOptions {
  http: HttpClient;
  /** Of the server, without `/v1`; no slash at its end. */
  url: string;
  token: string | undefined;
  login: { platform: string; userId: string };
  timeoutMs: number;
  signal: AbortSignal;
}

export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /** @throws SatoriError; the signal's reason when it was aborted */
  async call<Data>(method: Method, params: object, answer: z.ZodType<Data>): Promise<Data> {
    const text = await this.#post(method, JSON.stringify(params), 'application/json');
    let data: unknown;
    try {
      data = text === '' ? undefined : JSON.parse(text);
    } catch (cause) {
      throw new SatoriError('satori-malformed', `${method} was not answered with JSON`, { cause });
    }
    const read = answer.safeParse(data);
    if (read.success) return read.data;
    throw new SatoriError('satori-malformed', `${method} was answered in an unknown form`, {
      cause: read.error,
    });
  }

  /** Hands a file over; resolves with the address by which a content names it. @throws SatoriError */
  async upload(
    content: AsyncIterable<Uint8Array>,
    { name, mime }: { name: string; mime: string },
  ): Promise<string> {
    const boundary = `hutong-${randomUUID()}`;
    const type = `multipart/form-data; boundary=${boundary}`;
    const body = Readable.from(toForm(content, boundary, name, mime), { objectMode: false });
    const text = await this.#post('upload.create', body, type);
    const read = uploadAnswer.safeParse(text === '' ? undefined : JSON.parse(text));
    const [link] = read.success ? Object.values(read.data) : [];
    if (link !== undefined) return link;
    throw new SatoriError('satori-malformed', 'upload.create was answered in an unknown form');
  }

  /** What the request's headers say: who asks, and as whom. */
  headers(): Record<string, string> {
    const { token, login } = this.#options;
    return {
      'satori-platform': login.platform,
      'satori-user-id': login.userId,
      // Of servers before 1.2.
      'x-platform': login.platform,
      'x-self-id': login.userId,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  async #post(method: Method, body: string | Readable, type: string): Promise<string> {
    const { http, url, timeoutMs, signal } = this.#options;
    try {
      const response = await http.request(`${url}/v1/${method}`, {
        method: 'POST',
        headers: { ...this.headers(), 'content-type': type },
        body,
        limitBytes: answerLimitBytes,
        deadlineMs: timeoutMs,
        redirects: 0,
        signal,
      });
      const text = await response.text();
      if (response.status >= 200 && response.status < 300) return text;
      throw toRefusal(method, response.status, text, response.header('retry-after'));
    } catch (error) {
      if (error instanceof SatoriError) throw error;
      signal.throwIfAborted();
      const code = isUnsent(error) ? 'satori-unreachable' : 'satori-unanswered';
      throw new SatoriError(code, `${method}: no answer`, { cause: error });
    }
  }
}

const uploadAnswer = z.union([z.array(z.string()), z.record(z.string(), z.string())]);

/** @see RFC 7578 */
async function* toForm(
  content: AsyncIterable<Uint8Array>,
  boundary: string,
  name: string,
  mime: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const fileName = name.replace(/[\r\n]/g, ' ').replaceAll('"', '%22');
  yield Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\ncontent-type: ${mime}\r\n\r\n`,
  );
  yield* content;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

const unsent: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether a failure shows that nothing has reached the server. */
function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof HttpError && error.code !== 'http-unreachable' && error.code !== 'http-timeout') {
    return error.code === 'http-url-invalid' || error.code === 'http-address-refused';
  }
  return unsent.has((error as { code?: string }).code ?? '') || isUnsent(error.cause);
}

function toRefusal(method: Method, status: number, text: string, after: string | undefined): SatoriError {
  const seconds = Number(after);
  const options = { status, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
  const code = status === 401 ? 'satori-authentication-failed' : 'satori-refused';
  return new SatoriError(code, `${method}: ${status} ${text.slice(0, wordsLimit)}`.trim(), options);
}
