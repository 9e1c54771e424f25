/**
 * What keeps the hub from being ready: listeners that do not listen yet, a journal that refuses what is said. Accounts
 * that only connect do not.
 */
import type { AccountConfiguration, Configuration } from '../config/configuration.ts';
import { sleep, type Clock } from '../hub/clock.ts';
import { HutongError } from '../hub/errors.ts';
import type { AccountStatus } from '../hub/face.ts';

/** How long the start waits for listeners before it says what listens, and how often it looks. */
const settleLimitMs = 1_000;
const lookEveryMs = 10;

/** The accounts that others come in by and cannot, each with why. */
export function notListening(
  { accounts }: Configuration,
  statuses: readonly AccountStatus[],
): Map<AccountConfiguration, string> {
  const found = new Map<AccountConfiguration, string>();
  for (const account of accounts) {
    const state = statuses.find(({ id }) => id === account.id)?.state;
    if (account.listens.size === 0 || state?.phase === 'online') continue;
    found.set(account, state?.message ?? state?.phase ?? 'not started');
  }
  return found;
}

/**
 * The reasons, in words; `failure` is why the journal refuses what is said. Nothing when everything that others can come in by is open, and
 * the journal takes it.
 */
export function notReady(
  configuration: Configuration,
  accounts: readonly AccountStatus[],
  failure: Error | undefined,
): string[] {
  const listeners = [...notListening(configuration, accounts)].map(([{ id, listens }, why]) => {
    const addresses = [...listens].map(([setting, address]) => `${address} (${setting})`).join(', ');
    return `account ${id} does not listen on ${addresses} yet: ${why}`;
  });
  if (failure === undefined) return listeners;
  // Its message names a file, and whoever reaches the web server may ask.
  const code = failure instanceof HutongError ? ` (${failure.code})` : '';
  return [...listeners, `the journal does not take what is said${code}; the log says why`];
}

/** Resolves when every listener listens or has said why it cannot, within a bound. */
export async function listenersSettled(
  configuration: Configuration,
  statuses: () => readonly AccountStatus[],
  clock: Clock,
): Promise<void> {
  const untilMs = clock.monotonicMs() + settleLimitMs;
  const unsettled = (): boolean =>
    [...notListening(configuration, statuses()).keys()].some(
      ({ id }) => statuses().find((status) => status.id === id)?.state.phase === 'connecting',
    );
  while (unsettled() && clock.monotonicMs() < untilMs) await sleep(clock, lookEveryMs);
}
