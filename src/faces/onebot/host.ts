/** What the OneBot face is handed by the composition. It names no engine, no network and no configuration file. */
import type { Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { Journal } from '../../hub/journal.ts';
import type { Log } from '../../hub/log.ts';
import type { MediaStore } from '../../hub/media.ts';
import type { Authentication } from '../../http/authentication.ts';

export interface OneBotHost {
  hub: HubAccess;
  version: string;
  clock: Clock;
  log: Log;
  /** `head` for where bots begin; the rest for numbers and for how far bots have read. */
  journal: Pick<Journal, 'head' | 'get' | 'set' | 'list'>;
  media: MediaStore;
  authentication: Pick<Authentication, 'tokenCaller'>;
}
