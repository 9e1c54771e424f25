/** An account's part of the journal's key-value store: cursors, id maps, cookies. */
import type { Journal } from './journal.ts';
import type { AccountId } from './message.ts';
import type { AccountStore } from './network.ts';

export function createAccountStore(
  journal: Pick<Journal, 'get' | 'set' | 'list'>,
  account: AccountId,
): AccountStore {
  const prefix = `account/${account}/`;
  return {
    get: (key) => journal.get(prefix + key),
    set: (key, value) => journal.set([[prefix + key, value]]),
    list: async (under) =>
      (await journal.list(prefix + under)).map(([key, value]) => [key.slice(prefix.length), value]),
  };
}
