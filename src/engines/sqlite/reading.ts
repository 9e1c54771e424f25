/** Looking up and reading events: one, a message's journey, the one order, a room's history. */
import type { DatabaseSync } from 'node:sqlite';
import type { EventFilter } from '../../hub/journal.ts';
import { editKind, kindCode, messageKind, sentState } from './codes.ts';
import type { Rooms } from './rooms.ts';
import { prepareQuery } from './statement.ts';

/** position, the event as JSON, its newest edit as JSON. */
export type EventRow = [number, string, string | null];
/** room's number, native id, part. */
export type CopyRow = [number, string, number];
/** id, lane's number, state, attempts, dueAt, reason, changedAt. */
export type JourneyDeliveryRow = [number, number, number, number, number, string | null, number];

export interface RawJourney {
  event: EventRow;
  acts: EventRow[];
  copies: CopyRow[];
  deliveries: JourneyDeliveryRow[];
}

export interface RawPage {
  events: EventRow[];
  next: number;
  gap: boolean;
}

export interface Reading {
  event(id: string): EventRow | undefined;
  original(room: string, native: string): string | undefined;
  journey(id: string): RawJourney | undefined;
  read(after: number, filter: EventFilter, limit: number): RawPage;
  head(): number;
  history(room: string, before: number | undefined, limit: number): EventRow[];
}

/** How many events one filtered read looks at: a few milliseconds. */
const readScanLimit = 2_000;

export function createReading(database: DatabaseSync, rooms: Rooms): Reading {
  const byId = prepareQuery<EventRow>(database, 'SELECT position, body, NULL FROM events WHERE id = ?');
  const original = prepareQuery<[string]>(
    database,
    `SELECT ifnull(t.id, e.id) FROM copies c JOIN events e ON e.position = c.position
       LEFT JOIN events t ON e.kind = ${editKind} AND t.position = e.target
     WHERE c.room = ? AND c.native = ? AND (e.kind = ${messageKind} OR t.id IS NOT NULL)`,
  );
  const acts = prepareQuery<EventRow>(
    database,
    'SELECT position, body, NULL FROM events WHERE target = ? ORDER BY position',
  );
  const copies = prepareQuery<CopyRow>(
    database,
    `SELECT c.room, c.native, c.part FROM copies c JOIN events e ON e.position = c.position
     WHERE c.position = ? ORDER BY c.room <> e.room, c.room, c.part, c.native`,
  );
  const deliveries = prepareQuery<JourneyDeliveryRow>(
    database,
    `SELECT d.id, d.lane, d.state, d.attempts, d.due_at, d.reason, d.changed_at
     FROM events e JOIN deliveries d ON d.id >= e.first_delivery AND d.id < e.first_delivery + e.delivery_count
     WHERE e.position = ? ORDER BY d.id`,
  );
  const head = prepareQuery<[number | null]>(database, 'SELECT max(position) FROM events');
  const floor = prepareQuery<[number]>(database, "SELECT value FROM floors WHERE name = 'position'");
  const all = prepareQuery<EventRow>(
    database,
    'SELECT position, body, NULL FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  const scanEnd = prepareQuery<[number | null]>(
    database,
    `SELECT max(position) FROM (SELECT position FROM events WHERE position > ? ORDER BY position
       LIMIT ${readScanLimit})`,
  );
  const filtered = prepareQuery<EventRow>(
    database,
    `SELECT position, body, NULL FROM events NOT INDEXED
     WHERE position > ?1 AND position <= ?2
       AND (?3 IS NULL OR room IN (SELECT id FROM rooms WHERE ref IN (SELECT value FROM json_each(?3))))
       AND (?4 IS NULL OR room IN (SELECT id FROM rooms WHERE account IN (SELECT value FROM json_each(?4))))
       AND (?5 IS NULL OR kind IN (SELECT value FROM json_each(?5)))
     ORDER BY position LIMIT ?6`,
  );
  // Said there, and sent there: the newest of both, by position.
  const history = prepareQuery<EventRow>(
    database,
    `WITH places (position) AS (
       SELECT position FROM (SELECT position FROM events
         WHERE room = ?1 AND shown = 1 AND position < ?2 ORDER BY position DESC LIMIT ?3)
       UNION
       SELECT position FROM (SELECT d.position FROM deliveries d JOIN events e ON e.position = d.position
         WHERE d.lane = ?1 AND d.state = ${sentState} AND d.position < ?2 AND e.kind = ${messageKind} AND e.shown = 1
         ORDER BY d.position DESC LIMIT ?3)
     )
     SELECT e.position, e.body, x.body
     FROM (SELECT position FROM places ORDER BY position DESC LIMIT ?3) p
       JOIN events e ON e.position = p.position LEFT JOIN events x ON x.position = e.edit
     ORDER BY e.position`,
  );

  return {
    event: (id) => byId.get(id),
    original(room, native) {
      const number = rooms.find(room);
      return number === undefined ? undefined : original.get(number, native)?.[0];
    },
    journey(id) {
      const event = byId.get(id);
      if (event === undefined) return undefined;
      const [position] = event;
      return {
        event,
        acts: acts.all(position),
        copies: copies.all(position),
        deliveries: deliveries.all(position),
      };
    },
    read(after, filter, limit) {
      const gap = after < (floor.get()?.[0] ?? 0);
      const refs = toJsonList(filter.rooms);
      const accounts = toJsonList(filter.accounts);
      const kinds = toJsonList(filter.kinds?.map(kindCode));
      if (refs === null && accounts === null && kinds === null) {
        const events = all.all(after, limit);
        return { events, next: events.at(-1)?.[0] ?? after, gap };
      }
      const end = scanEnd.get(after)?.[0] ?? after;
      const events = filtered.all(after, end, refs, accounts, kinds, limit);
      const next = events.length < limit ? end : (events.at(-1)?.[0] ?? after);
      return { events, next, gap };
    },
    head: () => head.get()?.[0] ?? 0,
    history(room, before, limit) {
      const number = rooms.find(room);
      return number === undefined ? [] : history.all(number, before ?? Number.MAX_SAFE_INTEGER, limit);
    },
  };
}

/** A list as SQLite takes it in one argument; null when nothing is asked for. */
function toJsonList(values: readonly (string | number)[] | undefined): string | null {
  return values === undefined ? null : JSON.stringify(values);
}
