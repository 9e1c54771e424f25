/**
 * Who may come in: the token of a request, and the signature of what is posted.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/authorization.md
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The token that a request brings: `Authorization: Bearer`, `Authorization: Token`, or `?access_token=`. */
export function findToken(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const bearer = /^(?:Bearer|Token)\s+(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  return bearer ?? query.get('access_token') ?? undefined;
}

/** Compares without telling by its time how much of it was right. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

/** The `X-Signature` of a body. @param body exactly the bytes that are sent */
export function toSignature(body: Uint8Array, secret: string): string {
  return `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`;
}

/** Whether a body is signed by this secret. */
export function isSigned(body: Uint8Array, signature: string | undefined, secret: string): boolean {
  return signature !== undefined && isSameSecret(signature.toLowerCase(), toSignature(body, secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
