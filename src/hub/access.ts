/**
 * Who may do what from outside: tokens for programs, users for people. Both live in the journal's key-value store,
 * so that the command line can change them beside a running hub, and as hashes only. The one exception is the first
 * administrator's one-time password, which is kept until it has been replaced, so that each start can show it again.
 */
import type { Journal } from './journal.ts';
import type { AccountId, RoomRef } from './message.ts';
import { hashPassword, isPassword, makePassword, type PasswordHash } from './passwords.ts';
import { RecentMap } from './recent-map.ts';
import { hashToken, isTokenOf, makeToken, toTokenId, type TokenForm } from './token-text.ts';

export const scopes = ['read', 'send', 'admin'] as const;

/**
 * `read`: what is said and how accounts do. `send`: speak, edit, recall. `admin`: all, settings and the private mail between
 * people included.
 */
export type Scope = (typeof scopes)[number];

export interface Token {
  /** Unique; what its posts are signed with. */
  name: string;
  scopes: readonly Scope[];
  /** The only account it serves; missing is all. */
  account?: AccountId;
  /** The only rooms it serves; missing is all. */
  rooms?: readonly RoomRef[];
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** What a token's owner is shown of it. */
export interface TokenRecord extends Token {
  /** Milliseconds since the epoch, to the minute; missing while it was never used. */
  usedAt?: number;
}

export const roles = ['user', 'admin'] as const;

/** `user`: reads and speaks. `admin`: all, settings included. */
export type Role = (typeof roles)[number];

export interface UserRecord {
  name: string;
  role: Role;
  /** The password was made by the hub: nothing else is open until the user has chosen another. */
  mustChange?: true;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** A user with what tells one password of theirs from the next. */
export interface UserLogin extends UserRecord {
  /** Changes with every password that is set. No secret. */
  passwordId: string;
}

/** What a first administrator logs in with. */
export interface FirstLogin {
  name: string;
  password: string;
}

/** What names of tokens and users look like. */
const accessNamePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;
/** Shorter passwords are refused. */
const minPasswordLength = 8;
/** Longer ones too: hashing is work. */
const maxPasswordLength = 1024;

const tokenPrefix = 'token/';
/** Beside each token: when it was last used. */
const tokenUsePrefix = 'token-used/';
/** A use is written down at most so often for each token. */
const noteUseEveryMs = 60_000;
const userPrefix = 'user/';
const firstLoginKey = 'login/first';
const firstAdministrator = 'admin';
/** Tokens that are used again and again are taken apart once. */
const parsedTokens = 1_000;

interface Store extends Pick<Journal, 'get' | 'set' | 'list'> {
  /** What `get` would tell, where that is known at once; see `FreshValues`. */
  known?(key: string): string | undefined;
}

interface StoredToken extends Token {
  id: string;
  /** See `hashToken`; base64url. */
  hash: string;
}

interface ParsedToken {
  id: string;
  hash: Buffer;
  token: Token;
}

/** A token that was right, and by what. */
interface VerifiedToken {
  key: string;
  /** What was kept of it. */
  value: string;
  parsed: ParsedToken;
}

interface StoredUser extends Omit<UserRecord, 'role'>, PasswordHash {
  /** Missing in what was written before there were roles. */
  role?: Role;
}

/** Refused: a name that is taken, unknown or malformed, a password too short. `message` says which. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code = 'access-refused';
}

export class Access {
  readonly #store: Store;
  /** When the use of each token was last written down, by its id. */
  readonly #notedAt = new Map<string, number>();
  /** What is kept of tokens, taken apart, by what is kept. */
  readonly #parsed = new RecentMap<ParsedToken>(parsedTokens);
  /** Tokens that were right, by their text: no other text leads to one. In memory only. */
  readonly #verified = new RecentMap<VerifiedToken>(parsedTokens);

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Makes a token. The answer is its only showing: what is kept cannot be turned back into it.
   *
   * @param form `wechaty`: as Wechaty's clients need it, `insecure_` and a UUID
   */
  async createToken(token: Token, form: TokenForm = 'hutong'): Promise<string> {
    checkName(token.name);
    if (token.scopes.length === 0) throw new AccessError('a token needs at least one scope');
    if (await this.#tokenNamed(token.name)) {
      throw new AccessError(
        `there is a token "${token.name}" already; revoke it first or choose another name`,
      );
    }
    const text = makeToken(form);
    const id = toTokenId(text)!;
    const stored: StoredToken = { ...token, id, hash: hashToken(text).toString('base64url') };
    await this.#store.set([[tokenPrefix + id, JSON.stringify(stored)]]);
    return text;
  }

