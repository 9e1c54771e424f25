/** Appending: the event, its key, its native id and its deliveries, or the finding that it is known already. */
import type { DatabaseSync } from 'node:sqlite';
import type { OutcomeEvent } from '../../hub/event.ts';
import {
  editKind,
  isActKind,
  messageKind,
  outcomeKind,
  pendingState,
  recallKind,
  sendingState,
} from './codes.ts';
import type { Rooms } from './rooms.ts';
import type { SearchIndex } from './search-index.ts';
import { prepareChange, prepareQuery } from './statement.ts';

/** An event as the core takes it: what it needs to know of it, and the event itself as JSON. */
export interface RawEntry {
  key: string;
  id: string;
  kind: number;
  room: string;
  at: number;
  native: string | null;
  /** The message that an act is done to. */
  target: string | null;
  text: string | null;
  /** A program said or did it: the outcomes of its deliveries become events. */
  posted: boolean;
  body: string;
  lanes: readonly { lane: string; begun: boolean }[];
}

export interface RawAppended {
  /** 0 for a duplicate that has been trimmed. */
  position: number;
  /** Set for a duplicate: the known event's. */
  knownId: string | null;
  /** The first delivery's id; the others follow without a hole. */
  firstDelivery: number;
}

export interface Appender {
  append(entry: RawEntry): RawAppended;
  /** Appends what became of a delivery; the event's id and position are given here. */
  appendOutcome(outcome: Omit<OutcomeEvent, 'id' | 'position'>): void;
  /** Learns positions and ids anew from the database: at the start, and after a rollback. */
  reload(): void;
}

export function createAppender(
  database: DatabaseSync,
  rooms: Rooms,
  index: SearchIndex,
  now: () => number,
): Appender {
  const newest = prepareQuery<[number, number]>(
    database,
    `SELECT
       max((SELECT value FROM floors WHERE name = 'position'), ifnull((SELECT max(position) FROM events), 0)),
       max((SELECT value FROM floors WHERE name = 'delivery'), ifnull((SELECT max(id) FROM deliveries), 0))`,
  );
  const addKey = prepareChange(
    database,
    'INSERT INTO keys (position, key, id, seen) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
  );
  const idOfKey = prepareQuery<[string]>(database, 'SELECT id FROM keys WHERE key = ?');
  const idOfPosition = prepareQuery<[string]>(database, 'SELECT id FROM keys WHERE position = ?');
  const removeKey = prepareChange(database, 'DELETE FROM keys WHERE position = ?');
  const addCopy = prepareChange(
    database,
    'INSERT INTO copies (room, native, position, part) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING',
  );
  const copyOwner = prepareQuery<[number, number | null]>(
    database,
    `SELECT c.position, e.kind FROM copies c LEFT JOIN events e ON e.position = c.position
     WHERE c.room = ? AND c.native = ?`,
  );
  const addEvent = prepareChange(
    database,
    `INSERT INTO events (position, room, kind, shown, at, target, first_delivery, delivery_count, id, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const positionOf = prepareQuery<[number, number]>(
    database,
    'SELECT position, shown FROM events WHERE id = ?',
  );
  const setEdit = prepareChange(database, 'UPDATE events SET edit = ? WHERE position = ?');
  const hide = prepareChange(database, 'UPDATE events SET shown = 0 WHERE position = ?');
  const addDelivery = prepareChange(
    database,
    `INSERT INTO deliveries (id, lane, position, state, attempts, due_at, changed_at, posted)
     VALUES (?, ?, ?, ?, 0, 0, ?, ?)`,
  );
  let position = 0;
  let delivery = 0;

  const duplicateOf = (id: string | undefined): RawAppended => {
    if (id === undefined) throw new Error('a key or copy leads to no event');
    return { position: positionOf.get(id)?.[0] ?? 0, knownId: id, firstDelivery: 0 };
  };

  /** The position of the event whose copy this native id is, if that makes the new one a duplicate. */
  const knownByNative = (room: number, entry: RawEntry): number | undefined => {
    if (entry.native === null || addCopy(room, entry.native, position + 1) === 1) return undefined;
    const owner = copyOwner.get(room, entry.native);
    if (owner === undefined) return undefined;
    const [ownerPosition, ownerKind] = owner;
    // What was sent as a message may show an edit or a recall; an act may bear the id of what it is done to.
    const same = entry.kind === messageKind || ownerKind === null || ownerKind === entry.kind;
    return same ? ownerPosition : undefined;
  };

  /** Writes what an act does to its message, and answers the message's position. */
  const applyAct = (entry: RawEntry): number | null => {
    const message = entry.target === null ? undefined : positionOf.get(entry.target);
    if (message === undefined) return null;
    const [target, shown] = message;
    if (entry.kind === recallKind) {
      hide(target);
      index.replace(target, null);
    } else if (entry.kind === editKind) {
      setEdit(position + 1, target);
      if (shown === 1) index.replace(target, entry.text);
    }
    return target;
  };

  return {
    reload() {
      [position, delivery] = newest.get() ?? [0, 0];
    },
    append(entry) {
      const nowMs = now();
      if (addKey(position + 1, entry.key, entry.id, nowMs) === 0) {
        return duplicateOf(idOfKey.get(entry.key)?.[0]);
      }
      const room = rooms.number(entry.room);
      const known = knownByNative(room, entry);
      if (known !== undefined) {
        removeKey(position + 1);
        return duplicateOf(idOfPosition.get(known)?.[0]);
      }
      const isAct = isActKind(entry.kind);
      const target = isAct ? applyAct(entry) : null;
      position += 1;
      const firstDelivery = delivery + 1;
      // A network may tell any time; an event is never newer than its arrival, or it would hold up trimming.
      const at = Math.min(entry.at, nowMs);
      addEvent(
        position,
        room,
        entry.kind,
        entry.kind === messageKind ? 1 : 0,
        at,
        target,
        firstDelivery,
        entry.lanes.length,
        entry.id,
        entry.body,
      );
      for (const { lane, begun } of entry.lanes) {
        delivery += 1;
        const state = begun ? sendingState : pendingState;
        addDelivery(delivery, rooms.number(lane), position, state, nowMs, entry.posted ? 1 : 0);
      }
      if (entry.kind === messageKind && entry.text !== null) index.add(position, entry.text);
      return { position, knownId: null, firstDelivery };
    },
    appendOutcome(outcome) {
      position += 1;
      const at = Math.min(outcome.at, now());
      const event: OutcomeEvent = { ...outcome, id: `${outcome.target}.${position}`, position: 0, at };
      const room = rooms.number(event.room);
      addEvent(position, room, outcomeKind, 0, at, null, delivery + 1, 0, event.id, JSON.stringify(event));
    },
  };
}
