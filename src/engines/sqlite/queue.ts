/**
 * The callers' side of group commit: operations queue in call order into one frame until it is sent, and settle in
 * the same order when their answers come.
 */
import { JournalError } from '../../hub/errors.ts';
import type { JournalErrorCode } from './failure.ts';
import { answered, endItem, FrameReader, startItem, type Frame } from './frame.ts';

/** Operations that may wait for their answers. Beyond it calls are refused: callers await what they asked for. */
const waitingOperationsLimit = 200_000;
/** The same as a size, in UTF-16 code units of the text that they carry. */
const waitingTextLimit = 128 * 1024 * 1024;

interface Waiting {
  textLength: number;
  settle(answer: FrameReader): void;
  reject(error: Error): void;
}

export interface OperationQueue {
  /** Queues an operation. `write` pushes its arguments, `read` reads its answer; `failed` is called if that is a failure. */
  ask<Answer>(
    operation: number,
    write: (frame: Frame) => void,
    read: (answer: FrameReader) => Answer,
    failed?: () => void,
  ): Promise<Answer>;
  /** Takes what has queued since the last time, to be carried to the core. */
  take(): Frame;
  /** Settles operations, in order, by their answers. */
  receive(answers: Frame): void;
  /** Refuses every later call. What waits already is not touched. */
  refuse(error: JournalError): void;
  /** Rejects everything that waits, and every later call. */
  fail(error: JournalError): void;
}

/** @param schedule Called when the first operation queues after a `take`: has `take` called soon. */
export function createOperationQueue(schedule: () => void): OperationQueue {
  let frame: Frame = [];
  let waiting: Waiting[] = [];
  let firstWaiting = 0;
  let waitingText = 0;
  let refused: JournalError | undefined;

  const shift = (): Waiting => {
    const operation = waiting[firstWaiting];
    if (operation === undefined) throw new Error('an answer came that nobody waits for');
    firstWaiting += 1;
    waitingText -= operation.textLength;
    return operation;
  };
  const tidy = () => {
    waiting = waiting.slice(firstWaiting);
    firstWaiting = 0;
  };

  return {
    ask(operation, write, read, failed) {
      if (refused !== undefined) return Promise.reject(refused);
      if (waiting.length >= waitingOperationsLimit || waitingText >= waitingTextLimit) {
        return Promise.reject(
          new JournalError('journal-failed', 'too much waits for the journal already: the disk is too slow'),
        );
      }
      return new Promise((resolve, reject) => {
        const start = startItem(frame, operation);
        try {
          write(frame);
        } catch (error) {
          // What cannot be written down (a body that is no JSON) is the caller's fault and not queued.
          frame.length = start;
          reject(new JournalError('journal-failed', 'what was given cannot be kept', { cause: error }));
          return;
        }
        endItem(frame, start);
        if (start === 0) schedule();
        const textLength = measureText(frame, start);
        waitingText += textLength;
        waiting.push({
          textLength,
          settle: (answer) => resolve(read(answer)),
          reject: (error) => {
            failed?.();
            reject(error);
          },
        });
      });
    },
    take() {
      const full = frame;
      frame = [];
      return full;
    },
    receive(answers) {
      const reader = new FrameReader(answers);
      while (reader.more) {
        const head = reader.item();
        const operation = shift();
        if (head === answered) operation.settle(reader);
        else operation.reject(new JournalError(reader.text() as JournalErrorCode, reader.text()));
      }
      tidy();
    },
    refuse(error) {
      refused = error;
    },
    fail(error) {
      refused = error;
      frame = [];
      const left = waiting.slice(firstWaiting);
      waiting = [];
      firstWaiting = 0;
      waitingText = 0;
      for (const operation of left) operation.reject(error);
    },
  };
}

/** How much text a frame carries from an item on, UTF-16 code units. */
function measureText(frame: Frame, start: number): number {
  let length = 0;
  for (let at = start; at < frame.length; at += 1) {
    const value = frame[at];
    if (typeof value === 'string') length += value.length;
  }
  return length;
}
