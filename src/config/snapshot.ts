/**
 * What runs, as it is kept in the journal, so that `check` can tell what an edited file would change. Secrets are
 * replaced by a keyed hash: that they changed can be told, what they are cannot.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Journal } from '../hub/journal.ts';
import type { Configuration, SettingsTree } from './configuration.ts';
import type { SettingPath } from './problems.ts';

/** Where the journal's key-value store keeps it. */
const appliedKey = 'config/applied';

/** In place of a secret. */
const hashMark = 'secret hmac-sha256:';

export interface Snapshot {
  /** What the secrets were hashed with. */
  salt: string;
  settings: SettingsTree;
}

/** The configuration without its secrets. Two snapshots can be compared when they were made with the same salt. */
export function toSnapshot(
  configuration: Configuration,
  salt: string = randomBytes(16).toString('base64url'),
): Snapshot {
  return { salt, settings: hide(configuration.settings, [], false) as SettingsTree };

  /** A list or mapping under a secret's name is hidden with all it holds: `within` it everything is. */
  function hide(value: unknown, path: SettingPath, within: boolean): unknown {
    const secret = within || (path.length > 0 && configuration.isSecret(path));
    if (Array.isArray(value)) return value.map((item, index) => hide(item, [...path, index], secret));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, hide(item, [...path, key], secret)]),
      );
    }
    if (value === undefined || !secret) return value;
    const hash = createHmac('sha256', salt).update(JSON.stringify(value)).digest('base64url');
    return hashMark + hash;
  }
}

export function isHiddenSecret(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(hashMark);
}

/** Notes what runs from now on. */
export async function writeApplied(
  journal: Pick<Journal, 'set'>,
  configuration: Configuration,
): Promise<void> {
  await journal.set([[appliedKey, JSON.stringify(toSnapshot(configuration))]]);
}

/** What ran last on this data; undefined if nothing ever did. */
export async function readApplied(journal: Pick<Journal, 'get'>): Promise<Snapshot | undefined> {
  const text = await journal.get(appliedKey);
  return text === undefined ? undefined : (JSON.parse(text) as Snapshot);
}
