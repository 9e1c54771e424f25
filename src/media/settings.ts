/** What the media store needs from the configuration and from the hub around it. */
import type { Clock } from '../hub/clock.ts';
import type { Log } from '../hub/log.ts';
import type { AccountId } from '../hub/message.ts';
import type { AddressGuard } from '../wire/http/address-guard.ts';
import type { CookieStore } from '../wire/http/cookies.ts';
import type { CleaningLimits } from './cleaning.ts';

export interface MediaSettings extends CleaningLimits {
  /** The largest file. */
  fileLimitBytes: number;
}

export interface MediaStoreOptions {
  /** Where the files are. Made if it is not there. */
  folder: string;
  settings: MediaSettings;
  clock: Clock;
  log: Log;
  /** By which browsers reach the hub, without a slash at its end. */
  readonly baseUrl: () => string;
  /** What of other people's addresses may be fetched. */
  guard: AddressGuard;
  /** Where an account's cookies are kept; missing: fetching goes without. */
  readonly cookies?: (account: AccountId) => CookieStore;
  /** The ids of files that messages on their way refer to. Asked only when something is to be removed. */
  readonly inUse?: () => Promise<ReadonlySet<string>>;
}
