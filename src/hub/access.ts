/**
 * Who may do what from outside: tokens for programs, users for people. Both live in the journal's key-value store,
 * as hashes only, so that the command line can change them beside a running hub.
 */
import { createHash, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import type { Journal } from './journal.ts';
import type { AccountId } from './message.ts';

export const scopes = ['read', 'send', 'admin'] as const;

/** `read`: what is said and how accounts do. `send`: speak, edit, recall. `admin`: all, settings included. */
export type Scope = (typeof scopes)[number];

export interface Token {
  /** Unique; what its posts are signed with. */
  name: string;
  scopes: readonly Scope[];
  /** The only account it serves; missing is all. */
  account?: AccountId;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export interface UserRecord {
  name: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** What names of tokens and users look like. */
const accessNamePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;
/** Shorter passwords are refused. */
const minPasswordLength = 8;
/** Longer ones too: hashing is work. */
const maxPasswordLength = 1024;

const tokenPrefix = 'token/';
const userPrefix = 'user/';
/** 16 MiB and some 50 ms for each try: dear for a guesser, fine for a login. @see RFC 7914 */
const cost = { N: 2 ** 14, r: 8, p: 1 } as const satisfies ScryptOptions;
const hashBytes = 32;

type Store = Pick<Journal, 'get' | 'set' | 'list'>;

interface StoredToken extends Token {
  id: string;
  /** SHA-256 of the whole token, base64url. Its 256 random bits need no slow hash. */
  hash: string;
}

interface StoredUser extends UserRecord {
  salt: string;
  hash: string;
  cost: { N: number; r: number; p: number };
}

/** Refused: a name that is taken, unknown or malformed, a password too short. `message` says which. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code = 'access-refused';
}

export class Access {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Makes a token. The answer is its only showing: what is kept cannot be turned back into it. */
  async createToken(token: Token): Promise<string> {
    checkName(token.name);
    if (token.scopes.length === 0) throw new AccessError('a token needs at least one scope');
    if (await this.#tokenNamed(token.name)) {
      throw new AccessError(
        `there is a token "${token.name}" already; revoke it first or choose another name`,
      );
    }
    const id = randomBytes(9).toString('hex');
    const text = `hutong_${id}_${randomBytes(32).toString('base64url')}`;
    const stored: StoredToken = { ...token, id, hash: hashToken(text) };
    await this.#store.set([[tokenPrefix + id, JSON.stringify(stored)]]);
    return text;
  }

  /** The token's rights; undefined when it is not one, or was revoked. Takes as long for a wrong one as for a right one. */
  async verifyToken(text: string): Promise<Token | undefined> {
    const id = /^hutong_([0-9a-f]{18})_/.exec(text)?.[1];
    const value = id === undefined ? undefined : await this.#store.get(tokenPrefix + id);
    const stored = value === undefined ? undefined : (JSON.parse(value) as StoredToken);
    const right = timingSafeEqual(fromBase64(hashToken(text)), fromBase64(stored?.hash ?? hashToken('')));
    return right && stored ? toToken(stored) : undefined;
  }

  /** All tokens, by name; their secrets are not known to anybody. */
  async tokens(): Promise<Token[]> {
    const stored = await this.#storedTokens();
    return stored.map(toToken).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Ends a token at once. */
  async revokeToken(name: string): Promise<void> {
    const stored = await this.#tokenNamed(name);
    if (!stored) throw new AccessError(`there is no token "${name}"`);
    await this.#store.set([[tokenPrefix + stored.id, undefined]]);
  }

  /** Adds a user, or gives one that exists a new password. */
  async setUser(user: UserRecord, password: string): Promise<void> {
    checkName(user.name);
    if (password.length < minPasswordLength || password.length > maxPasswordLength) {
      const bounds = `${minPasswordLength} to ${maxPasswordLength} characters`;
      throw new AccessError(`a password has ${bounds}; this one has ${password.length}`);
    }
    const salt = randomBytes(16).toString('base64url');
    const hash = await hashPassword(password, salt, cost);
    const stored: StoredUser = { ...user, salt, hash: hash.toString('base64url'), cost };
    await this.#store.set([[userPrefix + user.name, JSON.stringify(stored)]]);
  }

  /** The user, if the password is right. An unknown name takes as long as a wrong password. */
  async verifyUser(name: string, password: string): Promise<UserRecord | undefined> {
    if (password.length > maxPasswordLength) return undefined;
    const value = await this.#store.get(userPrefix + name);
    const stored = value === undefined ? undefined : (JSON.parse(value) as StoredUser);
    const hash = await hashPassword(password, stored?.salt ?? '', stored?.cost ?? cost);
    const right = timingSafeEqual(hash, stored ? fromBase64(stored.hash) : Buffer.alloc(hashBytes));
    return right && stored ? { name: stored.name, createdAt: stored.createdAt } : undefined;
  }

  async users(): Promise<UserRecord[]> {
    const entries = await this.#store.list(userPrefix);
    return entries.map(([, value]) => {
      const { name, createdAt } = JSON.parse(value) as StoredUser;
      return { name, createdAt };
    });
  }

  async removeUser(name: string): Promise<void> {
    if ((await this.#store.get(userPrefix + name)) === undefined) {
      throw new AccessError(`there is no user "${name}"`);
    }
    await this.#store.set([[userPrefix + name, undefined]]);
  }

  async #storedTokens(): Promise<StoredToken[]> {
    const entries = await this.#store.list(tokenPrefix);
    return entries.map(([, value]) => JSON.parse(value) as StoredToken);
  }

  async #tokenNamed(name: string): Promise<StoredToken | undefined> {
    const stored = await this.#storedTokens();
    return stored.find((token) => token.name === name);
  }
}

/** Whether a token may do this, for this account where one is meant. */
export function allows(token: Token, scope: Scope, account?: AccountId): boolean {
  const scoped = token.scopes.includes(scope) || token.scopes.includes('admin');
  return scoped && (token.account === undefined || account === undefined || token.account === account);
}

function checkName(name: string): void {
  if (accessNamePattern.test(name)) return;
  throw new AccessError(`"${name}" is no name: expected letters, digits and . _ @ -, at most 64`);
}

function toToken({ name, scopes: held, account, createdAt }: StoredToken): Token {
  return { name, scopes: held, createdAt, ...(account === undefined ? {} : { account }) };
}

function hashToken(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

function hashPassword(password: string, salt: string, options: ScryptOptions): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, key) =>
    error ? reject(error) : resolve(key),
  );
  return promise;
}
