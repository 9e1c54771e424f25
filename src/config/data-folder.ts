/** Where a configuration keeps its data, found before all else of it is looked into: its secrets are there. */
import { resolve } from 'node:path';
import { valueAt } from './check.ts';
import { substituteEnvironment, type Environment } from './environment.ts';
import { defaultDataFolder } from './schema.ts';

/** Absolute. Where `data` is wrong the default is answered; the mistake is told by who checks it. */
export function findDataFolder(written: unknown, folder: string, environment: Environment): string {
  const { data } = substituteEnvironment(valueAt(written, ['data']), environment, () => undefined);
  return resolve(folder, typeof data === 'string' && data !== '' ? data : defaultDataFolder);
}
