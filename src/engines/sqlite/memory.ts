/**
 * The journal in memory, in virtual time: the same core as production's, committed at ticks of an injected clock.
 * It exists for the simulation, which crashes it anywhere and opens what survived.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../hub/clock.ts';
import { JournalError } from '../../hub/errors.ts';
import type { Journal } from '../../hub/journal.ts';
import { createClient } from './client.ts';
import { createCore } from './core.ts';
import { createCommitter } from './group-commit.ts';
import { migrate, migrations } from './migrate.ts';
import { createOperationQueue } from './queue.ts';
import type { Frame } from './frame.ts';

/** How long a commit takes when nothing else is asked for. */
const defaultCommitDelayMs = 1;

/** A journal's content without a hub: what a crash or a close leaves. Belongs to one journal at a time. */
export interface Survivor {
  readonly database: DatabaseSync;
}

export interface MemoryJournal extends Journal, Survivor {
  /** Something was asked for that is not committed yet. */
  readonly isBatchOpen: boolean;
  /**
   * Stops as a power cut does. What was not committed is gone, and its promises never settle. With `'kept'` the
   * batch under way is committed just before, so that it is durable and nobody was told.
   * Answers what survived, to open a new journal over.
   */
  crash(batch?: 'lost' | 'kept'): Survivor;
}

export interface MemoryJournalOptions {
  clock: Clock;
  /** From the first operation of a batch to its commit. */
  commitDelayMs?: number;
  /** What an earlier journal left; without it the journal begins empty. */
  survivor?: Survivor;
}

/** Opens a journal in memory. Deterministic: the same calls at the same times of the clock give the same results. */
export function createMemoryJournal(options: MemoryJournalOptions): MemoryJournal {
  const { clock, commitDelayMs = defaultCommitDelayMs } = options;
  const database = options.survivor?.database ?? new DatabaseSync(':memory:');
  migrate(database, migrations, 'memory');
  const committer = createCommitter(
    createCore(database, () => clock.now()),
    'memory',
    'IMMEDIATE',
  );
  const commit = (frame: Frame): Frame => {
    const { answers, next } = committer.commit(frame, 0);
    return next < frame.length ? answers.concat(commit(frame.slice(next))) : answers;
  };
  let stopped = false;
  let batchOpen = false;
  const queue = createOperationQueue(() => {
    batchOpen = true;
    clock.after(commitDelayMs, () => {
      batchOpen = false;
      if (!stopped) queue.receive(commit(queue.take()));
    });
  });
  const client = createClient(queue);
  let closed: Promise<void> | undefined;

  return {
    ...client,
    database,
    get isBatchOpen() {
      return batchOpen;
    },
    async close() {
      closed ??= client.head().then(() => undefined);
      queue.refuse(new JournalError('journal-closed', 'memory: the journal is closed'));
      await closed;
    },
    crash(batch = 'lost') {
      stopped = true;
      if (batch === 'kept') commit(queue.take());
      return { database };
    },
  };
}
