/**
 * What a token looks like and what is kept of it: a hash, from which nobody can make the token, under an id that the token
 * itself tells.
 */
import { hash as digest, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

/** `wechaty`: as Wechaty's clients need it, `insecure_` and a UUID. */
export type TokenForm = 'hutong' | 'wechaty';

const hutongPattern = /^hutong_([0-9a-f]{18})_/;
const wechatyPattern = /^insecure_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const idBytes = 9;
const secretBytes = 32;
const hashBytes = 32;
/** Of no token. */
const noHash = Buffer.alloc(hashBytes);

/** A new token. */
export function makeToken(form: TokenForm): string {
  if (form === 'wechaty') return `insecure_${randomUUID()}`;
  return `hutong_${randomBytes(idBytes).toString('hex')}_${randomBytes(secretBytes).toString('base64url')}`;
}

/** Under which a token is kept, 18 hexadecimal digits; undefined for what is none. */
export function toTokenId(text: string): string | undefined {
  const told = hutongPattern.exec(text)?.[1];
  if (told !== undefined || !wechatyPattern.test(text)) return told;
  // A UUID has no part that is not secret.
  return digest('sha256', `id of ${text}`).slice(0, 2 * idBytes);
}

/** SHA-256 of the whole token. Its 256 (or, as a UUID, 122) random bits need no slow hash. */
export function hashToken(text: string): Buffer {
  return digest('sha256', text, 'buffer');
}

/** Whether this is the token that was kept. Takes as long where none was. */
export function isTokenOf(text: string, kept: Buffer | undefined): boolean {
  return timingSafeEqual(hashToken(text), kept ?? noHash);
}
