/**
 * The journal over an operation queue: writes each call's arguments into a frame and reads its answer, mirroring
 * `dispatch.ts`. It runs on the callers' thread, at every append: an event is made JSON once, here, and stays text
 * until somebody reads it.
 */
import { isAct, type HubEvent } from '../../hub/event.ts';
import type { Appended, Copy, Delivery, Journal, Settlement } from '../../hub/journal.ts';
import type { RoomRef } from '../../hub/message.ts';
import { kindCode, stateCode, stateOf } from './codes.ts';
import { operations, type Frame, type FrameReader } from './frame.ts';
import type { OperationQueue } from './queue.ts';

const noDeliveries: readonly number[] = [];
const nothing = () => undefined;

/** The journal's operations, but for `close`, which each engine has its own way of. */
export function createClient(queue: OperationQueue): Omit<Journal, 'close'> {
  const ask: OperationQueue['ask'] = (...operation) => queue.ask(...operation);
  /** An operation whose arguments are a few numbers and texts. */
  const call = <Answer>(
    operation: number,
    values: readonly (string | number | null)[],
    read: (answer: FrameReader) => Answer,
  ) => ask(operation, (frame) => void frame.push(...values), read);

  /** Appends that failed, of which the caller knows; see `append-order.ts`. */
  let failures = 0;

  return {
    append({ event, key, text, deliveries }) {
      return ask(
        operations.append,
        (frame) => {
          const body = JSON.stringify(event);
          frame.push(
            failures,
            wellFormed(key),
            wellFormed(event.id),
            kindCode(event.kind),
            wellFormed(event.room),
            event.at,
            event.native === undefined ? null : wellFormed(event.native),
            isAct(event) ? wellFormed(event.target) : null,
            text === undefined ? null : wellFormed(text),
            event.postedBy === undefined ? 0 : 1,
            body,
          );
          for (const { lane, begun } of deliveries) frame.push(wellFormed(lane), begun ? 1 : 0);
        },
        (answer): Appended => {
          const position = answer.number();
          const knownId = answer.optionalText();
          if (knownId !== null) return { id: knownId, position, duplicate: true, deliveries: noDeliveries };
          const first = answer.number();
          return {
            id: event.id,
            position,
            duplicate: false,
            deliveries: deliveries.length === 0 ? noDeliveries : deliveries.map((_, index) => first + index),
          };
        },
        () => void (failures += 1),
      );
    },
    waiting: (lane, after, limit) =>
      call(operations.waiting, [wellFormed(lane), after, limit], readDeliveries),
    lanes: () => call(operations.lanes, [], (answer) => readAll(answer, readRoom)),
    begin: (deliveries) => call(operations.begin, deliveries, nothing),
    settle: (settlements) =>
      ask(
        operations.settle,
        (frame) => settlements.forEach((one) => writeSettlement(frame, one)),
        (answer) => answer.number(),
      ),
    event: (id) => call(operations.event, [wellFormed(id)], (answer) => readAll(answer, readEvent)[0]),
    original: (room, native) =>
      call(
        operations.original,
        [wellFormed(room), wellFormed(native)],
        (answer) => answer.optionalText() ?? undefined,
      ),
    journey: (id) => call(operations.journey, [wellFormed(id)], readJourney),
    read: (after, filter, limit) =>
      call(operations.read, [after, limit, JSON.stringify(filter, toWellFormed)], (answer) => {
        const next = answer.number();
        const gap = answer.number() === 1;
        return { events: readAll(answer, readEvent), next, gap };
      }),
    head: () => call(operations.head, [], (answer) => answer.number()),
    history: (room, before, limit) =>
      call(operations.history, [wellFormed(room), before ?? null, limit], (answer) =>
        readAll(answer, readEvent),
      ),
    search: (query) =>
      call(operations.search, [JSON.stringify(query, toWellFormed)], (answer) => readAll(answer, readEvent)),
    deliveries: (filter, after, limit) =>
      call(operations.deliveries, [after, limit, JSON.stringify(filter, toWellFormed)], readDeliveries),
    deliveryCounts: () =>
      call(operations.deliveryCounts, [], (answer) =>
        readAll(answer, (row) => ({
          lane: readRoom(row),
          waiting: row.number(),
          unknown: row.number(),
          parked: row.number(),
        })),
      ),
    retry: (deliveries) => call(operations.retry, deliveries, readDeliveries),
    drop: (deliveries) => call(operations.drop, deliveries, readDeliveries),
    giveBack: ({ delivery, lane, native, at, reason }) =>
      call(
        operations.giveBack,
        [delivery, wellFormed(lane), wellFormed(native), at, wellFormed(reason)],
        (answer) => readDeliveries(answer)[0],
      ),
    get: (key) => call(operations.get, [wellFormed(key)], (answer) => answer.optionalText() ?? undefined),
    set: (entries) =>
      ask(
        operations.set,
        (frame) => {
          for (const [key, value] of entries) {
            frame.push(wellFormed(key), value === undefined ? null : wellFormed(value));
          }
        },
        nothing,
      ),
    list: (prefix) =>
      call(operations.list, [wellFormed(prefix)], (answer) =>
        readAll(answer, (entry): [string, string] => [entry.text(), entry.text()]),
      ),
    trim: (eventsBefore, keysBefore, limit) =>
      call(operations.trim, [eventsBefore, keysBefore, limit], (answer) => ({
        done: answer.number() === 1,
        events: answer.number(),
      })),
  };
}

