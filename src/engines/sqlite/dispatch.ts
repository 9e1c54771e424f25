/**
 * The core's side of a frame: reads an operation's arguments, runs it, writes its answer. `client.ts` is the
 * other side and mirrors each of these, value by value.
 */
import type { DeliveryFilter, EventFilter, SearchQuery } from '../../hub/journal.ts';
import type { RawEntry } from './append.ts';
import type { Core } from './core.ts';
import type { DeliveryRow, RawSettlement } from './deliveries.ts';
import { operations, type Frame, type FrameReader } from './frame.ts';

type Run = (core: Core, ask: FrameReader, answer: Frame) => void;

const runs: Readonly<Record<number, Run>> = {
  [operations.append](core, ask, answer) {
    const told = ask.number();
    const entry = readEntry(ask);
    core.order.begin(entry.room, told);
    const { position, knownId, firstDelivery } = core.append(entry);
    answer.push(position, knownId, firstDelivery);
  },
  [operations.waiting](core, ask, answer) {
    pushDeliveries(core, answer, core.waiting(ask.text(), ask.number(), ask.number()));
  },
  [operations.lanes](core, _ask, answer) {
    for (const lane of core.lanes()) answer.push(core.rooms.ref(lane));
  },
  [operations.begin](core, ask) {
    while (ask.within) core.begin(ask.number());
  },
  [operations.settle](core, ask, answer) {
    let told = 0;
    while (ask.within) told += core.settle(readSettlement(ask));
    answer.push(told);
  },
  [operations.event](core, ask, answer) {
    answer.push(...(core.event(ask.text()) ?? []));
  },
  [operations.original](core, ask, answer) {
    answer.push(core.original(ask.text(), ask.text()) ?? null);
  },
  [operations.journey](core, ask, answer) {
    const journey = core.journey(ask.text());
    if (journey === undefined) return;
    answer.push(...journey.event, journey.acts.length, journey.copies.length);
    for (const act of journey.acts) answer.push(...act);
    for (const [room, native, part] of journey.copies) answer.push(core.rooms.ref(room), native, part);
    for (const [id, lane, ...rest] of journey.deliveries) answer.push(id, core.rooms.ref(lane), ...rest);
  },
  [operations.read](core, ask, answer) {
    const after = ask.number();
    const limit = ask.number();
    const page = core.read(after, JSON.parse(ask.text()) as EventFilter, limit);
    answer.push(page.next, page.gap ? 1 : 0);
    for (const row of page.events) answer.push(...row);
  },
  [operations.head](core, _ask, answer) {
    answer.push(core.head());
  },
  [operations.history](core, ask, answer) {
    const room = ask.text();
    const before = ask.optionalNumber() ?? undefined;
    for (const row of core.history(room, before, ask.number())) answer.push(...row);
  },
  [operations.search](core, ask, answer) {
    for (const row of core.index.search(JSON.parse(ask.text()) as SearchQuery)) answer.push(...row);
  },
  [operations.deliveries](core, ask, answer) {
    const after = ask.number();
    const limit = ask.number();
    pushDeliveries(core, answer, core.list(JSON.parse(ask.text()) as DeliveryFilter, after, limit));
  },
  [operations.deliveryCounts](core, _ask, answer) {
    for (const [lane, ...counts] of core.counts()) answer.push(core.rooms.ref(lane), ...counts);
  },
  [operations.retry](core, ask, answer) {
    while (ask.within) pushDeliveries(core, answer, [core.retry(ask.number())]);
  },
  [operations.drop](core, ask, answer) {
    while (ask.within) pushDeliveries(core, answer, [core.drop(ask.number())]);
  },
  [operations.giveBack](core, ask, answer) {
    const [delivery, lane, native] = [ask.number(), ask.text(), ask.text()];
    pushDeliveries(core, answer, [core.giveBack(delivery, lane, native, ask.number(), ask.text())]);
  },
  [operations.get](core, ask, answer) {
    answer.push(core.keyValues.get(ask.text()) ?? null);
  },
  [operations.set](core, ask) {
    while (ask.within) core.keyValues.set(ask.text(), ask.optionalText());
  },
  [operations.list](core, ask, answer) {
    for (const entry of core.keyValues.list(ask.text())) answer.push(...entry);
  },
  [operations.trim](core, ask, answer) {
    const { done, events } = core.trim(ask.number(), ask.number(), ask.number());
    answer.push(done ? 1 : 0, events);
  },
};

/** Runs one operation; its values are read from `ask`, the values of its answer are pushed to `answer`. */
export function runOperation(core: Core, operation: number, ask: FrameReader, answer: Frame): void {
  const run = runs[operation];
  if (run === undefined) throw new RangeError(`no operation has the number ${operation}`);
  core.order.leave();
  run(core, ask, answer);
}

function readEntry(ask: FrameReader): RawEntry {
  const entry = {
    key: ask.text(),
    id: ask.text(),
    kind: ask.number(),
    room: ask.text(),
    at: ask.number(),
    native: ask.optionalText(),
    target: ask.optionalText(),
    text: ask.optionalText(),
    posted: ask.number() === 1,
    body: ask.text(),
  };
  const lanes: { lane: string; begun: boolean }[] = [];
  while (ask.within) lanes.push({ lane: ask.text(), begun: ask.number() === 1 });
  return { ...entry, lanes };
}

function readSettlement(ask: FrameReader): RawSettlement {
  const [delivery, at, state, dueAt] = [ask.number(), ask.number(), ask.number(), ask.number()];
  const reason = ask.optionalText();
  const copies: { native: string; part: number }[] = [];
  for (let left = ask.number(); left > 0; left -= 1) copies.push({ native: ask.text(), part: ask.number() });
  return { delivery, at, state, dueAt, reason, copies };
}

function pushDeliveries(core: Core, answer: Frame, rows: readonly (DeliveryRow | undefined)[]): void {
  for (const row of rows) {
    if (row === undefined) continue;
    const [id, lane, ...rest] = row;
    answer.push(id, core.rooms.ref(lane), ...rest);
  }
}
