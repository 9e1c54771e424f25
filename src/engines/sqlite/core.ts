/**
 * The journal's operations over one open database, synchronous: no time but the one it is given, no threads, no
 * promises. It never opens a transaction; `commitBatch` does, for many operations at once. The production engine
 * runs it in a worker thread, the simulation in virtual time: both run this code.
 */
import type { DatabaseSync } from 'node:sqlite';
import { AppendOrder } from './append-order.ts';
import { createAppender, type Appender } from './append.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { createKeyValues, type KeyValues } from './key-values.ts';
import { createReading, type Reading } from './reading.ts';
import { createRooms, type Rooms } from './rooms.ts';
import { createSearchIndex, type SearchIndex } from './search-index.ts';
import { createTrimmer, type Trimmer } from './trim.ts';

export interface Core extends Appender, Deliveries, Reading, Trimmer {
  readonly database: DatabaseSync;
  readonly keyValues: KeyValues;
  readonly rooms: Rooms;
  readonly index: SearchIndex;
  readonly order: AppendOrder;
  /** To be called after a rollback: forgets everything learned since, and reads it anew. */
  recover(): void;
}

/** Prepares the operations; the database has its schema already. `now` is milliseconds since the epoch. */
export function createCore(database: DatabaseSync, now: () => number): Core {
  const rooms = createRooms(database);
  const index = createSearchIndex(database, rooms);
  const appender = createAppender(database, rooms, index, now);
  const recover = () => {
    rooms.forget();
    appender.reload();
    index.recount();
  };
  recover();
  return {
    ...appender,
    ...createDeliveries(database, rooms, appender, now),
    ...createReading(database, rooms),
    ...createTrimmer(database, index),
    keyValues: createKeyValues(database),
    database,
    rooms,
    index,
    order: new AppendOrder(),
    recover,
  };
}
