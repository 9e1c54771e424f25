// Programs of others that tests run as clients of the hub: bots written with the libraries that people use. Each folder
// beside this file has a package.json and a lock of its own, so that the project's own tree stays small, and the programs
// that are written with them. `npm test` installs what is missing (tools/test-clients.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders, by name. */
export type ClientFolder = 'bots' | 'wechaty';

/** Where the folders are. */
export const clientsFolder = import.meta.dirname;

interface Lock {
  packages: Readonly<
    Record<string, { version?: string; integrity?: string; optional?: true; peer?: true } | undefined>
  >;
}

/**
 * Whether what is installed in a folder is what its lock says: npm's own record of it is compared, which an interrupted
 * install does not have.
 */
export function isInstalled(folder: string): boolean {
  const locked = readLock(join(folder, 'package-lock.json'));
  const installed = readLock(join(folder, 'node_modules', '.package-lock.json'));
  if (locked === undefined || installed === undefined) return false;
  return Object.entries(locked.packages).every(([name, want]) => {
    const have = installed.packages[name];
    if (name === '' || want === undefined) return true;
    if (have === undefined) return want.optional === true;
    return have.version === want.version && have.integrity === want.integrity;
  });
}

/** The command that installs a folder by hand. */
export function toInstallCommand(name: string): string {
  return `npm ci --prefix test/clients/${name}`;
}

/** The `skip` option of a test that needs these programs: false where they are installed (and on CI, so that it fails). */
export function skipWithoutClients(name: ClientFolder): string | false {
  if (process.env['CI'] !== undefined || isInstalled(join(clientsFolder, name))) return false;
  return `test/clients/${name} is not installed: ${toInstallCommand(name)}`;
}

function readLock(file: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Lock;
  } catch {
    // Missing or half written: to everyone who asks, it is not installed.
    return undefined;
  }
}
