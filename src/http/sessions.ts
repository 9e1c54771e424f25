/**
 * Sessions of people who logged in: durable, so that a restart logs nobody out, and kept as hashes, so that what is in
 * the journal opens nothing. A session belongs to one password: when another is set, also by the command line, it is over.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Access, UserLogin } from '../hub/access.ts';
import type { Journal } from '../hub/journal.ts';

const sessionPrefix = 'session/';
/** A session ends so long after its login. */
const sessionLifeMs = 30 * 24 * 60 * 60 * 1000;
/** Logins at once of one user; for one more the oldest is ended. */
const sessionsPerUser = 32;

type Store = Pick<Journal, 'get' | 'set' | 'list'>;

interface StoredSession {
  user: string;
  passwordId: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface NewSession {
  /** What the cookie holds: 256 random bits, base64url. Not kept anywhere. */
  secret: string;
  expiresAt: number;
}

export class Sessions {
  readonly #store: Store;
  readonly #access: Pick<Access, 'user'>;

  constructor(store: Store, access: Pick<Access, 'user'>) {
    this.#store = store;
    this.#access = access;
  }

  /** Begins a session. Sessions that have expired are removed on the way. */
  async begin(user: Pick<UserLogin, 'name' | 'passwordId'>, now: number): Promise<NewSession> {
    const secret = randomBytes(32).toString('base64url');
    const expiresAt = now + sessionLifeMs;
    const stored: StoredSession = { user: user.name, passwordId: user.passwordId, expiresAt };
    const over = await this.#over(user, now);
    await this.#store.set([
      [toKey(secret), JSON.stringify(stored)],
      ...over.map((key) => [key, undefined] as const),
    ]);
    return { secret, expiresAt };
  }

  /** Whose session it is; undefined when it is none, or is over. */
  async find(secret: string, now: number): Promise<UserLogin | undefined> {
    const value = await this.#store.get(toKey(secret));
    if (value === undefined) return undefined;
    const stored = JSON.parse(value) as StoredSession;
    if (stored.expiresAt <= now) return undefined;
    const user = await this.#access.user(stored.user);
    return user?.passwordId === stored.passwordId ? user : undefined;
  }

  async end(secret: string): Promise<void> {
    await this.#store.set([[toKey(secret), undefined]]);
  }

  /** The keys of sessions that have expired, and of a user's oldest when there are too many. */
  async #over(user: Pick<UserLogin, 'name' | 'passwordId'>, now: number): Promise<string[]> {
    const all = (await this.#store.list(sessionPrefix)).map(
      ([key, value]) => [key, JSON.parse(value) as StoredSession] as const,
    );
    const [live, over] = [
      all.filter(([, { expiresAt }]) => expiresAt > now),
      all.filter(([, { expiresAt }]) => expiresAt <= now),
    ];
    const theirs = live
      .filter(([, session]) => session.user === user.name)
      .toSorted(([, a], [, b]) => b.expiresAt - a.expiresAt);
    return [...over, ...theirs.slice(sessionsPerUser - 1)].map(([key]) => key);
  }
}

function toKey(secret: string): string {
  return sessionPrefix + hash('sha256', secret, 'base64url');
}
