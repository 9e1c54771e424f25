/**
 * V8's collector, where it has to be called. Bytes of files lie outside of V8's heap, in buffers of which each has a small
 * object within it. The collector looks at those when their space is full, by when they can stand for some 70 MiB that nobody
 * needs any more, and what a process took once it mostly keeps.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Collection {
  type: 'minor' | 'major';
  execution?: 'sync';
  flavor?: 'last-resort';
}
export type Collect = (collection: Collection) => void;

/** After so many bytes the young among the buffers are looked at, which takes a quarter of a millisecond. */
const LOOK_EVERY_BYTES = 8 * 1024 * 1024;

let collectYoung: Collect | undefined;
let passedBytes = 0;

/** The collector as a function; one that does nothing where V8 does not show it. */
export function findCollector(): Collect {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? (found as Collect) : () => {};
}

/** To be told by whoever hands a file on, piece by piece: what passes is not in memory much longer than that. */
export function passed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < LOOK_EVERY_BYTES) return;
  passedBytes = 0;
  collectYoung ??= findCollector();
  collectYoung({ type: 'minor', execution: 'sync' });
}

/** The pieces of a file, on their way to somebody who reads them. */
export async function* passing(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    passed(piece.byteLength);
    yield piece;
  }
}
