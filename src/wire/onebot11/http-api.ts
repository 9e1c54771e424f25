/**
 * Calls over HTTP, one request each.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/http.md
 */
import type { HttpClient, HttpResponse } from '../http/client.ts';
import { HttpError } from '../http/errors.ts';
import type { ActionData, ActionName, ActionParams } from './actions.ts';
import { CALL_TIMEOUT_MS, toData, type CallOptions, type OneBotClient } from './client.ts';
import { ActionError, OneBotError } from './errors.ts';
import { parseAnswer, type Answer } from './frames.ts';
import { RETCODE } from './retcodes.ts';
import { FRAME_LIMIT_BYTES } from './socket.ts';

export interface HttpApiOptions {
  /** Where the actions are: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly http: HttpClient;
  /** How long a call may take. Default 20 s. */
  readonly callTimeoutMs?: number;
  /** Aborted: every call ends, with its reason. */
  readonly signal?: AbortSignal;
}

export class OneBotHttpApi implements OneBotClient {
  readonly #options: HttpApiOptions;

  constructor(options: HttpApiOptions) {
    this.#options = options;
  }

  async call<Name extends ActionName>(
    action: Name,
    params: ActionParams<Name>,
    { timeoutMs = this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS }: CallOptions = {},
  ): Promise<ActionData<Name>> {
    const { url, token, http, signal } = this.#options;
    let text: string;
    try {
      const response = await http.request(`${url.replace(/\/$/, '')}/${action}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(params),
        deadlineMs: timeoutMs,
        limitBytes: FRAME_LIMIT_BYTES,
        redirects: 0,
        ...(signal && { signal }),
      });
      checkStatus(action, response);
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof HttpError ? toOneBotError(action, error) : error;
    }
    return toData(action, toAnswer(action, text));
  }
}

function toAnswer(action: string, text: string): Answer {
  try {
    return parseAnswer(JSON.parse(text));
  } catch (cause) {
    throw new OneBotError('onebot-malformed', `the answer to ${action} is no OneBot 11`, { cause });
  }
}

function checkStatus(action: string, { status, url }: HttpResponse): void {
  if (status === 401 || status === 403) {
    throw new OneBotError('onebot-authentication-failed', `${url.host} answered with the status ${status}`);
  }
  if (status === 404) throw new ActionError(action, RETCODE.unknownAction, 'there is no such action');
  if (status >= 400 && status < 500) throw new ActionError(action, 1000 + status, `status ${status}`);
  if (status !== 200)
    throw new OneBotError('onebot-malformed', `${url.host} answered with the status ${status}`);
}

/** By these a request fails before anything of it was sent. */
const NOT_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function toOneBotError(action: string, error: HttpError): OneBotError {
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (NOT_SENT.has(code)) return new OneBotError('onebot-not-connected', error.message, { cause: error });
  const late = error.code === 'http-timeout';
  const message = `${action} was not answered: ${error.message}`;
  return new OneBotError(late ? 'onebot-timeout' : 'onebot-closed', message, { cause: error });
}
