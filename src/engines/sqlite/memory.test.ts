import assert from 'node:assert/strict';
import test from 'node:test';
import { journalContract } from '../../../test/contract/journal.ts';
import { createSystemClock, type Clock } from '../../hub/clock.ts';
import type { NewEntry } from '../../hub/journal.ts';
import { createMemoryJournal, type Survivor } from './memory.ts';

journalContract('the journal in memory', async () => {
  const clock = createSystemClock();
  let survivor: Survivor | undefined;
  return {
    async open() {
      const journal = createMemoryJournal({ clock, commitDelayMs: 0, ...(survivor && { survivor }) });
      survivor = journal;
      return journal;
    },
    async [Symbol.asyncDispose]() {
      survivor?.database.close();
    },
  };
});

/** A clock whose timers fire when they are told to. */
function createStoppedClock(): Clock & { fire(): void } {
  let timers: (() => void)[] = [];
  return {
    ...createSystemClock(),
    now: () => 1000,
    after(_delayMs, fire) {
      timers.push(fire);
      return () => (timers = timers.filter((timer) => timer !== fire));
    },
    fire: () => timers.splice(0).forEach((timer) => timer()),
  };
}

function join(number: number): NewEntry {
  const event = {
    kind: 'join' as const,
    id: `id${number}`,
    position: 0,
    room: 'house/lobby' as const,
    at: number,
    who: { id: 'ann', name: 'ann' },
  };
  return { event, key: `k${number}`, deliveries: [] };
}

async function settledBy(work: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void work.finally(() => (settled = true)).catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test('nothing resolves before its commit', async () => {
  const clock = createStoppedClock();
  const journal = createMemoryJournal({ clock });
  const appending = journal.append(join(1));
  assert.equal(await settledBy(appending), false);
  clock.fire();
  assert.equal((await appending).position, 1);
});

test('a crash loses the batch under way, and its promises never settle', async () => {
  const clock = createStoppedClock();
  const journal = createMemoryJournal({ clock });
  const kept = journal.append(join(1));
  clock.fire();
  await kept;
  const lost = journal.append(join(2));
  const survivor = journal.crash();
  clock.fire();
  assert.equal(await settledBy(lost), false);
  assert.equal(await settledBy(journal.append(join(3))), false);

  const again = createMemoryJournal({ clock, survivor });
  const reading = Promise.all([again.head(), again.append(join(2))]);
  clock.fire();
  const [head, appended] = await reading;
  assert.equal(head, 1);
  assert.deepEqual([appended.position, appended.duplicate], [2, false]);
});

test('a crash just after the commit keeps the batch and tells nobody', async () => {
  const clock = createStoppedClock();
  const journal = createMemoryJournal({ clock });
  const untold = journal.append(join(1));
  const survivor = journal.crash('kept');
  clock.fire();
  assert.equal(await settledBy(untold), false);

  const again = createMemoryJournal({ clock, survivor });
  const appending = again.append(join(1));
  clock.fire();
  assert.equal((await appending).duplicate, true);
});
