/** What an edit would change, in words: shown by `check`, and logged whenever an edited file is applied. */
import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationDifference } from '../hub/configuration.ts';
import { isHiddenSecret, type Snapshot } from './snapshot.ts';

type Settings = Readonly<Record<string, unknown>>;

/** The changes from one to the other; none when they mean the same. Both were made with the same salt. */
export function difference(before: Snapshot, after: Snapshot): ConfigurationDifference[] {
  const from = before.settings;
  const to = after.settings;
  const whole = ({ data, http, journal, media }: typeof from): Settings =>
    flatten({ data, http, journal, media });
  return [
    ...compareSettings(whole(from), whole(to)).map((text) => ({ text, needsRestart: true })),
    ...compareNamed('account', from.accounts, to.accounts),
    ...compareNamed('link', from.links, to.links),
    ...compareNamed('face', from.faces ?? {}, to.faces ?? {}),
  ];
}

function compareNamed(
  noun: string,
  from: Readonly<Record<string, Settings>>,
  to: Readonly<Record<string, Settings>>,
): ConfigurationDifference[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return names.flatMap((name) => {
    const before = from[name];
    const after = to[name];
    const text = compareOne(`${noun} ${name}`, before, after);
    return text === undefined ? [] : { text, needsRestart: false };
  });
}

function compareOne(
  what: string,
  before: Settings | undefined,
  after: Settings | undefined,
): string | undefined {
  if (before === undefined) return `${what} added${summarize(after)}`;
  if (after === undefined) return `${what} removed`;
  const changes = compareSettings(flatten(before), flatten(after));
  return changes.length === 0 ? undefined : `${what} changed: ${changes.join('; ')}`;
}

function summarize(settings: Settings | undefined): string {
  if (typeof settings?.['network'] === 'string') return ` (${settings['network']})`;
  return Array.isArray(settings?.['rooms']) ? `: ${settings['rooms'].join(', ')}` : '';
}

function compareSettings(from: Settings, to: Settings): string[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys.flatMap((key) => {
    const [before, after] = [from[key], to[key]];
    if (isDeepStrictEqual(before, after)) return [];
    if (hides(before) || hides(after)) return `${key} (not shown)`;
    if (before === undefined) return `${key} set to ${JSON.stringify(after)}`;
    if (after === undefined) return `${key} removed`;
    return `${key} ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  });
}

function hides(value: unknown): boolean {
  return Array.isArray(value)
    ? value.some((item) => JSON.stringify(item).includes('secret hmac'))
    : isHiddenSecret(value);
}

/** Nested mappings as one: `telnet.listen`. Lists stay whole. */
function flatten(settings: Settings, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(flatten(value as Settings, `${prefix}${key}.`))
        : [[prefix + key, value] as const],
    ),
  );
}
