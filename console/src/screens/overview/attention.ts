/** What needs a person, worst first. */
import type { WireAccount } from '../../../../src/faces/rest/schemas/account.ts';
import type { WireMetrics } from '../../../../src/faces/rest/schemas/metrics.ts';

export type Attention = { key: string } & (
  | { about: 'account'; account: string; phase: 'failed' | 'login' | 'waiting'; message?: string }
  | { about: 'parked'; account: string; count: number }
  | { about: 'configuration'; count: number }
);

/** @param problems mistakes in hutong.yaml as it stands, which is then not what runs */
export function toAttention(
  accounts: readonly WireAccount[],
  metrics: WireMetrics | undefined,
  problems: number,
): Attention[] {
  const found: Attention[] = [];
  if (problems > 0) found.push({ key: 'configuration', about: 'configuration', count: problems });
  for (const wanted of ['failed', 'login', 'waiting'] as const) {
    for (const { id, phase, message } of accounts) {
      if (phase !== wanted) continue;
      const rest = message === undefined ? {} : { message };
      found.push({ key: `account ${id}`, about: 'account', account: id, phase, ...rest });
    }
  }
  for (const { account, parked } of metrics?.accounts ?? []) {
    if (parked > 0) found.push({ key: `parked ${account}`, about: 'parked', account, count: parked });
  }
  return found;
}
