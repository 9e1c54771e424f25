/** The files that a configuration names, certificates and the like. */
import type { Configuration } from './configuration.ts';
import { formatPath, type SettingPath } from './problems.ts';
import { settingMeta } from './schema-walk.ts';

export interface NamedFile {
  /** `accounts.jabber.tls.ca`. */
  setting: string;
  /** Absolute. */
  path: string;
}

/** Every file that the web server's and the accounts' settings name. */
export function filesOf({ accounts, settings, http }: Configuration): NamedFile[] {
  const ofWeb = { root: http.root, 'tls.cert': http.tls?.cert, 'tls.key': http.tls?.key };
  const named = Object.entries(ofWeb).flatMap(([key, path]) =>
    path === undefined ? [] : [{ setting: `http.${key}`, path }],
  );
  const ofAccounts = accounts.flatMap(({ id, kind }) => {
    return collect(settings.accounts[id], []);

    function collect(value: unknown, path: SettingPath): NamedFile[] {
      if (Array.isArray(value)) return value.flatMap((item, index) => collect(item, [...path, index]));
      if (value !== null && typeof value === 'object') {
        return Object.entries(value).flatMap(([key, item]) => collect(item, [...path, key]));
      }
      if (typeof value !== 'string' || settingMeta(kind.config, path) !== 'file') return [];
      return [{ setting: formatPath(['accounts', id, ...path]), path: value }];
    }
  });
  return [...named, ...ofAccounts];
}