  /**
   * The token's rights; undefined when it is not one, or was revoked. Takes as long for a wrong one as for a right one.
   * `usedAt`, milliseconds since the epoch, is noted as its last use.
   */
  async verifyToken(text: string, usedAt?: number): Promise<Token | undefined> {
    const id = toTokenId(text);
    const key = tokenPrefix + (id ?? '');
    const value = id === undefined ? undefined : await this.#store.get(key);
    const parsed = value === undefined ? undefined : this.#parse(value);
    const right = isTokenOf(text, parsed?.hash);
    if (!right || value === undefined || !parsed) return undefined;
    this.#verified.set(text, { key, value, parsed });
    if (usedAt !== undefined) this.#noteUse(parsed.id, usedAt);
    return parsed.token;
  }

  /**
   * As `verifyToken`, but at once, for one that was right a moment ago, when its use was noted. Undefined says nothing:
   * `verifyToken` tells.
   */
  knownToken(text: string): Token | undefined {
    const verified = this.#verified.get(text);
    if (!verified || this.#store.known?.(verified.key) !== verified.value) return undefined;
    return verified.parsed.token;
  }

  /** All tokens, by name; their secrets are not known to anybody. */
  async tokens(): Promise<TokenRecord[]> {
    const [stored, uses] = await Promise.all([this.#storedTokens(), this.#store.list(tokenUsePrefix)]);
    const usedAt = new Map(uses.map(([key, at]) => [key.slice(tokenUsePrefix.length), Number(at)]));
    return stored
      .map((token): TokenRecord => {
        const used = usedAt.get(token.id);
        return used === undefined ? toToken(token) : { ...toToken(token), usedAt: used };
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Ends a token at once. */
  async revokeToken(name: string): Promise<void> {
    const stored = await this.#tokenNamed(name);
    if (!stored) throw new AccessError(`there is no token "${name}"`);
    this.#notedAt.delete(stored.id);
    await this.#store.set([
      [tokenPrefix + stored.id, undefined],
      [tokenUsePrefix + stored.id, undefined],
    ]);
  }

  /**
   * Adds a user, or gives one that exists a new password, and a new role if one is named. Who is added without a role
   * is no administrator. Every session of the user that there was is over.
   */
  async setUser(
    user: Omit<UserRecord, 'role' | 'mustChange'> & { role?: Role },
    password: string,
  ): Promise<void> {
    checkName(user.name);
    if (password.length < minPasswordLength || password.length > maxPasswordLength) {
      const bounds = `${minPasswordLength} to ${maxPasswordLength} characters`;
      throw new AccessError(`a password has ${bounds}; this one has ${password.length}`);
    }
    const [before, first] = await Promise.all([this.user(user.name), this.#firstLogin()]);
    const role = user.role ?? before?.role ?? 'user';
    await this.#store.set([
      [userPrefix + user.name, await toStoredUser({ ...user, role }, password)],
      ...(first?.name === user.name ? [[firstLoginKey, undefined] as const] : []),
    ]);
  }

  /**
   * The one-time password of the first administrator, made when there is no administrator; the same at each call until
   * it has been replaced or there is another administrator. Undefined where none is needed, or where the name that it
   * would have belongs to a user already.
   */
  async firstLogin(createdAt: number): Promise<FirstLogin | undefined> {
    const [users, first] = await Promise.all([this.users(), this.#firstLogin()]);
    const others = users.filter(({ name, role }) => role === 'admin' && name !== first?.name);
    if (first) {
      if (others.length === 0) return first;
      // Somebody was made administrator meanwhile; a password that was printed somewhere opens nothing any more.
      await this.removeUser(first.name);
      return undefined;
    }
    if (others.length > 0 || users.some(({ name }) => name === firstAdministrator)) return undefined;
    const made: FirstLogin = { name: firstAdministrator, password: makePassword() };
    const user: UserRecord = { name: made.name, role: 'admin', mustChange: true, createdAt };
    await this.#store.set([
      [userPrefix + made.name, await toStoredUser(user, made.password)],
      [firstLoginKey, JSON.stringify(made)],
    ]);
    return made;
  }

  /** The user of that name. */
  async user(name: string): Promise<UserLogin | undefined> {
    const value = await this.#store.get(userPrefix + name);
    return value === undefined ? undefined : toUserLogin(JSON.parse(value) as StoredUser);
  }

  /** The user, if the password is right. An unknown name takes as long as a wrong password. */
  async verifyUser(name: string, password: string): Promise<UserLogin | undefined> {
    if (password.length > maxPasswordLength) return undefined;
    const value = await this.#store.get(userPrefix + name);
    const stored = value === undefined ? undefined : (JSON.parse(value) as StoredUser);
    const right = await isPassword(password, stored);
    return right && stored ? toUserLogin(stored) : undefined;
  }

  async users(): Promise<UserRecord[]> {
    const entries = await this.#store.list(userPrefix);
    return entries.map(([, value]) => toUserRecord(JSON.parse(value) as StoredUser));
  }

  async removeUser(name: string): Promise<void> {
    if ((await this.#store.get(userPrefix + name)) === undefined) {
      throw new AccessError(`there is no user "${name}"`);
    }
    const first = await this.#firstLogin();
    await this.#store.set([
      [userPrefix + name, undefined],
      ...(first?.name === name ? [[firstLoginKey, undefined] as const] : []),
    ]);
  }

  #parse(value: string): ParsedToken {
    const known = this.#parsed.get(value);
    if (known) return known;
    const stored = JSON.parse(value) as StoredToken;
    const parsed = { id: stored.id, hash: Buffer.from(stored.hash, 'base64url'), token: toToken(stored) };
    this.#parsed.set(value, parsed);
    return parsed;
  }

  #noteUse(id: string, usedAt: number): void {
    if (usedAt - (this.#notedAt.get(id) ?? -Infinity) < noteUseEveryMs) return;
    this.#notedAt.set(id, usedAt);
    // Who used the token does not wait for it, nor fails with it; its next use is written a minute later.
    this.#store.set([[tokenUsePrefix + id, String(usedAt)]]).catch(() => {});
  }

  async #firstLogin(): Promise<FirstLogin | undefined> {
    const value = await this.#store.get(firstLoginKey);
    return value === undefined ? undefined : (JSON.parse(value) as FirstLogin);
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

/** Whether a token may do this, for this account and this room where they are meant. */
export function allows(
  { scopes: held, account: only, rooms }: Pick<Token, 'scopes' | 'account' | 'rooms'>,
  scope: Scope,
  account?: AccountId,
  room?: RoomRef,
): boolean {
  const scoped = held.includes(scope) || held.includes('admin');
  return (
    scoped &&
    (only === undefined || account === undefined || only === account) &&
    (rooms === undefined || room === undefined || rooms.includes(room))
  );
}

/** What a user of this role may do, in a token's words. */
export function toScopes(role: Role): readonly Scope[] {
  return role === 'admin' ? ['admin'] : ['read', 'send'];
}

function checkName(name: string): void {
  if (accessNamePattern.test(name)) return;
  throw new AccessError(`"${name}" is no name: expected letters, digits and . _ @ -, at most 64`);
}

function toToken({ name, scopes: held, account, rooms, createdAt }: StoredToken): Token {
  return {
    name,
    scopes: held,
    createdAt,
    ...(account === undefined ? {} : { account }),
    ...(rooms === undefined ? {} : { rooms }),
  };
}

function toUserRecord({ name, role, mustChange, createdAt }: StoredUser): UserRecord {
  return { name, role: role ?? 'user', createdAt, ...(mustChange === undefined ? {} : { mustChange }) };
}

function toUserLogin(stored: StoredUser): UserLogin {
  return { ...toUserRecord(stored), passwordId: stored.salt };
}

async function toStoredUser(user: UserRecord, password: string): Promise<string> {
  return JSON.stringify({ ...user, ...(await hashPassword(password)) } satisfies StoredUser);
}
