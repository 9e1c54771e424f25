/** Which configuration is meant: the file named on the command line, else ./hutong.yaml, else the built-in one. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { loadConfiguration, type LoadOptions } from './load.ts';
import { readConfigText } from './source.ts';
import type { Configuration } from './configuration.ts';

export const defaultFileName = 'hutong.yaml';

export interface Located {
  /** Absolute; undefined when the built-in configuration is used. */
  path: string | undefined;
  /** Its content, or that of the built-in one. */
  text: string;
  configuration: Configuration;
}

export interface ConfigContext extends Pick<
  LoadOptions,
  'environment' | 'networks' | 'faces' | 'withoutSecrets' | 'readSecret'
> {
  /** What runs where there is no file. */
  builtIn: string;
  /** The folder that hutong was started in. */
  folder: string;
  /** What a file named on the command line counts from, where that is another: npm changes the folder. */
  namedFrom?: string | undefined;
}

/** Finds, reads and checks the configuration. Rejects with a `ConfigError`. */
export async function locateConfiguration(
  named: string | undefined,
  context: ConfigContext,
): Promise<Located> {
  const standard = join(context.folder, defaultFileName);
  const path =
    named === undefined
      ? existsSync(standard)
        ? standard
        : undefined
      : resolve(context.namedFrom ?? context.folder, named);
  const text =
    path === undefined ? context.builtIn : await readConfigText(path, toShownName(path, context.folder));
  return { path, text, configuration: loadText(path, text, context) };
}

/** Checks a text as if it stood in the file. Throws a `ConfigError`. */
export function loadText(path: string | undefined, text: string, context: ConfigContext): Configuration {
  const file = path === undefined ? undefined : toShownName(path, context.folder);
  const { environment, networks, faces, folder, readSecret, withoutSecrets = false } = context;
  return loadConfiguration({
    file,
    text,
    folder,
    environment,
    networks,
    faces,
    withoutSecrets,
    ...(readSecret && { readSecret }),
  });
}

/** A file below the current folder is shown by its relative name. */
export function toShownName(path: string, folder: string): string {
  const short = relative(folder, path);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
}
