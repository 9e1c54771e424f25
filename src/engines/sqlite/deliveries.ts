/** What becomes of deliveries: taken, settled, listed, retried and dropped. */
import type { DatabaseSync } from 'node:sqlite';
import type { HubEvent, OutcomeEvent } from '../../hub/event.ts';
import type { DeliveryFilter } from '../../hub/journal.ts';
import type { RoomRef } from '../../hub/message.ts';
import type { Appender } from './append.ts';
import {
  droppedState,
  parkedState,
  pendingState,
  sendingState,
  sentState,
  stateCode,
  stateOf,
  unknownState,
} from './codes.ts';
import type { Rooms } from './rooms.ts';
import { prepareChange, prepareQuery } from './statement.ts';

/** id, lane's number, event's position and JSON, state, attempts, dueAt, reason, changedAt. */
export type DeliveryRow = [number, number, number, string, number, number, number, string | null, number];
const reasonColumn = 7;

/** lane's number, how many wait, are unknown, are parked. */
export type CountRow = [number, number, number, number];

export interface RawSettlement {
  delivery: number;
  at: number;
  state: number;
  dueAt: number;
  reason: string | null;
  copies: readonly { native: string; part: number }[];
}

/** How a delivery ended. */
interface Told {
  state: number;
  at: number;
  reason: string | null;
}

export interface Deliveries {
  waiting(lane: string, after: number, limit: number): DeliveryRow[];
  lanes(): number[];
  begin(id: number): void;
  /** Answers how many outcomes it appended. */
  settle(settlement: RawSettlement): number;
  counts(): CountRow[];
  list(filter: DeliveryFilter, after: number, limit: number): DeliveryRow[];
  retry(id: number): DeliveryRow | undefined;
  drop(id: number): DeliveryRow | undefined;
  /** See `Journal.giveBack`. */
  giveBack(id: number, lane: string, native: string, at: number, reason: string): DeliveryRow | undefined;
}

const columns = 'd.id, d.lane, d.position, e.body, d.state, d.attempts, d.due_at, d.reason, d.changed_at';
const fromDeliveries = `SELECT ${columns} FROM deliveries d JOIN events e ON e.position = d.position`;

