/** One request to the hub, with the session's cookie, and its failure as an error that can be shown. */
import { signal } from '@preact/signals';
import { words } from '../i18n/words.ts';

/** How long an answer is waited for. */
const patienceMs = 30_000;

/** Set when an answer says that nobody is logged in (any more): the shell then shows the login. */
export const sessionLost = signal(false);

/** What the types of the hub's own problems begin with; a house has codes of its own. */
const problemType = 'urn:hutong:problem:';

/** Where a 401 is about the person's session; a house has sessions of its own. */
const ownSession = /^\/(v1|api)\//;

/**
 * The hub refused, or could not be reached (`status` 0). `message` is for people: its first line says what is wrong, what
 * follows is the hub's own words for it.
 */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: number;
  /** The problem as the hub told it (RFC 9457), or nothing. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    status: number,
    problem: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.status = status;
    this.problem = problem;
  }
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a Blob is sent as it is. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/**
 * Asks, and answers the JSON; `undefined` where there is none (204).
 *
 * @throws CallError
 */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text().catch((cause: unknown) => {
    throw new CallError(words().connection.brokeOff, 0, {}, cause);
  });
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/**
 * Asks, and answers the response once its head is there and says that all is well.
 *
 * @throws CallError
 */
export async function send(path: string, options: CallOptions = {}): Promise<Response> {
  const { method = 'GET', body, headers = {} } = options;
  const isRaw = body instanceof Blob;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
      signal: options.signal ?? AbortSignal.timeout(patienceMs),
    });
  } catch (cause) {
    throw new CallError(words().connection.noAnswer, 0, {}, cause);
  }
  if (response.ok) return response;
  if (response.status === 401 && ownSession.test(path)) sessionLost.value = true;
  throw await toCallError(response);
}

async function toCallError(response: Response): Promise<CallError> {
  let problem: Record<string, unknown> = {};
  try {
    problem = (await response.json()) as Record<string, unknown>;
  } catch {
    // An answer that is no JSON (a proxy's page): the status says as much as there is.
  }
  const told = [problem['detail'], problem['explanation'], problem['title'], problem['message']].find(
    (text): text is string => typeof text === 'string' && text !== '',
  );
  const { code, type } = problem;
  const detail = told ?? `${response.status} ${response.statusText}`;
  const { hub } = words();
  const message =
    typeof code === 'string' && String(type).startsWith(problemType)
      ? hub.problem(code, detail)
      : hub.said(detail);
  return new CallError(message, response.status, problem);
}

/** Words for whatever was thrown. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A path's query, without what is undefined or empty; a list repeats its parameter. */
export function toQuery(
  values: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    for (const each of typeof value === 'object' ? value : [value]) {
      if (each !== undefined && each !== '') query.append(key, String(each));
    }
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
