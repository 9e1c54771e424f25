/**
 * Retention, in slices. Events go from the oldest on, with their deliveries and search tokens; what they were
 * known by (keys and copies) goes later, so that a network that tells an old event once more is still recognised.
 */
import type { DatabaseSync } from 'node:sqlite';
import { sentState } from './codes.ts';
import type { SearchIndex } from './search-index.ts';
import { prepareChange, prepareQuery } from './statement.ts';

export interface Trimmer {
  trim(eventsBefore: number, keysBefore: number, limit: number): { done: boolean; events: number };
}

export function createTrimmer(database: DatabaseSync, index: SearchIndex): Trimmer {
  const oldest = prepareQuery<[number, number, number, number]>(
    database,
    'SELECT position, at, first_delivery, delivery_count FROM events ORDER BY position LIMIT ?',
  );
  const firstUnsettled = prepareQuery<[number]>(
    database,
    `SELECT id FROM deliveries NOT INDEXED WHERE id BETWEEN ? AND ? AND state < ${sentState} ORDER BY id LIMIT 1`,
  );
  const removeEvents = prepareChange(database, 'DELETE FROM events WHERE position <= ?');
  const removeDeliveries = prepareChange(database, 'DELETE FROM deliveries WHERE id <= ?');
  const raiseFloor = prepareChange(database, 'UPDATE floors SET value = max(value, ?) WHERE name = ?');
  const oldestKeys = prepareQuery<[number, number]>(
    database,
    `SELECT position, seen FROM keys
     WHERE position <= (SELECT value FROM floors WHERE name = 'position') ORDER BY position LIMIT ?`,
  );
  const removeKeys = prepareChange(database, 'DELETE FROM keys WHERE position <= ?');
  const removeCopies = prepareChange(database, 'DELETE FROM copies WHERE position <= ?');

  const trimEvents = (before: number, limit: number): number => {
    const rows = oldest.all(limit);
    const young = rows.findIndex(([, at]) => at >= before);
    const old = young === -1 ? rows : rows.slice(0, young);
    const lastDeliveryOf = (row: (typeof rows)[number]) => row[2] + row[3] - 1;
    const [first, last] = [old[0], old.at(-1)];
    if (first === undefined || last === undefined) return 0;
    const unsettled = firstUnsettled.get(first[2], lastDeliveryOf(last))?.[0] ?? Infinity;
    const stuck = old.findIndex((row) => row[3] > 0 && lastDeliveryOf(row) >= unsettled);
    const taken = stuck === -1 ? old : old.slice(0, stuck);
    const end = taken.at(-1);
    if (end === undefined) return 0;
    index.remove(taken.map(([position]) => position));
    removeEvents(end[0]);
    removeDeliveries(lastDeliveryOf(end));
    raiseFloor(end[0], 'position');
    raiseFloor(lastDeliveryOf(end), 'delivery');
    return taken.length;
  };

  const trimKeys = (before: number, limit: number): number => {
    const rows = oldestKeys.all(limit);
    const young = rows.findIndex(([, seen]) => seen >= before);
    const old = young === -1 ? rows : rows.slice(0, young);
    const last = old.at(-1);
    if (last === undefined) return 0;
    removeKeys(last[0]);
    removeCopies(last[0]);
    return old.length;
  };

  return {
    trim(eventsBefore, keysBefore, limit) {
      const events = trimEvents(eventsBefore, limit);
      const keys = trimKeys(keysBefore, limit);
      return { done: events < limit && keys < limit, events };
    },
  };
}
