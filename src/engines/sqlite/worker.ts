/**
 * The writer thread: the core, the file and its lock live here, so that a slow disk never holds up the event loop
 * of the hub. Frames come in by message, their answers go out; what came while a batch was written is the next.
 */
import { statSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { createCore } from './core.ts';
import { toFailure } from './failure.ts';
import { journalPath, openForHub, type JournalFile } from './file.ts';
import type { Frame } from './frame.ts';
import { createCommitter } from './group-commit.ts';
import type { FromWriter, ToWriter, WriterData } from './writer.ts';

/** Values in one joined frame, about: enough for a full batch. */
const joinedValuesLimit = 32_768;
/** How long nothing must come in before queued messages are indexed, milliseconds. */
const indexingIdleMs = 200;
/** How many messages one round of indexing takes: a few milliseconds. */
const indexingSlice = 500;

function answerBy(port: MessagePort): (message: FromWriter) => void {
  return (message) => port.postMessage(message);
}

/**
 * Whether the file that is open is still the one in its place. Of one that was deleted the system keeps what is written
 * only until it is closed, and tells nobody.
 */
function createPlaceCheck(file: string): () => boolean {
  const { dev, ino } = statSync(file);
  return () => {
    try {
      const now = statSync(file, { throwIfNoEntry: false });
      return now !== undefined && now.dev === dev && now.ino === ino;
    } catch {
      // It cannot be looked at just now, which says nothing; writing tells what is wrong.
      return true;
    }
  };
}

function serve(journal: JournalFile, port: MessagePort): void {
  const answer = answerBy(port);
  /** The next message that waits, without waiting for one. */
  const next = () => receiveMessageOnPort(port)?.message as ToWriter | undefined;
  const committer = createCommitter(createCore(journal.database, Date.now), journal.file, 'IMMEDIATE');
  const isInPlace = createPlaceCheck(journal.file);
  let idle: NodeJS.Timeout | undefined;
  let over = false;

  const indexSome = () => {
    if (committer.index(indexingSlice)) idle = setTimeout(indexSome, 0);
  };
  const commit = (frame: Frame) => {
    for (let from = 0; from < frame.length;) {
      if (!isInPlace()) return lose();
      const batch = committer.commit(frame, from);
      answer({ answers: batch.answers });
      from = batch.next;
    }
  };
  const close = (last: FromWriter) => {
    over = true;
    clearTimeout(idle);
    try {
      journal.close();
      answer(last);
    } catch (error) {
      answer({ failed: toFailure(error, journal.file) });
    }
    port.close();
  };
  const lose = () => {
    const message = `${journal.file}: was deleted, moved or replaced while hutong runs; what is written now would be lost: put it back and restart hutong`;
    close({ failed: { code: 'journal-failed', message } });
  };

  /** Joins to a frame what waits behind it, as far as a batch takes it. Answers `close` where that comes next. */
  const joinWaiting = (frame: Frame): 'close' | undefined => {
    while (frame.length < joinedValuesLimit) {
      const message = next();
      if (message === undefined || message === 'close') return message;
      for (const value of message) frame.push(value);
    }
    return undefined;
  };

  port.on('message', (first: ToWriter) => {
    clearTimeout(idle);
    let message: ToWriter | undefined = first;
    while (message !== undefined && message !== 'close') {
      const frame = message;
      message = joinWaiting(frame);
      commit(frame);
      if (over) return;
      message ??= next();
    }
    if (message === 'close') close({ closed: true });
    else idle = setTimeout(indexSome, indexingIdleMs);
  });
}

// Imported on the main thread, to be compiled once (`tools/compile.ts`), it does nothing.
if (parentPort !== null) {
  const { folder } = workerData as WriterData;
  const answer = answerBy(parentPort);
  try {
    serve(openForHub(folder), parentPort);
    answer({ ready: true });
  } catch (error) {
    answer({ failed: toFailure(error, journalPath(folder)) });
    parentPort.close();
  }
}
