/** Who may come in, as a hub's web server and its faces are told: over a test's journal, and without a proxy. */
import { Access } from '../../src/hub/access.ts';
import { createAddressList } from '../../src/hub/address.ts';
import type { Clock } from '../../src/hub/clock.ts';
import type { Journal } from '../../src/hub/journal.ts';
import { Authentication } from '../../src/http/authentication.ts';
import { Origins } from '../../src/http/origins.ts';
import { Sessions } from '../../src/http/sessions.ts';

export function createAuthentication(journal: Journal, clock: Clock) {
  const access = new Access(journal);
  const origins = new Origins({ proxies: createAddressList([]) });
  const sessions = new Sessions(journal, access);
  return { access, origins, authentication: new Authentication({ access, sessions, origins, clock }) };
}
