/** That what has passed is soon out of memory, though the collector would not look by itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { passed, passing } from './garbage.ts';

const mebi = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

test('buffers of which as many bytes have passed are collected', { timeout: 60_000 }, async () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 24; count += 1) Buffer.alloc(mebi);
  assert.ok(process.memoryUsage().arrayBuffers - before >= 16 * mebi, 'nobody has looked yet');
  passed(8 * mebi);
  // They are given back by another thread.
  while (process.memoryUsage().arrayBuffers - before > mebi) await new Promise(setImmediate);
});

test('pieces are handed on as they are', async () => {
  const pieces = Array.from({ length: 200 }, (_, index) => Buffer.alloc(PIECE_BYTES, index));
  async function* read() {
    yield* pieces;
  }
  assert.deepEqual(await Array.fromAsync(passing(read())), pieces);
});
