/** Two doors cannot have the same address: what listens there first keeps the other out, so it is told before. */
import { parseAddress, type ListenAddress } from '../hub/address.ts';
import type { AccountConfiguration } from './configuration.ts';
import { formatPath, type Problem, type SettingPath } from './problems.ts';

interface Listener {
  path: SettingPath;
  address: ListenAddress;
}

/** What listens where something else of the configuration listens already. */
export function checkListeners(http: ListenAddress, accounts: readonly AccountConfiguration[]): Problem[] {
  const doors = accounts.flatMap(({ listens }) =>
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