/** A lone surrogate has no UTF-8 and would not come back as it went in; JSON escapes them, bare texts cannot. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** The same for every text that is made JSON. */
function toWellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

function writeSettlement(frame: Frame, settlement: Settlement): void {
  const { delivery, at, state, copies } = settlement;
  const dueAt = state === 'pending' ? settlement.dueAt : 0;
  const reason = state === 'sent' ? null : wellFormed(settlement.reason);
  frame.push(delivery, at, stateCode(state), dueAt, reason, copies.length);
  for (const { native, part } of copies) frame.push(wellFormed(native), part);
}

function readAll<Item>(answer: FrameReader, read: (answer: FrameReader) => Item): Item[] {
  const items: Item[] = [];
  while (answer.within) items.push(read(answer));
  return items;
}

function readTimes<Item>(times: number, answer: FrameReader, read: (answer: FrameReader) => Item): Item[] {
  return Array.from({ length: times }, () => read(answer));
}

function readRoom(answer: FrameReader): RoomRef {
  return answer.text() as RoomRef;
}

/** An event and, where there is one, its newest edit, whose body it then has. */
function readEvent(answer: FrameReader): HubEvent {
  const position = answer.number();
  const event = parseEvent(answer.text(), position);
  const edit = answer.optionalText();
  if (edit === null || event.kind !== 'message') return event;
  const edited = parseEvent(edit, 0);
  return edited.kind === 'edit' ? { ...event, body: edited.body } : event;
}

function parseEvent(json: string, position: number): HubEvent {
  const event = JSON.parse(json) as HubEvent;
  event.position = position;
  return event;
}

function readDeliveries(answer: FrameReader): Delivery[] {
  return readAll(answer, (row) => {
    const [id, lane, position] = [row.number(), readRoom(row), row.number()];
    const event = parseEvent(row.text(), position);
    return { id, lane, event, ...readStanding(row) };
  });
}

function readStanding(row: FrameReader): Omit<Delivery, 'id' | 'lane' | 'event'> {
  const [state, attempts, dueAt] = [stateOf(row.number()), row.number(), row.number()];
  const reason = row.optionalText();
  const changedAt = row.number();
  return { state, attempts, dueAt, ...(reason === null ? {} : { reason }), changedAt };
}

function readJourney(answer: FrameReader) {
  if (!answer.within) return undefined;
  const event = readEvent(answer);
  const [actCount, copyCount] = [answer.number(), answer.number()];
  const acts = readTimes(actCount, answer, readEvent);
  const copies = readTimes(copyCount, answer, (row): Copy => ({
    room: readRoom(row),
    native: row.text(),
    part: row.number(),
  }));
  const deliveries = readAll(answer, (row) => ({
    id: row.number(),
    lane: readRoom(row),
    ...readStanding(row),
  }));
  return { event, acts, copies, deliveries };
}
