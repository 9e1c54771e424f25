/** Opening the journal's file: who may, with which settings, and with which schema. */
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalError } from '../../hub/errors.ts';
import { toJournalError } from './failure.ts';
import { lockFolder, tryLock, type Lock } from './lock.ts';
import { migrate, migrations, readVersion } from './migrate.ts';
import { createPrivateFile, createPrivateFolder } from './private-file.ts';

const journalName = 'journal.sqlite';
/** How long the hub waits for a command beside it that writes, and the other way round, milliseconds. */
const busyTimeoutMs = 10_000;
/**
 * The write-ahead log is copied into the file when it has this many pages of 4 KiB. Appends wait meanwhile, for 10 ms
 * or, where the disk is busy, 100: so it is done seldom enough to be no part of the slowest hundredth, and pages
 * written again and again are copied once. A start after a crash reads the log: some hundredths
 * of a second.
 */
const checkpointPages = 16_000;
/** What the write-ahead log shrinks to when something made it grow, bytes; a little above its usual size. */
const logLimitBytes = 64 * 1024 * 1024;
/** Pages held in memory, KiB. */
const cacheKiB = 16 * 1024;

export interface JournalFile {
  readonly database: DatabaseSync;
  /** Its path, for errors. */
  readonly file: string;
  readonly close: () => void;
}

/** Where a folder's journal is. */
export function journalPath(folder: string): string {
  return join(resolve(folder), journalName);
}

/** Opens a folder's journal for the hub, alone; makes folder and file if need be. Throws JournalErrors. */
export function openForHub(folder: string): JournalFile {
  return open(folder, (path) => {
    const lock = lockFolder(path);
    try {
      const database = openDatabase(path);
      return { database, lock };
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

/** Opens a folder's journal for a command, whether or not a hub runs on it. Throws JournalErrors. */
export function openBeside(folder: string): JournalFile {
  return open(folder, (path) => ({ database: openDatabaseBeside(path) }));
}

function open(folder: string, how: (path: string) => { database: DatabaseSync; lock?: Lock }): JournalFile {
  const file = journalPath(folder);
  try {
    const path = resolve(folder);
    createPrivateFolder(path);
    const { database, lock } = how(path);
    return {
      database,
      file,
      close() {
        database.close();
        lock?.release();
      },
    };
  } catch (error) {
    throw toJournalError(error, file);
  }
}

function connect(folder: string): DatabaseSync {
  const file = join(folder, journalName);
  createPrivateFile(file);
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    readVersion(database, migrations.length, file);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${logLimitBytes};
      PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA cache_size = -${cacheKiB};
      PRAGMA temp_store = MEMORY;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openDatabase(folder: string): DatabaseSync {
  const database = connect(folder);
  try {
    migrate(database, migrations, join(folder, journalName));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A hub that runs has the schema that it wrote: changing it under its feet would break it. */
function openDatabaseBeside(folder: string): DatabaseSync {
  const lock = tryLock(folder);
  try {
    if (lock !== undefined) return openDatabase(folder);
    const database = connect(folder);
    if (readVersion(database, migrations.length, join(folder, journalName)) === migrations.length)
      return database;
    database.close();
    throw new JournalError(
      'journal-failed',
      `${folder}: the hub that runs on this data has another version; restart it with this one`,
    );
  } finally {
    lock?.release();
  }
}
