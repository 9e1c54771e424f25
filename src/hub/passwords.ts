/** How people's passwords are kept, and how one is made for somebody who has none. */
import { randomBytes, randomInt, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** What is kept of a password. */
export interface PasswordHash {
  /** base64url. */
  salt: string;
  /** base64url. */
  hash: string;
  cost: { N: number; r: number; p: number };
}

/** 16 MiB and some 50 ms for each try: dear for a guesser, fine for a login. @see RFC 7914 */
const cost = { N: 2 ** 14, r: 8, p: 1 } as const satisfies ScryptOptions;
const saltBytes = 16;
const hashBytes = 32;
/** Without those that are taken for one another. 16 of them are 79 random bits. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const madeLength = 16;

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(saltBytes).toString('base64url');
  const hash = await derive(password, salt, cost);
  return { salt, hash: hash.toString('base64url'), cost };
}

/** Whether this is the password that was kept. Takes as long where none was. */
export async function isPassword(password: string, kept: PasswordHash | undefined): Promise<boolean> {
  const hash = await derive(password, kept?.salt ?? '', kept?.cost ?? cost);
  return timingSafeEqual(hash, kept ? Buffer.from(kept.hash, 'base64url') : Buffer.alloc(hashBytes));
}

/** A new password, in groups of four, to be typed from another screen. */
export function makePassword(): string {
  const characters = Array.from({ length: madeLength }, () => alphabet[randomInt(alphabet.length)]);
  return characters.join('').replace(/(.{4})(?=.)/g, '$1-');
}

function derive(password: string, salt: string, options: ScryptOptions): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, key) =>
    error ? reject(error) : resolve(key),
  );
  return promise;
}
