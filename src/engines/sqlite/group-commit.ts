/**
 * Group commit: one transaction, and so one sync of the disk, for all operations that queued while the one before
 * was written. An operation that fails must not take others with it: the batch is rolled back and each of its
 * operations runs again by itself.
 */
import type { Core } from './core.ts';
import { runOperation } from './dispatch.ts';
import { toFailure } from './failure.ts';
import { answered, endItem, failed, FrameReader, startItem, type Frame } from './frame.ts';

/** Operations in one transaction, at most: what queues behind them waits no longer than this many take. */
const batchOperationsLimit = 2_048;
/** From this many queued messages on, a batch indexes some of them before its commit. */
const indexingThreshold = 1_024;
/** Batches without indexing after indexing has failed: a damaged index must not stop the journal. */
const indexingPause = 1_000;

export interface Committer {
  /**
   * Runs the operations of `frame` from its item at `from` on, up to a limit, and commits. The answers are
   * durable; `next` is where the rest begins.
   */
  commit(frame: Frame, from: number): { answers: Frame; next: number };
  /** Indexes some queued messages in a transaction of its own; answers whether there are more. */
  index(limit: number): boolean;
}

/**
 * @param file Names the journal in errors.
 * @param begin How a batch's transaction begins: a hub's takes the write lock at once, a command's beside it only
 *   when something is written.
 */
export function createCommitter(core: Core, file: string, begin: 'IMMEDIATE' | 'DEFERRED'): Committer {
  const { database } = core;
  let pause = 0;

  const inTransaction = (mode: string, work: () => void) => {
    try {
      database.exec(`BEGIN ${mode}`);
      work();
      database.exec('COMMIT');
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      core.recover();
      throw error;
    }
  };
  const run = (operation: number, reader: FrameReader, answers: Frame) => {
    const start = startItem(answers, answered);
    runOperation(core, operation, reader, answers);
    endItem(answers, start);
  };

  const together = (frame: Frame, from: number) => {
    const reader = new FrameReader(frame, from);
    const answers: Frame = [];
    inTransaction(begin, () => {
      for (let count = 0; reader.more && count < batchOperationsLimit; count += 1) {
        run(reader.item(), reader, answers);
      }
      if (pause > 0) pause -= 1;
      else if (core.index.queued >= indexingThreshold) core.index.catchUp(indexingThreshold);
    });
    return { answers, next: reader.next };
  };

  const oneByOne = (frame: Frame, from: number) => {
    const reader = new FrameReader(frame, from);
    const answers: Frame = [];
    for (let count = 0; reader.more && count < batchOperationsLimit; count += 1) {
      const operation = reader.item();
      const before = answers.length;
      try {
        inTransaction('IMMEDIATE', () => run(operation, reader, answers));
      } catch (thrown) {
        answers.length = before;
        const failure = toFailure(thrown, file);
        core.order.failed(failure);
        const start = startItem(answers, failed);
        answers.push(failure.code, failure.message);
        endItem(answers, start);
      }
    }
    return { answers, next: reader.next };
  };

  return {
    commit(frame, from) {
      try {
        return together(frame, from);
      } catch {
        // Whatever it was, it shows again, and at the operation it belongs to.
        pause = indexingPause;
        return oneByOne(frame, from);
      }
    },
    index(limit) {
      if (pause > 0 || core.index.queued === 0) return false;
      try {
        inTransaction('IMMEDIATE', () => void core.index.catchUp(limit));
      } catch {
        // Nothing is lost: what is queued stays queued, and a search that needs it tells what is wrong.
        pause = indexingPause;
      }
      return core.index.queued > 0;
    },
  };
}
