/** Two doors cannot have the same address: what listens there first keeps the other out, so it is told before. */
import { formatAddress, parseAddress, type ListenAddress } from '../hub/address.ts';
import type { AccountConfiguration, FaceListeners } from './configuration.ts';
import { formatPath, type Problem, type SettingPath } from './problems.ts';

interface Listener {
  path: SettingPath;
  address: ListenAddress;
}

/** What listens where something else of the configuration listens already. */
export function checkListeners(
  http: ListenAddress,
  accounts: readonly Pick<AccountConfiguration, 'listens'>[],
  faces: FaceListeners,
): Problem[] {
  const doors = [...accounts.map(({ listens }) => listens), ...faces.values()].flatMap((listens) =>
    [...listens].map(([setting, address]): Listener => ({
      path: toPath(setting),
      address: parseAddress(address),
    })),
  );
  const problems: Problem[] = [];
  const before: Listener[] = [{ path: ['http', 'listen'], address: http }];
  for (const door of doors) {
    const other = before.find(({ address }) => areInEachOthersWay(address, door.address));
    if (other) {
      const message = `the port ${door.address.port} is taken by ${formatPath(other.path)} already`;
      problems.push({ path: door.path, part: 'value', message });
    }
    before.push(door);
  }
  return problems;
}

function areInEachOthersWay(a: ListenAddress, b: ListenAddress): boolean {
  // Of port 0 the system gives each another one.
  if (a.port !== b.port || a.port === 0) return false;
  return a.host === b.host || covers(a.host, b.host) || covers(b.host, a.host);
}

/** Whether who listens on all addresses listens on this one, too. */
function covers(all: string, host: string): boolean {
  return all === '::' || (all === '0.0.0.0' && !host.includes(':'));
}

/** The path that `formatPath` wrote. */
function toPath(setting: string): SettingPath {
  return [...setting.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([text, index]) =>
    index === undefined ? text : Number(index),
  );
}

/**
 * Every setting called `listen`, at whatever depth, with its address, by its path: what this account or face opens.
 *
 * @param config as its kind's schema made it
 */
export function findListens(config: unknown, base: SettingPath): Map<string, string> {
  const found = new Map<string, string>();
  walk(config, base);
  return found;

  function walk(value: unknown, path: SettingPath): void {
    if (Array.isArray(value)) {
      // One is usually written without a list around it.
      for (const [index, item] of value.entries()) walk(item, value.length === 1 ? path : [...path, index]);
      return;
    }
    if (value === null || typeof value !== 'object') return;
    for (const [key, item] of Object.entries(value)) {
      const address = key === 'listen' ? toAddressText(item) : undefined;
      if (address === undefined) walk(item, [...path, key]);
      else found.set(formatPath([...path, key]), address);
    }
  }
}

function toAddressText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return undefined;
  const { host, port } = value as { host?: unknown; port?: unknown };
  if (typeof host !== 'string' || typeof port !== 'number') return undefined;
  return formatAddress({ host, port });
}
