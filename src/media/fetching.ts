/** Files from other people's servers: over one client for each account, whose cookies it keeps. */
import { MediaError } from '../hub/errors.ts';
import type { MediaAbout } from '../hub/media.ts';
import type { AccountId } from '../hub/message.ts';
import { HttpClient } from '../wire/http/client.ts';
import { Cookies } from '../wire/http/cookies.ts';
import { toMediaError } from './errors.ts';
import { nameOfDisposition, nameOfUrl } from './file-name.ts';
import type { MediaStoreOptions } from './settings.ts';

/** How long a file may take to come: at the default limit a server that sends 160 kB/s is still fast enough. */
const fetchDeadlineMs = 10 * 60_000;

export class MediaFetching implements AsyncDisposable {
  readonly #options: Pick<MediaStoreOptions, 'guard' | 'cookies'>;
  /** Of no account, under the empty name. */
  readonly #clients = new Map<AccountId, HttpClient>();

  constructor(options: Pick<MediaStoreOptions, 'guard' | 'cookies'>) {
    this.#options = options;
  }

  /**
   * The bytes behind an address as they come, and the name that the server or the address gives them. `leave` ends them
   * early; calling it at their end is no harm.
   *
   * @throws MediaError, also while the bytes are read
   */
  async fetch(
    url: string,
    limitBytes: number,
    { account = '', signal }: MediaAbout & { account?: AccountId },
  ): Promise<{ content: AsyncIterable<Uint8Array>; name: string | undefined; leave: () => void }> {
    try {
      const response = await this.#client(account).request(url, {
        limitBytes,
        deadlineMs: fetchDeadlineMs,
        ...(signal && { signal }),
      });
      const { status, body } = response;
      if (status === 200) {
        const name = nameOfDisposition(response.header('content-disposition')) ?? nameOfUrl(response.url);
        return { content: body, name, leave: () => response.leave() };
      }
      await response.discard();
      throw new MediaError('media-unreachable', `${response.url.host} answers with the status ${status}`);
    } catch (error) {
      signal?.throwIfAborted();
      throw toMediaError(error, 'a file could not be fetched');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client[Symbol.asyncDispose]()));
  }

  #client(account: AccountId): HttpClient {
    const known = this.#clients.get(account);
    if (known) return known;
    const { guard, cookies } = this.#options;
    const kept = account === '' ? undefined : cookies?.(account);
    const made = new HttpClient({ guard, ...(kept && { cookies: new Cookies(kept) }) });
    this.#clients.set(account, made);
    return made;
  }
}
