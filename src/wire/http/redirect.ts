// Where an answer leads to, and what is asked for there.
import { HttpError } from './errors.ts';

/** What a request says beside its address. */
export interface RequestParts {
  readonly method: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly hasBody: boolean;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What a server gave to be told to itself, not to others. */
const OF_THE_ORIGIN: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);
const OF_THE_BODY: ReadonlySet<string> = new Set(['content-length', 'content-type', 'content-encoding']);

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status);
}

/**
 * The request that follows an answer with this status and `Location`.
 *
 * @throws HttpError `http-redirects` where it leads nowhere, `http-url-invalid` where it leads out of the web
 * @see RFC 9110 §15.4
 */
export function toRedirected<Parts extends RequestParts>(
  from: URL,
  status: number,
  location: string | undefined,
  parts: Parts,
): { url: URL; parts: Parts } {
  const url = location === undefined ? null : URL.parse(location, from);
  if (url === null) throw new HttpError('http-redirects', `${from.host} leads on to no address`);
  checkWebAddress(url);
  const becomesGet = status === 303 ? parts.method !== 'HEAD' : status < 303 && parts.method === 'POST';
  const kept = Object.entries(parts.headers).filter(
    ([name]) =>
      !(url.origin !== from.origin && OF_THE_ORIGIN.has(name)) && !(becomesGet && OF_THE_BODY.has(name)),
  );
  const next = { ...parts, headers: Object.fromEntries(kept) };
  return { url, parts: becomesGet ? { ...next, method: 'GET', hasBody: false } : next };
}

/** @throws HttpError `http-url-invalid` unless it is on http or https and holds no name and password */
export function checkWebAddress(url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new HttpError('http-url-invalid', `${url.protocol} is no address of the web`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new HttpError('http-url-invalid', `an address of ${url.host} holds a name or a password`);
  }
}
