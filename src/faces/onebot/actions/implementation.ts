/** What a bot asks of its implementation itself. A bot can neither end an account nor learn its secrets. */
import type { Actions, Parts } from './action.ts';
import { unsupported } from './action.ts';
import { seesAccount, type Bot } from '../rights.ts';

type ImplementationAction =
  | 'get_status'
  | 'get_version_info'
  | 'set_restart'
  | 'clean_cache'
  | 'get_cookies'
  | 'get_csrf_token'
  | 'get_credentials';

export function createImplementationActions({ host }: Parts): Actions<ImplementationAction> {
  return {
    get_status: { scope: 'read', run: async (_, bot) => toStatus(host.hub, bot) },
    get_version_info: {
      scope: 'read',
      run: async () => ({ app_name: 'hutong', app_version: host.version, protocol_version: 'v11' }),
    },
    // Accounts are the hub's, which keeps them running by itself: there is nothing to restart, and no cache.
    set_restart: { scope: 'read', run: async () => null },
    clean_cache: { scope: 'read', run: async () => null },
    get_cookies: unsupported('give away what accounts log in with'),
    get_csrf_token: unsupported('give away what accounts log in with'),
    get_credentials: unsupported('give away what accounts log in with'),
  };
}

/** `online` as the account's network last proved it; of the whole hub, if any account is. */
export function toStatus(hub: Pick<Parts['host']['hub'], 'accounts'>, bot: Bot) {
  const online = hub.accounts().some(({ id, state }) => seesAccount(bot, id) && state.phase === 'online');
  return { online, good: true };
}
