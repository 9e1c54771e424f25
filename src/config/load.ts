/**
 * From the text of hutong.yaml to a configuration: environment, schema, accounts by their networks' own schemas,
 * links by their networks' room names. Every mistake is told, with its place; then nothing of it is used.
 */
import { dirname, resolve } from 'node:path';
import type { FaceKind } from '../hub/face.ts';
import type { NetworkKind } from '../hub/network.ts';
import { loadAccounts } from './accounts.ts';
import { checkSettings, valueAt } from './check.ts';
import type { Configuration } from './configuration.ts';
import { findDataFolder } from './data-folder.ts';
import { pathKey, substituteEnvironment, type Environment } from './environment.ts';
import { loadLinks } from './links.ts';
import { loadFaces } from './faces.ts';
import { checkListeners } from './listeners.ts';
import { toMediaConfiguration } from './media.ts';
import { createConfigError, type Problem, type SettingPath } from './problems.ts';
import { accountSchema, fileSchema, linkSchema, type FileSettings } from './schema.ts';
import { looksSecret } from './secrecy.ts';
import { readSecretFile, type ReadSecret } from './secret-store.ts';
import { parseConfigSource } from './source.ts';
import { toSettingsTree } from './settings-tree.ts';
import { toWebConfiguration } from './web.ts';

export interface LoadOptions {
  /** The file's name as errors show it; undefined for a text that is no file. */
  file: string | undefined;
  text: string;
  /** What relative file names count from when there is no file. */
  folder: string;
  environment: Environment;
  /** Where `${secret:NAME}` is found; in the data folder, if not said. */
  readSecret?: ReadSecret;
  /** For commands that only read: a variable that is not set leaves its setting as it is written. */
  withoutSecrets?: boolean;
  networks: readonly NetworkKind<unknown>[];
  faces: readonly FaceKind<unknown>[];
}

/** A link of undefined is one whose form is wrong. */
type SalvagedSettings = Omit<FileSettings, 'links'> & {
  links: (FileSettings['links'][number] | undefined)[];
};

/** Throws a `ConfigError` that tells every mistake. */
export function loadConfiguration(options: LoadOptions): Configuration {
  const file = options.file ?? 'the built-in configuration';
  const folder = options.file === undefined ? options.folder : resolve(options.folder, dirname(options.file));
  const source = parseConfigSource(file, options.text);
  const dataFolder = findDataFolder(source.data, folder, options.environment);
  const {
    data,
    fromEnvironment,
    problems: missing,
  } = substituteEnvironment(source.data, options.environment, (name) =>
    (options.readSecret ?? readSecretFile)(dataFolder, name),
  );
  const problems: Problem[] = [];
  const declaredSecrets = new Set<string>();
  const isSecret = (path: SettingPath): boolean => {
    const key = pathKey(path);
    return fromEnvironment.has(key) || declaredSecrets.has(key) || looksSecret(path, valueAt(data, path));
  };

  const fail = (found: readonly Problem[]): never => {
    const located = found.map(({ path, part, message }) => ({
      path,
      message: isSecret(path) ? withoutValue(message, valueAt(data, path)) : message,
      place: source.place(path, part),
    }));
    throw createConfigError(file, located);
  };
  if (data === null || data === undefined) {
    return fail([
      {
        path: [],
        part: 'value',
        message: 'is empty: expected at least "accounts:"; see hutong.example.yaml',
      },
    ]);
  }
  const checked = checkSettings<FileSettings>(fileSchema, data, [], isSecret);
  if (!checked.ok) problems.push(...checked.problems);
  // The accounts and links that are right so far are looked into even so: all mistakes are told at once.
  const settings = checked.ok ? checked.value : salvage(data);

  const accounts = loadAccounts(settings.accounts, {
    kinds: options.networks,
    folder,
    isSecret,
    declaredSecrets,
  });
  const written = valueAt(data, ['accounts']);
  const known = new Set(Object.keys(asMapping(written)));
  // Where `accounts` itself is no mapping, every room of a link would be called unknown.
  const links = isMapping(written)
    ? loadLinks(settings.links, known, accounts.accounts)
    : { links: [], problems: [] };
  const faces = loadFaces(settings.faces, {
    kinds: options.faces,
    around: checked.ok ? { listen: checked.value.http.listen, accounts: [...known] } : undefined,
    folder,
    isSecret,
  });
  problems.push(...faces.problems, ...accounts.problems, ...links.problems);
  if (checked.ok) {
    const { listen } = checked.value.http;
    problems.push(...checkListeners(listen, accounts.accounts, faces.listeners));
  }
  const tolerated = options.withoutSecrets === true && checked.ok && problems.length === 0;
  if (missing.length > 0 && !tolerated) problems.unshift(...missing);
  if (!checked.ok || problems.length > 0) return fail(withoutFollowUps(problems));

  const { http, journal, media } = checked.value;
  const configuration = {
    file: options.file,
    dataFolder: resolve(folder, checked.value.data),
    http: toWebConfiguration(http, folder),
    journal: {
      engine: journal.engine,
      ...(journal.retention === undefined ? {} : { retentionMs: journal.retention }),
    },
    media: toMediaConfiguration(media),
    accounts: accounts.accounts,
    links: links.links,
    faces: faces.faces,
    faceListeners: faces.listeners,
    isSecret,
  };
  return { ...configuration, settings: toSettingsTree(configuration, accounts.settings, faces.settings) };
}

/** Of a file with mistakes the accounts and links that have their form. */
function salvage(data: unknown): Pick<SalvagedSettings, 'accounts' | 'links' | 'faces'> {
  const accounts = Object.entries(asMapping(valueAt(data, ['accounts']))).flatMap(([id, account]) => {
    const parsed = accountSchema.safeParse(account);
    return parsed.success ? [[id, parsed.data] as const] : [];
  });
  const links = valueAt(data, ['links']);
  return {
    accounts: Object.fromEntries(accounts),
    links: (Array.isArray(links) ? links : []).map((link) => linkSchema.safeParse(link).data),
    faces: asMapping(valueAt(data, ['faces'])),
  };
}

function asMapping(value: unknown): Record<string, unknown> {
  return isMapping(value) ? { ...value } : {};
}

function isMapping(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A variable that is not set makes its setting wrong in other ways too: that is told once. */
function withoutFollowUps(problems: readonly Problem[]): Problem[] {
  const told = new Set<string>();
  return problems.filter(({ path, part }) => {
    const key = `${part} ${pathKey(path)}`;
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}

/** A message may quote what it refuses. */
function withoutValue(message: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') return message;
  const unquoted = message
    .replaceAll(JSON.stringify(value), '(not shown)')
    .replaceAll(`"${value}"`, '(not shown)');
  return value.length < 4 ? unquoted : unquoted.replaceAll(value, '(not shown)');
}
