/** What the writer thread and its caller say to each other, besides frames. */
import type { Failure } from './failure.ts';
import type { Frame } from './frame.ts';

export interface WriterData {
  folder: string;
}

export type ToWriter = Frame | 'close';

export type FromWriter = { ready: true } | { answers: Frame } | { closed: true } | { failed: Failure };