export function createDeliveries(
  database: DatabaseSync,
  rooms: Rooms,
  appender: Appender,
  now: () => number,
): Deliveries {
  const waiting = prepareQuery<DeliveryRow>(
    database,
    `${fromDeliveries} WHERE d.lane = ? AND d.state < ${sentState} AND d.id > ? ORDER BY d.id LIMIT ?`,
  );
  const waitingAs = prepareQuery<DeliveryRow>(
    database,
    `${fromDeliveries} WHERE d.lane = ? AND d.state < ${sentState} AND d.state IN (?, ?) AND d.id > ? ORDER BY d.id LIMIT ?`,
  );
  // From each lane straight to the next one: as many steps as there are lanes, however long they are.
  const lanes = prepareQuery<[number]>(
    database,
    `WITH RECURSIVE found (lane) AS (
       SELECT min(lane) FROM deliveries WHERE state < ${sentState}
       UNION ALL
       SELECT (SELECT min(lane) FROM deliveries WHERE state < ${sentState} AND lane > found.lane) FROM found
       WHERE found.lane IS NOT NULL
     ) SELECT lane FROM found WHERE lane IS NOT NULL`,
  );
  const lanesOfAccount = prepareQuery<[number]>(database, 'SELECT id FROM rooms WHERE account = ?');
  const sent = prepareQuery<DeliveryRow>(
    database,
    `${fromDeliveries.replace('deliveries d', 'deliveries d NOT INDEXED')}
     WHERE d.state = ${sentState} AND d.id > ? ORDER BY d.id LIMIT ?`,
  );
  const sentTo = prepareQuery<DeliveryRow>(
    database,
    `${fromDeliveries} WHERE d.lane = ?1 AND d.state = ${sentState} AND d.id > ?2 AND d.position >=
       ifnull((SELECT position FROM deliveries WHERE id <= ?2 ORDER BY id DESC LIMIT 1), 0)
     ORDER BY d.position, d.id LIMIT ?3`,
  );
  const troubled = prepareQuery<DeliveryRow>(
    database,
    `${fromDeliveries} WHERE d.state > ${sentState} AND d.id > ? AND d.state IN (SELECT value FROM json_each(?))
     ORDER BY d.id LIMIT ?`,
  );
  const troubledIn = prepareQuery<DeliveryRow>(
    database,
    `${fromDeliveries} WHERE d.state > ${sentState} AND d.id > ? AND d.state IN (SELECT value FROM json_each(?))
       AND d.lane IN (SELECT value FROM json_each(?)) ORDER BY d.id LIMIT ?`,
  );
  const one = prepareQuery<DeliveryRow>(database, `${fromDeliveries} WHERE d.id = ?`);
  /** state, lane's number, event's position, dueAt, changedAt, whether a program posted it. */
  const standing = prepareQuery<[number, number, number, number, number, number]>(
    database,
    'SELECT state, lane, position, due_at, changed_at, posted FROM deliveries WHERE id = ?',
  );
  const postedAt = prepareQuery<[string]>(database, 'SELECT body FROM events WHERE position = ?');
  const firstCopy = prepareQuery<[string]>(
    database,
    'SELECT native FROM copies WHERE position = ? AND room = ? ORDER BY part LIMIT 1',
  );
  const counts = prepareQuery<CountRow>(
    database,
    `SELECT lane, sum(waiting), sum(unknown), sum(parked) FROM (
       SELECT lane, count(*) AS waiting, 0 AS unknown, 0 AS parked FROM deliveries WHERE state < ${sentState} GROUP BY lane
       UNION ALL
       SELECT lane, 0, sum(state = ${unknownState}), sum(state = ${parkedState}) FROM deliveries
         WHERE state > ${sentState} AND state < ${droppedState} GROUP BY lane
     ) GROUP BY lane ORDER BY lane`,
  );
  const begin = prepareChange(
    database,
    `UPDATE deliveries SET state = ${sendingState}, changed_at = ? WHERE id = ? AND state = ${pendingState}`,
  );
  const change = prepareChange(
    database,
    `UPDATE deliveries SET state = ?, attempts = attempts + ?, due_at = ?, reason = ?, changed_at = ?
     WHERE id = ?`,
  );
  const retry = prepareChange(
    database,
    `UPDATE deliveries SET state = ${pendingState}, due_at = 0, reason = NULL, changed_at = ?
     WHERE id = ? AND state IN (${parkedState}, ${unknownState})`,
  );
  const drop = prepareChange(
    database,
    `UPDATE deliveries SET state = ${droppedState}, due_at = 0, changed_at = ?
     WHERE id = ? AND state NOT IN (${sentState}, ${droppedState})`,
  );
  const addCopy = prepareChange(
    database,
    'INSERT INTO copies (room, native, position, part) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const removeCopy = prepareChange(
    database,
    'DELETE FROM copies WHERE room = ? AND native = ? AND position = ?',
  );

  /** The lanes that a filter names; undefined when it names none. */
  const lanesOf = (filter: DeliveryFilter): number[] | undefined => {
    const ofAccount = filter.account === undefined ? undefined : lanesOfAccount.all(filter.account).flat();
    if (filter.lane === undefined) return ofAccount;
    const lane = rooms.find(filter.lane);
    return lane === undefined || ofAccount?.includes(lane) === false ? [] : [lane];
  };
  const activeLanes = () => lanes.all().flat();

  /** Tells how a delivery ended, if a program waits to hear it. Answers how many were told. */
  const tell = (posted: number, position: number, lane: number, told: Told): number => {
    const row = posted === 1 && told.state >= sentState ? postedAt.get(position) : undefined;
    if (row === undefined) return 0;
    const { id: target, room, postedBy } = JSON.parse(row[0]) as HubEvent;
    const native = firstCopy.get(position, lane)?.[0];
    appender.appendOutcome({
      kind: 'outcome',
      room,
      at: told.at,
      target,
      lane: rooms.ref(lane) as RoomRef,
      state: stateOf(told.state) as OutcomeEvent['state'],
      ...(told.reason !== null && { reason: told.reason }),
      ...(native !== undefined && { native }),
      ...(postedBy !== undefined && { postedBy }),
    });
    return 1;
  };

  return {
    lanes: activeLanes,
    begin: (id) => void begin(now(), id),
    retry: (id) => (retry(now(), id) === 1 ? one.get(id) : undefined),
    drop(id) {
      const row = standing.get(id);
      const at = now();
      if (row === undefined || drop(at, id) === 0) return undefined;
      const [, lane, position, , , posted] = row;
      const dropped = one.get(id);
      tell(posted, position, lane, { state: droppedState, at, reason: dropped?.[reasonColumn] ?? null });
      return dropped;
    },
    counts: () => counts.all(),
    waiting(lane, after, limit) {
      const number = rooms.find(lane);
      return number === undefined ? [] : waiting.all(number, after, limit);
    },
    settle({ delivery, at, state, dueAt, reason, copies }) {
      const row = standing.get(delivery);
      if (row === undefined) return 0;
      const [before, lane, position, dueBefore, changedAt, posted] = row;
      if (before === sentState || before === droppedState) return 0;
      const repeated = before === state && dueBefore === dueAt && changedAt === at;
      if (!repeated) {
        const failed =
          state === pendingState ||
          (before === sendingState && (state === parkedState || state === unknownState));
        change(state, failed ? 1 : 0, dueAt, reason, at, delivery);
      }
      for (const { native, part } of copies) addCopy(lane, native, position, part);
      return before === state ? 0 : tell(posted, position, lane, { state, at, reason });
    },
    giveBack(id, lane, native, at, reason) {
      const row = standing.get(id);
      const number = rooms.find(lane);
      if (row === undefined || row[0] !== sentState || row[1] !== number) return undefined;
      const [, , position, , , posted] = row;
      change(parkedState, 1, 0, reason, at, id);
      removeCopy(number, native, position);
      tell(posted, position, number, { state: parkedState, at, reason });
      return one.get(id);
    },
    list(filter, after, limit) {
      const asked = new Set(filter.states.map(stateCode));
      const within = lanesOf(filter);
      const rows: DeliveryRow[] = [];
      const early = [...asked].filter((state) => state < sentState);
      const [first, second = first] = early;
      if (first !== undefined && second !== undefined) {
        for (const lane of within ?? activeLanes()) {
          rows.push(...waitingAs.all(lane, first, second, after, limit));
        }
      }
      if (asked.has(sentState)) {
        if (within === undefined) rows.push(...sent.all(after, limit));
        else for (const lane of within) rows.push(...sentTo.all(lane, after, limit));
      }
      const late = JSON.stringify([...asked].filter((state) => state > sentState));
      if (within === undefined) rows.push(...troubled.all(after, late, limit));
      else rows.push(...troubledIn.all(after, late, JSON.stringify(within), limit));
      return rows.sort((one_, other) => one_[0] - other[0]).slice(0, limit);
    },
  };
}
