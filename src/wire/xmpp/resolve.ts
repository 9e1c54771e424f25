// Where an account's server is: SRV records of the domain, both kinds mixed by priority (RFC 6120 §3.2, XEP-0368),
// and the domain itself where it has none.
import { resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { XmppError } from './errors.ts';
import { DEFAULT_CLIENT_PORT } from './namespaces.ts';
import type { ServerAddress } from './session-options.ts';

/** One SRV record. */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Asks DNS for the SRV records of a name; rejects where there are none. */
export type SrvLookup = (name: string) => Promise<readonly SrvRecord[]>;

/** More servers than this are not tried in one attempt. */
const CANDIDATES_LIMIT = 8;

/**
 * The servers of a domain, in the order to try them; at least one.
 *
 * @param random gives numbers in [0, 1), for the weights
 * @throws XmppError `xmpp-host-not-found` where the domain says that it has no XMPP service
 */
export async function resolveServers(
  domain: string,
  lookup: SrvLookup = resolveSrv,
  random: () => number = Math.random,
): Promise<ServerAddress[]> {
  const host = domainToASCII(domain) || domain;
  const fallback: ServerAddress = { host, port: DEFAULT_CLIENT_PORT, security: 'starttls' };
  if (isIP(host) !== 0 || host === 'localhost') return [fallback];
  const [starttls, direct] = await Promise.all([
    lookupOrNone(lookup, `_xmpp-client._tcp.${host}`),
    lookupOrNone(lookup, `_xmpps-client._tcp.${host}`),
  ]);
  const weighted = [
    ...starttls.map((record) => ({ record, security: 'starttls' as const, key: toSortKey(record, random) })),
    ...direct.map((record) => ({ record, security: 'tls' as const, key: toSortKey(record, random) })),
  ];
  if (weighted.length === 0) return [fallback];
  // A single "." as the target means: decidedly not here (RFC 2782).
  const usable = weighted.filter(({ record }) => record.name !== '' && record.name !== '.');
  if (usable.length === 0) {
    throw new XmppError('xmpp-host-not-found', `${domain} says in DNS that it has no XMPP service`);
  }
  return usable
    .sort((a, b) => a.record.priority - b.record.priority || b.key - a.key)
    .slice(0, CANDIDATES_LIMIT)
    .map(({ record, security }) => ({ host: record.name, port: record.port, security }));
}

/** Sorting by random^(1/weight) draws servers in proportion to their weights. */
function toSortKey(record: SrvRecord, random: () => number): number {
  return record.weight === 0 ? 0 : random() ** (1 / record.weight);
}

async function lookupOrNone(lookup: SrvLookup, name: string): Promise<readonly SrvRecord[]> {
  try {
    return await lookup(name);
  } catch {
    // No records, or no DNS: the domain itself is tried, and that attempt tells what is wrong.
    return [];
  }
}
