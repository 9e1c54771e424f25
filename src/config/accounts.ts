/** The `accounts:` of a configuration: each checked by the schema of its own network kind. */
import { accountIdPattern, reservedAccountIds } from '../hub/message.ts';
import type { NetworkKind } from '../hub/network.ts';
import { checkSettings } from './check.ts';
import type { AccountConfiguration } from './configuration.ts';
import { pathKey } from './environment.ts';
import { findListens } from './listeners.ts';
import { didYouMean } from './nearest.ts';
import type { Problem, SettingPath } from './problems.ts';
import { withAbsoluteFiles } from './schema-walk.ts';
import type { FileSettings } from './schema.ts';

export interface AccountContext {
  kinds: readonly NetworkKind<unknown>[];
  /** What relative file names count from. */
  folder: string;
  isSecret(path: SettingPath): boolean;
  /** Takes the paths, by `pathKey`, of the settings whose schema says that they are secret. */
  declaredSecrets: Set<string>;
}

export interface LoadedAccounts {
  accounts: AccountConfiguration[];
  /** Each account's settings as they were written, file names made absolute. */
  settings: Map<string, Readonly<Record<string, unknown>>>;
  problems: Problem[];
}

export function loadAccounts(accounts: FileSettings['accounts'], context: AccountContext): LoadedAccounts {
  const loaded: LoadedAccounts = { accounts: [], settings: new Map(), problems: [] };
  for (const [id, { network, unknown, direct, accept, ...written }] of Object.entries(accounts)) {
    const path = ['accounts', id];
    const wrongId = explainWrongId(id);
    if (wrongId) loaded.problems.push({ path, part: 'key', message: wrongId });
    const kind = context.kinds.find((each) => each.kind === network);
    if (!kind) {
      const known = context.kinds.map((each) => each.kind);
      const message = `unknown network "${network}"; known are ${known.join(', ')}.${didYouMean(network, known)}`;
      loaded.problems.push({ path: [...path, 'network'], part: 'value', message });
      continue;
    }
    const settings = prepare(kind, written, path, context) as Record<string, unknown>;
    const checked = checkSettings(kind.config, settings, path, (at) => context.isSecret(at));
    if (!checked.ok) {
      loaded.problems.push(...checked.problems);
      continue;
    }
    loaded.settings.set(id, { network, unknown, direct, accept, ...settings });
    loaded.accounts.push({
      id,
      kind,
      config: checked.value,
      fingerprint: `${kind.kind} ${stableJson(settings)}`,
      whenUnknown: unknown,
      direct,
      accept,
      listens: findListens(checked.value, path),
    });
  }
  return loaded;
}

function explainWrongId(id: string): string | undefined {
  if (reservedAccountIds.has(id)) return `"${id}" is reserved for the web server; choose another name`;
  if (accountIdPattern.test(id)) return undefined;
  return `"${id}" cannot name an account: expected small letters (a-z), digits and "-", beginning with a letter`;
}

/** Makes file names absolute and notes which settings are secret, as the kind's schema tells. */
function prepare(
  kind: NetworkKind<unknown>,
  value: unknown,
  base: SettingPath,
  context: AccountContext,
): unknown {
  return withAbsoluteFiles(kind.config, value, context.folder, (path) =>
    context.declaredSecrets.add(pathKey([...base, ...path])),
  );
}

/** JSON whose keys are in order, so that moving lines about changes nothing. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
