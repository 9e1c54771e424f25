import assert from 'node:assert/strict';
import test from 'node:test';
import { AppendHealth } from './append-health.ts';
import { createSystemClock } from './clock.ts';
import { JournalError } from './errors.ts';
import type { Log } from './log.ts';

function setup() {
  const lines: string[] = [];
  const note = (fields: object, message: string) =>
    void lines.push(`${message} ${'refused' in fields ? Number(fields.refused) : ''}`);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  let nowMs = 0;
  const clock = { ...createSystemClock(), monotonicMs: () => nowMs };
  return { lines, health: new AppendHealth(clock, log), pass: (ms: number) => (nowMs += ms) };
}

test('a journal that refuses is told once a minute, and when it takes again', () => {
  const { lines, health, pass } = setup();
  const full = new JournalError('journal-full', '/data/journal.sqlite: the disk is full');
  for (let count = 0; count < 100; count++) health.failed(full);
  assert.equal(health.failure, full);
  pass(60_000);
  health.failed(full);
  health.succeeded();
  health.succeeded();
  assert.equal(health.failure, undefined);
  assert.deepEqual(lines, [
    'the journal does not take what is said: /data/journal.sqlite: the disk is full 1',
    'the journal does not take what is said: /data/journal.sqlite: the disk is full 101',
    'the journal takes what is said again 101',
  ]);
});

test('a journal that has recovered while nobody spoke is found by a try, at most one a second', async () => {
  const { lines, health, pass } = setup();
  let tries = 0;
  let full = true;
  const write = async () => {
    tries += 1;
    if (full) throw new JournalError('journal-full', 'full');
  };
  await health.recheck(write);
  assert.equal(tries, 0, 'there is nothing to recover from');
  health.failed(new JournalError('journal-full', 'full'));
  await Promise.all([health.recheck(write), health.recheck(write)]);
  await health.recheck(write);
  assert.equal(tries, 1);
  assert.ok(health.failure);
  full = false;
  pass(1_000);
  await health.recheck(write);
  assert.equal(health.failure, undefined);
  assert.match(lines.at(-1)!, /takes what is said again/);
});
