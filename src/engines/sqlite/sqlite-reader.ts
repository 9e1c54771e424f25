/**
 * The journal for the command line, beside a hub that may be running: reads everything and writes key-values. It
 * needs no thread: a command does one thing and ends.
 */
import { JournalError } from '../../hub/errors.ts';
import type { Journal } from '../../hub/journal.ts';
import { createClient } from './client.ts';
import { createCore } from './core.ts';
import { openBeside } from './file.ts';
import { createCommitter } from './group-commit.ts';
import { createOperationQueue } from './queue.ts';

/** What may be done beside a hub: nothing that it holds in memory too. */
export type JournalReader = Pick<
  Journal,
  | 'lanes'
  | 'event'
  | 'original'
  | 'journey'
  | 'read'
  | 'head'
  | 'history'
  | 'search'
  | 'deliveries'
  | 'get'
  | 'set'
  | 'list'
  | 'close'
>;

/**
 * Opens the journal in `folder` beside whatever runs on it; makes an empty one if there is none. Rejects with a
 * JournalError.
 */
export async function openSqliteReader({ folder }: { folder: string }): Promise<JournalReader> {
  const opened = openBeside(folder);
  const { database, file } = opened;
  const committer = createCommitter(createCore(database, Date.now), file, 'DEFERRED');
  let closed: Promise<void> | undefined;
  const queue = createOperationQueue(() => {
    setImmediate(() => {
      const frame = queue.take();
      for (let from = 0; from < frame.length;) {
        const { answers, next } = committer.commit(frame, from);
        queue.receive(answers);
        from = next;
      }
    });
  });
  const client = createClient(queue);
  return {
    ...client,
    async close() {
      closed ??= client.head().then(opened.close, opened.close);
      queue.refuse(new JournalError('journal-closed', `${file}: the journal is closed`));
      await closed;
    },
  };
}
