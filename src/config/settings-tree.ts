/** A configuration as plain data with its defaults filled in: what two of them are compared by. */
import type { Configuration, SettingsTree } from './configuration.ts';
import { toMediaSettings } from './media.ts';
import { toWebSettings } from './web.ts';

export function toSettingsTree(
  configuration: Omit<Configuration, 'settings'>,
  accounts: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  faces: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): SettingsTree {
  const { engine, retentionMs } = configuration.journal;
  return {
    data: configuration.dataFolder,
    http: toWebSettings(configuration.http),
    journal: { engine, ...(retentionMs === undefined ? {} : { retention: formatDuration(retentionMs) }) },
    media: toMediaSettings(configuration.media, formatDuration),
    accounts: Object.fromEntries(accounts),
    links: Object.fromEntries(
      configuration.links.map(({ name, ignore, ...link }) => [
        name,
        {
          ...link,
          filter: {
            text: ignore.text.map((pattern) => pattern.source),
            nick: ignore.nick.map((pattern) => pattern.source),
            account: ignore.account,
          },
        },
      ]),
    ),
    faces: Object.fromEntries(faces),
  };
}

function formatDuration(durationMs: number): string {
  const dayMs = 86_400_000;
  return durationMs % dayMs === 0 ? `${durationMs / dayMs}d` : `${durationMs / 1000}s`;
}
