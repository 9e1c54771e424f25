/** What keeps the hub from being ready: listeners that do not listen yet. Accounts that only connect do not. */
import type { Configuration } from '../config/configuration.ts';
import type { AccountStatus } from '../hub/face.ts';

/** The reasons, in words; nothing when everything that others can come in by is open. */
export function notReady(configuration: Configuration, statuses: readonly AccountStatus[]): string[] {
  return configuration.accounts.flatMap(({ id, listens }) => {
    if (listens.size === 0) return [];
    const state = statuses.find((status) => status.id === id)?.state;
    if (state?.phase === 'online') return [];
    const addresses = [...listens].map(([setting, address]) => `${address} (${setting})`).join(', ');
    return `account ${id} does not listen on ${addresses} yet: ${state?.message ?? state?.phase ?? 'not started'}`;
  });
}
