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

export interface Readiness {
  accounts: readonly AccountStatus[];
  /** The kinds of faces whose own listeners do not listen. */
  shutFaces: ReadonlySet<string>;
  /** Why the journal refuses what is said. */
  appendFailure: Error | undefined;
}

/** The reasons, in words. Nothing when everything that others can come in by is open, and the journal takes what is said. */
export function notReady(
  configuration: Configuration,
  { accounts, shutFaces, appendFailure }: Readiness,
): string[] {
  const shutAccounts = [...notListening(configuration, accounts)].map(
    ([{ id, listens }, why]) => `account ${id} does not listen on ${describe(listens)} yet: ${why}`,
  );
  const shut = [...configuration.faceListeners].flatMap(([kind, listens]) =>
    shutFaces.has(kind) ? [`face ${kind} does not listen on ${describe(listens)} yet; the log says why`] : [],
  );
  if (appendFailure === undefined) return [...shutAccounts, ...shut];
  // Its message names a file, and whoever reaches the web server may ask.
  const code = appendFailure instanceof HutongError ? ` (${appendFailure.code})` : '';
  return [...shutAccounts, ...shut, `the journal does not take what is said${code}; the log says why`];
}

function describe(listens: ReadonlyMap<string, string>): string {
  return [...listens].map(([setting, address]) => `${address} (${setting})`).join(', ');
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
