/**
 * The search index, an FTS5 table without content: a message's tokens and the rooms it was said in and sent to.
 *
 * Indexing one message in a transaction of its own costs more than appending it, since FTS5 writes a segment a
 * transaction; many together cost a few microseconds each. So an append only queues its text (`unindexed`), and
 * `catchUp` indexes what is queued: in the background, and before a search.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { SearchQuery } from '../../hub/journal.ts';
import { messageKind, sentState } from './codes.ts';
import type { EventRow } from './reading.ts';
import type { Rooms } from './rooms.ts';
import { prepareChange, prepareQuery } from './statement.ts';
import { toIndexTokens, toMatchExpression } from './tokens.ts';

export interface SearchIndex {
  /** Queues a new message's text. */
  add(position: number, text: string): void;
  /** Queues that a message is found by another text, or by none any more. */
  replace(position: number, text: string | null): void;
  /** Indexes up to `limit` queued messages and answers how many it did. */
  catchUp(limit: number): number;
  /** Messages queued by this connection, about. */
  readonly queued: number;
  /** Catches up, then answers what matches, newest first. */
  search(query: SearchQuery): EventRow[];
  /** Forgets the messages at these positions. */
  remove(positions: readonly number[]): void;
  /** Counts the queue again: after a rollback, and at the start. */
  recount(): void;
}

/** How many messages one round of catching up before a search takes. */
const catchUpSlice = 1_000;

export function createSearchIndex(database: DatabaseSync, rooms: Rooms): SearchIndex {
  const count = prepareQuery<[number]>(database, 'SELECT count(*) FROM unindexed');
  const queue = prepareChange(
    database,
    `INSERT INTO unindexed (position, text, known) VALUES (?, ?, ?)
     ON CONFLICT (position) DO UPDATE SET text = excluded.text, known = excluded.known`,
  );
  const oldest = prepareQuery<[number, string | null, number, number | null, number, number]>(
    database,
    `SELECT u.position, u.text, u.known, e.room, e.first_delivery, e.delivery_count
     FROM unindexed u LEFT JOIN events e ON e.position = u.position ORDER BY u.position LIMIT ?`,
  );
  const dequeue = prepareChange(database, 'DELETE FROM unindexed WHERE position <= ?');
  const dequeueOne = prepareChange(database, 'DELETE FROM unindexed WHERE position = ?');
  const lanes = prepareQuery<[number]>(
    database,
    'SELECT DISTINCT lane FROM deliveries WHERE id >= ?1 AND id < ?1 + ?2',
  );
  const insert = prepareChange(database, 'INSERT INTO words (rowid, text, rooms) VALUES (?, ?, ?)');
  const isKnown = prepareQuery<[number]>(database, 'SELECT 1 FROM words_docsize WHERE id = ?');
  const forget = prepareChange(database, 'DELETE FROM words WHERE rowid = ?');
  const matches = prepareQuery<EventRow>(
    database,
    `SELECT e.position, e.body, x.body
     FROM words JOIN events e ON e.position = words.rowid LEFT JOIN events x ON x.position = e.edit
     WHERE words MATCH ?1 AND words.rowid < ?2 AND e.shown = 1 AND e.kind = ${messageKind}
       AND (?3 IS NULL OR e.room = ?3 OR EXISTS
         (SELECT 1 FROM deliveries d WHERE d.state = ${sentState} AND d.lane = ?3 AND d.position = e.position))
     ORDER BY words.rowid DESC LIMIT ?4`,
  );
  let queued = 0;

  const removeOne = (position: number) => {
    if (isKnown.get(position) !== undefined) forget(position);
  };
  const catchUp = (limit: number) => {
    const rows = oldest.all(limit);
    for (const [position, text, known, room, firstDelivery, deliveryCount] of rows) {
      if (known === 1) removeOne(position);
      if (text === null || room === null) continue;
      const places = deliveryCount === 0 ? [] : lanes.all(firstDelivery, deliveryCount).flat();
      insert(position, toIndexTokens(text), [room, ...places].join(' '));
    }
    const last = rows.at(-1);
    if (last !== undefined) dequeue(last[0]);
    queued = rows.length < limit ? 0 : Math.max(0, queued - rows.length);
    return rows.length;
  };

  return {
    get queued() {
      return queued;
    },
    catchUp,
    add(position, text) {
      queue(position, text, 0);
      queued += 1;
    },
    replace(position, text) {
      queue(position, text, 1);
      queued += 1;
    },
    search(query) {
      const expression = toMatchExpression(query.text);
      if (expression === undefined) return [];
      const room = query.room === undefined ? null : rooms.find(query.room);
      if (room === undefined) return [];
      while (catchUp(catchUpSlice) === catchUpSlice);
      return matches.all(
        room === null ? `text : (${expression})` : `text : (${expression}) AND rooms : "${room}"`,
        query.before ?? Number.MAX_SAFE_INTEGER,
        room,
        query.limit,
      );
    },
    remove(positions) {
      for (const position of positions) {
        removeOne(position);
        dequeueOne(position);
      }
    },
    recount() {
      queued = count.get()?.[0] ?? 0;
    },
  };
}
