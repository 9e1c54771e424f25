/** The embedded journal of production: one SQLite file, written by a thread of its own. */
import { Worker } from 'node:worker_threads';
import { JournalError } from '../../hub/errors.ts';
import type { Journal } from '../../hub/journal.ts';
import { createClient } from './client.ts';
import { journalPath } from './file.ts';
import { createOperationQueue, type OperationQueue } from './queue.ts';
import type { FromWriter, ToWriter, WriterData } from './writer.ts';

export interface SqliteJournalOptions {
  /** Where `journal.sqlite` and its side files are; made if it is missing. */
  folder: string;
}

/**
 * Opens the journal in `folder` for the one hub that runs on it. Rejects with a JournalError: `journal-locked`
 * when another runs, `journal-unwritable`, `journal-full`, `journal-corrupt`, `journal-newer`. Operations that
 * were called in one turn of the event loop go to the writer together; if the writer dies, all that waits and all
 * later calls reject with `journal-failed`.
 */
export async function openSqliteJournal({ folder }: SqliteJournalOptions): Promise<Journal> {
  const file = journalPath(folder);
  const workerData: WriterData = { folder };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    name: 'journal',
    // Flags of the process that are about its own entry point would keep the thread from starting.
    execArgv: [],
    // What it works on lives for a batch: a larger nursery would only make the process's size go up and down.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const send = (message: ToWriter) => worker.postMessage(message);
  const queue = createOperationQueue(() => {
    setImmediate(() => send(queue.take()));
  });
  const life = follow(worker, queue, file);
  await life.ready;
  const client = createClient(queue);
  let closed: Promise<void> | undefined;
  return {
    ...client,
    close() {
      closed ??= (async () => {
        // What was called in this turn is still to be sent, and answered before the writer closes.
        const written = client.head();
        queue.refuse(new JournalError('journal-closed', `${file}: the journal is closed`));
        await written;
        send('close');
        await life.over;
      })();
      return closed;
    },
  };
}

/** Hands the writer's answers to the queue, and tells when it is ready and when it is over. */
function follow(worker: Worker, queue: OperationQueue, file: string) {
  const ready = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  // Who waits for neither has been told by the queue already.
  ready.promise.catch(() => undefined);
  over.promise.catch(() => undefined);
  let failed = false;
  const fail = (error: JournalError) => {
    // What comes after it (the thread's end) only follows from it.
    if (failed) return;
    failed = true;
    queue.fail(error);
    ready.reject(error);
    over.reject(error);
  };
  let closing = false;
  worker.on('message', (message: FromWriter) => {
    if ('answers' in message) queue.receive(message.answers);
    else if ('ready' in message) ready.resolve();
    else if ('closed' in message) closing = true;
    else fail(new JournalError(message.failed.code, message.failed.message));
  });
  worker.on('error', (cause) => {
    fail(new JournalError('journal-failed', `${file}: its writer thread died`, { cause }));
  });
  worker.on('exit', () => {
    if (closing) over.resolve();
    else fail(new JournalError('journal-failed', `${file}: its writer thread ended`));
  });
  return { ready: ready.promise, over: over.promise };
}
