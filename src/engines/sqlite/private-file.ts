/** Files and folders that only their owner may read: a journal holds people's conversations. */
import { closeSync, mkdirSync, openSync } from 'node:fs';

const privateFileMode = 0o600;
const privateFolderMode = 0o700;

/** Makes an empty file if there is none. Never opens one that exists: closing it would drop SQLite's locks on it. */
export function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', privateFileMode));
  } catch (error) {
    // It is there already: as it shall be.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Makes a folder, and those above it, if there is none. */
export function createPrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: privateFolderMode });
}
