/**
 * Prepared statements with rows as typed tuples. `node:sqlite` types every cell as anything SQLite can hold; the
 * schema is STRICT, so what a column holds is known, and said once, where the statement is written.
 */
import type { DatabaseSync } from 'node:sqlite';

/** What a cell, an argument and a frame between threads hold. */
export type Value = string | number | null;

export interface Query<Row extends Value[]> {
  all(...values: Value[]): Row[];
  get(...values: Value[]): Row | undefined;
}

/** Prepares a statement that answers rows; `Row` says what its columns hold. */
export function prepareQuery<Row extends Value[]>(database: DatabaseSync, sql: string): Query<Row> {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  // A row is an array once setReturnArrays is on; the types of node:sqlite do not follow the switch.
  const toRow = (row: unknown) => row as Row;
  return {
    all: (...values) => statement.all(...values).map(toRow),
    get: (...values) => {
      const row = statement.get(...values);
      return row === undefined ? undefined : toRow(row);
    },
  };
}

/** Prepares a statement that changes rows; calling it answers how many. */
export function prepareChange(database: DatabaseSync, sql: string): (...values: Value[]) => number {
  const statement = database.prepare(sql);
  // `run` also tells the last rowid, which FTS5 leaves above 2^53 after some deletes: as a number it would throw.
  statement.setReadBigInts(true);
  return (...values) => Number(statement.run(...values).changes);
}
