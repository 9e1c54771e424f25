/**
 * How fast the SQLite journal appends, what an append costs the hub's thread, and how far the event loop lags
 * under it. Compared in the same run with bare `node:sqlite` that writes the same rows in batches of 64 and does
 * nothing else: the ratio holds on any machine, the numbers only on this one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteJournal } from '../src/engines/sqlite/sqlite-journal.ts';
import type { Journal, NewEntry } from '../src/hub/journal.ts';
import { createFigure, percentile, type Figure } from './figures.ts';

interface JournalBenchResult {
  /** By how many appends were in flight at once. */
  appends: { inFlight: number; perSecond: number; mainThreadMicrosecondsEach: number; p99Ms: number }[];
  /** Bare node:sqlite on the main thread: the same rows, 64 in a transaction. */
  barePerSecond: number;
  /** Appends with 64 in flight over the bare rate. */
  ratioToBare: number;
  /** At a steady 1000 appends a second: how late the event loop is, and how long an append takes, milliseconds. */
  steady: { perSecond: number; loopDelayP99Ms: number; appendP99Ms: number };
}

const eventBodyBytes = 500;
const lanes = ['jabber/room@conference.example.org', 'qq/group:123456'] as const;
const bareBatch = 64;
const steadyPerSecond = 1_000;
/** A timer's turn; appends of one turn are called together, as they come from sockets. */
const steadyTickMs = 5;

const secondsEach = 3;
const loopTargetMs = 20;

export async function benchJournal(): Promise<Figure[]> {
  const { appends, barePerSecond, ratioToBare, steady } = await measureJournal();
  return [
    ...appends.map(({ inFlight, perSecond, mainThreadMicrosecondsEach, p99Ms }) => ({
      what: `appends, ${inFlight} in flight`,
      value: `${perSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(1)} ms, hub's thread ${mainThreadMicrosecondsEach.toFixed(0)} µs each`,
    })),
    { what: `bare node:sqlite, ${bareBatch} in a transaction`, value: `${barePerSecond.toFixed(0)}/s` },
    { what: 'appends, 64 in flight / bare', value: ratioToBare.toFixed(2) },
    createFigure(
      `event loop delay, p99, at ${steady.perSecond.toFixed(0)} appends/s`,
      `${steady.loopDelayP99Ms.toFixed(1)} ms (an append's p99 ${steady.appendP99Ms.toFixed(1)} ms)`,
      `< ${loopTargetMs} ms`,
      steady.loopDelayP99Ms < loopTargetMs,
    ),
  ];
}

/** Measures for about `5 × secondsEach`. Uses a temporary folder of this machine's disk. */
async function measureJournal(): Promise<JournalBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-bench-journal-'));
  try {
    const journal = await openSqliteJournal({ folder: join(folder, 'journal') });
    await measureInFlight(journal, 64, 0.5);
    const appends: JournalBenchResult['appends'] = [];
    for (const inFlight of [1, 16, 64]) appends.push(await measureInFlight(journal, inFlight, secondsEach));
    const steady = await measureSteady(journal, secondsEach);
    await journal.close();
    const barePerSecond = measureBare(join(folder, 'bare.sqlite'), secondsEach);
    return { appends, barePerSecond, ratioToBare: (appends.at(-1)?.perSecond ?? 0) / barePerSecond, steady };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

let made = 0;
function nextEntry(): NewEntry {
  made += 1;
  const words = `今天的天气很好 number ${made} `;
  const event = {
    kind: 'message' as const,
    id: `bench${String(made).padStart(17, '0')}`,
    position: 0,
    room: 'house/lobby' as const,
    native: `native-id-of-the-network-${made}`,
    at: Date.now(),
    sender: { id: 'ann@example.org', name: 'ann' },
    body: [{ type: 'text' as const, text: words.padEnd(eventBodyBytes, '.') }],
  };
  return {
    event,
    key: `house/lobby\n${event.native}`,
    text: words,
    deliveries: lanes.map((lane) => ({ lane, begun: false })),
  };
}

async function measureInFlight(journal: Journal, inFlight: number, seconds: number) {
  const latencies: number[] = [];
  const before = performance.eventLoopUtilization();
  const start = performance.now();
  const end = start + seconds * 1000;
  const appendUntilEnd = async () => {
    for (let called = performance.now(); called < end; called = performance.now()) {
      await journal.append(nextEntry());
      latencies.push(performance.now() - called);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, appendUntilEnd));
  const { active } = performance.eventLoopUtilization(before);
  return {
    inFlight,
    perSecond: (latencies.length * 1000) / (performance.now() - start),
    mainThreadMicrosecondsEach: (active * 1000) / latencies.length,
    p99Ms: percentile(latencies, 0.99),
  };
}

async function measureSteady(journal: Journal, seconds: number) {
  const lag = monitorEventLoopDelay({ resolution: 1 });
  const latencies: number[] = [];
  const under: Promise<void>[] = [];
  const append = async () => {
    const called = performance.now();
    await journal.append(nextEntry());
    latencies.push(performance.now() - called);
  };
  const start = performance.now();
  lag.enable();
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - start) {
    const due = Math.floor((elapsed * steadyPerSecond) / 1000);
    while (under.length < due) under.push(append());
    await delay(steadyTickMs);
  }
  lag.disable();
  await Promise.all(under);
  const perSecond = (latencies.length * 1000) / (performance.now() - start);
  return { perSecond, loopDelayP99Ms: lag.percentile(99) / 1e6, appendP99Ms: percentile(latencies, 0.99) };
}

function measureBare(file: string, seconds: number): number {
  using database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE events (position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
    CREATE TABLE outbox (id INTEGER PRIMARY KEY, lane TEXT NOT NULL, event INTEGER NOT NULL) STRICT;
  `);
  const addEvent = database.prepare('INSERT INTO events (key, body) VALUES (?, ?)');
  const addDelivery = database.prepare('INSERT INTO outbox (lane, event) VALUES (?, ?)');
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    database.exec('BEGIN IMMEDIATE');
    for (let number = 0; number < bareBatch; number += 1) {
      const { key, event } = nextEntry();
      const { lastInsertRowid } = addEvent.run(key, JSON.stringify(event));
      for (const lane of lanes) addDelivery.run(lane, lastInsertRowid);
    }
    database.exec('COMMIT');
    count += bareBatch;
  }
  return (count * 1000) / (performance.now() - start);
}
