// An account's cookies: kept between requests and restarts, in one value of a store that the caller has. What RFC 6265
// says of domains, paths, expiry and public suffixes is tough-cookie's; this file keeps and bounds them. Cookies without
// an expiry are kept too, as browsers do that reopen their last session: a restart must not cost a login.
import { CookieJar } from 'tough-cookie';

/** The most cookies in all, and of one domain; the longest one. @see RFC 6265 §6.1 for what is the least */
const COOKIES_LIMIT = 500;
const COOKIE_LIMIT_BYTES = 4096;
/** The key of the one value. */
const KEY = 'http-cookies';

/** Small durable values; an account's store is one. */
export interface CookieStore {
  get(key: string): Promise<string | undefined>;
  /** Durable when it resolves. */
  set(key: string, value: string | undefined): Promise<void>;
}

/** The cookies of one store. There must be only one of these for it: each would overwrite what the other kept. */
export class Cookies {
  readonly #store: CookieStore;
  #jar: Promise<CookieJar> | undefined;
  #saving: Promise<void> | undefined;
  #changed = false;

  constructor(store: CookieStore) {
    this.#store = store;
  }

  /** The `Cookie` header for a request; empty where there is none. */
  async headerFor(url: URL): Promise<string> {
    const jar = await this.#opened();
    return jar.getCookieString(url.href);
  }

  /** Takes the `Set-Cookie` headers of an answer. Resolves when they are durable; those that are not valid are left out. */
  async take(headers: readonly string[], url: URL): Promise<void> {
    if (headers.length === 0) return;
    const jar = await this.#opened();
    for (const header of headers) {
      if (Buffer.byteLength(header) > COOKIE_LIMIT_BYTES) continue;
      await jar.setCookie(header, url.href, { ignoreError: true });
    }
    await this.#prune(jar);
    await this.#save(jar);
  }

  #opened(): Promise<CookieJar> {
    this.#jar ??= this.#open();
    return this.#jar;
  }

  async #open(): Promise<CookieJar> {
    try {
      const kept = await this.#store.get(KEY);
      return kept === undefined ? new CookieJar() : await CookieJar.deserialize(kept);
    } catch (error) {
      // The store may answer the next time.
      this.#jar = undefined;
      throw error;
    }
  }

  /** Forgets the cookies that were used the longest ago, if there are too many. */
  async #prune(jar: CookieJar): Promise<void> {
    const cookies = await jar.store.getAllCookies();
    if (cookies.length <= COOKIES_LIMIT) return;
    const byUse = cookies.toSorted((a, b) => toTime(a.lastAccessed) - toTime(b.lastAccessed));
    for (const { domain, path, key } of byUse.slice(0, cookies.length - COOKIES_LIMIT)) {
      await jar.store.removeCookie(domain ?? '', path ?? '/', key);
    }
  }

  /** Writes the cookies as they are when it is this write's turn: many answers at once are two writes. */
  async #save(jar: CookieJar): Promise<void> {
    this.#changed = true;
    // Whether that write failed is told to who asked for it.
    await this.#saving?.catch(() => {});
    if (!this.#changed) return this.#saving;
    this.#changed = false;
    this.#saving = this.#write(jar).finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #write(jar: CookieJar): Promise<void> {
    await this.#store.set(KEY, JSON.stringify(await jar.serialize()));
  }
}

function toTime(date: Date | 'Infinity' | null | undefined): number {
  return date instanceof Date ? date.getTime() : 0;
}
