/**
 * One hub for one data folder. The lock is a transaction held open on a small side file: the operating system
 * frees it however the process ends, `kill -9` included, which a file with a process id in it cannot promise.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalError } from '../../hub/errors.ts';
import { isBusy } from './failure.ts';
import { createPrivateFile } from './private-file.ts';

const lockName = 'journal.lock';
/** Says who holds the lock, for people. Beside the lock: reading the lock's own file would free it. */
const holderName = 'journal.pid';
/** How long a hub waits for the lock, milliseconds: a command beside it holds it for a moment, to see whether one runs. */
const waitMs = 1_000;

export interface Lock {
  release(): void;
}

/** Takes the folder for this process. Throws `journal-locked`, with the folder and the process that has it. */
export function lockFolder(folder: string): Lock {
  const lock = tryLock(folder, waitMs);
  if (lock === undefined) {
    const holder = readHolder(folder);
    throw new JournalError(
      'journal-locked',
      `${folder}: another hub runs on this data${holder === undefined ? '' : ` (process ${holder})`}; stop it first`,
    );
  }
  writeFileSync(join(folder, holderName), `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

/** Takes the folder for a moment, without saying who; undefined when a hub has it and keeps it for `timeoutMs`. */
export function tryLock(folder: string, timeoutMs = 0): Lock | undefined {
  const file = join(folder, lockName);
  createPrivateFile(file);
  const database = new DatabaseSync(file, { timeout: timeoutMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

function readHolder(folder: string): number | undefined {
  try {
    const holder = Number.parseInt(readFileSync(join(folder, holderName), 'utf8'), 10);
    return Number.isSafeInteger(holder) ? holder : undefined;
  } catch {
    // Only the error message is poorer for it.
    return undefined;
  }
}
