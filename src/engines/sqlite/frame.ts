/**
 * How operations and their answers travel between the journal's callers and its core: as one flat array of
 * strings and numbers for a whole batch, which crosses to another thread several times faster than objects do.
 *
 * A batch of operations is `[operation, length, …arguments]` repeated; its answers, in the same order, are
 * `[0, length, …values]` or `[1, length, error code, message]` repeated.
 */
import type { Value } from './statement.ts';

export type Frame = Value[];

/** The operations by number: both sides of a frame are of one version, so the numbers may change at will. */
export const operations = {
  append: 0,
  waiting: 1,
  lanes: 2,
  begin: 3,
  settle: 4,
  event: 5,
  original: 6,
  journey: 7,
  read: 8,
  head: 9,
  history: 10,
  search: 11,
  deliveries: 12,
  retry: 13,
  drop: 14,
  get: 15,
  set: 16,
  list: 17,
  trim: 18,
  deliveryCounts: 19,
  giveBack: 20,
} as const;

export const answered = 0;
export const failed = 1;

/** Where the length of an item stands, seen from the item's start. */
const lengthOffset = 1;
const headerLength = 2;

/** Starts an item; its values follow by `push`. The answer is to be given to `endItem`. */
export function startItem(frame: Frame, head: number): number {
  return frame.push(head, 0) - headerLength;
}

/** Ends the item that began at `start`. */
export function endItem(frame: Frame, start: number): void {
  frame[start + lengthOffset] = frame.length - start - headerLength;
}

/** Reads a frame's items one after the other, and the values of each. */
export class FrameReader {
  readonly #frame: Frame;
  #at: number;
  #next: number;
  constructor(frame: Frame, from = 0) {
    this.#frame = frame;
    this.#at = from;
    this.#next = from;
  }

  /** Whether another item follows. */
  get more(): boolean {
    return this.#next < this.#frame.length;
  }

  /** Where the next item starts. */
  get next(): number {
    return this.#next;
  }

  /** Whether the item at hand holds further values. */
  get within(): boolean {
    return this.#at < this.#next;
  }

  /** Goes to the next item, whatever was left unread of the one before, and answers its head. */
  item(): number {
    this.#at = this.#next;
    const head = this.number();
    const length = this.number();
    this.#next = this.#at + length;
    return head;
  }

  /** The next value, which the writer of the frame wrote as text. */
  text(): string {
    return this.#frame[this.#at++] as string;
  }

  /** The next value, which the writer of the frame wrote as a number. */
  number(): number {
    return this.#frame[this.#at++] as number;
  }

  /** The next value, which the writer of the frame wrote as a text or null. */
  optionalText(): string | null {
    return this.#frame[this.#at++] as string | null;
  }

  /** The next value, which the writer of the frame wrote as a number or null. */
  optionalNumber(): number | null {
    return this.#frame[this.#at++] as number | null;
  }
}
