/** The small key-value store. Keys are ordered by their UTF-8 bytes. */
import type { DatabaseSync } from 'node:sqlite';
import { prepareChange, prepareQuery } from './statement.ts';

export interface KeyValues {
  get(key: string): string | undefined;
  set(key: string, value: string | null): void;
  list(prefix: string): [key: string, value: string][];
}

/** A byte that no UTF-8 has: behind every text that starts with what stands before it. */
const behindAll = "CAST(x'ff' AS TEXT)";

export function createKeyValues(database: DatabaseSync): KeyValues {
  const get = prepareQuery<[string]>(database, 'SELECT value FROM key_values WHERE key = ?');
  const put = prepareChange(
    database,
    `INSERT INTO key_values (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
  const remove = prepareChange(database, 'DELETE FROM key_values WHERE key = ?');
  const list = prepareQuery<[string, string]>(
    database,
    `SELECT key, value FROM key_values WHERE key >= ?1 AND key < ?1 || ${behindAll} ORDER BY key`,
  );
  return {
    get: (key) => get.get(key)?.[0],
    set(key, value) {
      if (value === null) remove(key);
      else put(key, value);
    },
    list: (prefix) => list.all(prefix),
  };
}
