/** The `links:` of a configuration: names resolved to the networks' own stable room ids, contradictions refused. */
import { createLink, type Link } from '../hub/links.ts';
import { splitRoomRef, toRoomRef, type AccountId, type RoomRef } from '../hub/message.ts';
import type { Network } from '../hub/network.ts';
import type { AccountConfiguration } from './configuration.ts';
import { didYouMean } from './nearest.ts';
import type { Problem, SettingPath } from './problems.ts';
import type { FileSettings } from './schema.ts';

type LinkSettings = FileSettings['links'][number];

/**
 * The links, or what is wrong with them. `known` are all accounts that the file names; `accounts` those without
 * mistakes: a room of another is let pass, since its account's mistake is told already, as that of a link which is
 * undefined here.
 */
export function loadLinks(
  settings: readonly (LinkSettings | undefined)[],
  known: ReadonlySet<AccountId>,
  accounts: readonly AccountConfiguration[],
): { links: Link[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const networks = new Map<AccountId, Network>();
  const names = new Set<string>();
  const links = settings.flatMap((link, index) => {
    if (!link) return [];
    const path = ['links', index];
    if (names.has(link.name)) report([...path, 'name'], `another link is called "${link.name}" already`);
    names.add(link.name);
    for (const [at, account] of (link.filter?.account ?? []).entries()) {
      if (!known.has(account)) report([...path, 'filter', 'account', at], unknownAccount(account));
    }
    return createLink({
      name: link.name,
      rooms: resolveRooms(link.rooms, [...path, 'rooms']),
      ...(link.direction === undefined ? {} : { direction: link.direction }),
      ...(link.format === undefined ? {} : { format: link.format }),
      ...(link.filter === undefined ? {} : { ignore: link.filter }),
      ...(link.moderation === undefined ? {} : { moderation: link.moderation }),
      ...(link.renames === undefined ? {} : { renames: link.renames }),
    });
  });
  return { links, problems };

  function report(path: SettingPath, message: string): void {
    problems.push({ path, part: 'value', message });
  }

  function unknownAccount(account: string): string {
    return `there is no account "${account}"; the accounts are ${[...known].join(', ')}.${didYouMean(account, known)}`;
  }

  function resolveRooms(rooms: readonly string[], path: SettingPath): RoomRef[] {
    const resolved: RoomRef[] = [];
    for (const [index, written] of rooms.entries()) {
      const room = resolveRoom(written, [...path, index]);
      if (room === undefined) continue;
      if (resolved.includes(room)) report([...path, index], `the room "${written}" is in this link twice`);
      else resolved.push(room);
    }
    return resolved;
  }

  function resolveRoom(written: string, path: SettingPath): RoomRef | undefined {
    if (!/^[^/]+\/./s.test(written)) {
      report(path, `expected ACCOUNT/ROOM, as in "house/lobby"; found ${JSON.stringify(written)}`);
      return undefined;
    }
    const { account, room } = splitRoomRef(written as RoomRef);
    if (!known.has(account)) {
      report(path, unknownAccount(account));
      return undefined;
    }
    const configured = accounts.find(({ id }) => id === account);
    if (!configured) return undefined;
    try {
      let network = networks.get(account);
      if (!network) networks.set(account, (network = configured.kind.open(account, configured.config)));
      return toRoomRef(account, network.parseRoom?.(room) ?? room);
    } catch (error) {
      report(path, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}
