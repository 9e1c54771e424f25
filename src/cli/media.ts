/** The media store of a hub that runs. */
import { join } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import { createAccountStore } from '../hub/account-store.ts';
import { formatAddress, isLoopback, type ListenAddress } from '../hub/address.ts';
import type { Clock } from '../hub/clock.ts';
import type { Journal } from '../hub/journal.ts';
import type { Log } from '../hub/log.ts';
import { mediaAddressesOf } from '../hub/media.ts';
import { FolderMediaStore } from '../media/store.ts';
import { AddressGuard } from '../wire/http/address-guard.ts';

/** Deliveries read at a time. */
const pageLimit = 500;
/** Addresses that mean all of a machine's own. */
const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export interface MediaOptions {
  configuration: Pick<Configuration, 'http' | 'media' | 'dataFolder'>;
  journal: Pick<Journal, 'deliveries' | 'get' | 'set' | 'list'>;
  clock: Clock;
  log: Log;
  /** Where the web server listens; asked only once it does. */
  readonly address: () => ListenAddress;
}

/** @throws MediaError when the folder cannot be used */
export async function openMedia(options: MediaOptions): Promise<FolderMediaStore> {
  const { configuration, journal, clock, log } = options;
  const { http, media, dataFolder } = configuration;
  const { allow, ...settings } = media;
  if (http.url === undefined && (!isLoopback(http.listen.host) || http.proxy.length > 0)) {
    log.warn({}, 'http.url is not set: links to files may open on this machine only');
  }
  const store: FolderMediaStore = await FolderMediaStore.open({
    folder: join(dataFolder, 'media'),
    settings,
    clock,
    log,
    guard: new AddressGuard({ allow }),
    baseUrl: () => http.url ?? toBaseUrl(options.address(), http.tls !== undefined),
    cookies: (account) => createAccountStore(journal, account),
    inUse: async () => {
      const ids = await Array.fromAsync(addressesInUse(journal), (address) => store.idOf(address));
      return new Set(ids.filter((id) => id !== undefined));
    },
  });
  return store;
}

function toBaseUrl({ host, port }: ListenAddress, hasTls: boolean): string {
  const own = everyAddress.has(host) ? '127.0.0.1' : host;
  return `${hasTls ? 'https' : 'http'}://${formatAddress({ host: own, port })}`;
}

/** The addresses of files in messages that still have to go out, or that somebody may set going again. */
async function* addressesInUse(journal: Pick<Journal, 'deliveries'>): AsyncGenerator<string> {
  const states = ['pending', 'sending', 'parked', 'unknown'] as const;
  for (let after = 0; ;) {
    const page = await journal.deliveries({ states }, after, pageLimit);
    if (page.length === 0) return;
    for (const { event } of page) {
      if (event.kind === 'message' || event.kind === 'edit') yield* mediaAddressesOf(event.body);
    }
    after = page.at(-1)!.id;
  }
}
