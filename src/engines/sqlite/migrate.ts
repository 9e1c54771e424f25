/**
 * Numbered migrations: what makes each schema version of the one before. A journal says its version in
 * `user_version` and that it is one of ours in `application_id`. A released migration is never edited.
 */
import type { DatabaseSync } from 'node:sqlite';
import { JournalError } from '../../hub/errors.ts';
import { journalSchema } from './schema/0001-journal.ts';
import { outcomesSchema } from './schema/0002-outcomes.ts';
import { prepareQuery } from './statement.ts';

/** The SQL that makes version n + 1 of version n, at index n. */
export const migrations: readonly string[] = [journalSchema, outcomesSchema];

/** 'htng', in the file's header. */
const applicationId = 0x68746e67;

/** The version of an open database's schema, 0 when it is empty. `file` names it in errors. */
export function readVersion(database: DatabaseSync, newest: number, file: string): number {
  const pragma = (name: string) => prepareQuery<[number]>(database, `PRAGMA ${name}`).get()?.[0] ?? 0;
  const version = pragma('user_version');
  const tables = prepareQuery<[number]>(database, 'SELECT count(*) FROM sqlite_schema').get()?.[0] ?? 0;
  if (tables > 0 && pragma('application_id') !== applicationId) {
    throw new JournalError('journal-corrupt', `${file}: is a database, but not a journal of hutong`);
  }
  if (version > newest) {
    throw new JournalError(
      'journal-newer',
      `${file}: has schema ${version}, written by a newer version of hutong; this one knows ${newest}: update hutong`,
    );
  }
  return version;
}

/**
 * Brings a database to the newest schema, each step in a transaction of its own: one that fails leaves the
 * version before it whole.
 */
export function migrate(database: DatabaseSync, steps: readonly string[], file: string): void {
  for (;;) {
    // The version is read under the write lock: a command and the hub may open a new folder at the same time.
    if (readVersion(database, steps.length, file) === steps.length) return;
    database.exec('BEGIN IMMEDIATE');
    try {
      const version = readVersion(database, steps.length, file);
      const step = steps[version];
      if (step !== undefined) {
        database.exec(step);
        database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version + 1}`);
      }
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
