/** The secrets of a configuration, so that the log can strike them out. */
import type { Configuration } from './configuration.ts';
import type { SettingPath } from './problems.ts';

/** Every text that must not be shown. */
export function secretsOf(configuration: Configuration): string[] {
  return collect(configuration.settings, [], false);

  function collect(value: unknown, path: SettingPath, within: boolean): string[] {
    const secret = within || configuration.isSecret(path);
    if (typeof value === 'string') return secret ? [value] : [];
    if (Array.isArray(value)) return value.flatMap((item, index) => collect(item, [...path, index], secret));
    if (value === null || typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, item]) => collect(item, [...path, key], secret));
  }
}
