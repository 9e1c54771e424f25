/**
 * Secrets that were typed into hutong instead of into hutong.yaml: each is a file of its own in `secrets/` in the data
 * folder, for its owner's eyes only, and the configuration names it as `${secret:NAME}`. A secret is never changed in
 * place: a new one gets a new name, so that a file which names the old one goes on meaning what it meant.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from './whole-file.ts';

const folderName = 'secrets';
const folderMode = 0o700;
/** No way out of the folder, and no hidden file. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Looks a secret up in a data folder; undefined where there is none of this name. */
export type ReadSecret = (dataFolder: string, name: string) => string | undefined;

/** The secret as it is kept, without the line's end that an editor leaves. Throws where it cannot be read. */
export const readSecretFile: ReadSecret = (dataFolder, name) => {
  if (!namePattern.test(name)) return undefined;
  try {
    return readFileSync(join(dataFolder, folderName, name), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Names for secrets of these settings, none of which is in use. */
export function chooseSecretName(dataFolder: string, wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 100) || 'secret';
  const used = new Set([...secretNames(dataFolder), ...taken]);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!used.has(name)) return name;
  }
}

function secretNames(dataFolder: string): string[] {
  try {
    return readdirSync(join(dataFolder, folderName));
  } catch {
    // There is no such folder before the first secret; what else is wrong with it is told by the write.
    return [];
  }
}

/** Keeps secrets under new names; durable when it resolves. */
export async function writeSecrets(dataFolder: string, secrets: ReadonlyMap<string, string>): Promise<void> {
  if (secrets.size === 0) return;
  const folder = join(dataFolder, folderName);
  await mkdir(folder, { recursive: true, mode: folderMode });
  for (const [name, value] of secrets) await writeFileWhole(join(folder, name), value);
}

/** Forgets secrets that nothing names any more. */
export async function removeSecrets(dataFolder: string, names: Iterable<string>): Promise<void> {
  for (const name of names) {
    if (namePattern.test(name)) await rm(join(dataFolder, folderName, name), { force: true });
  }
}
