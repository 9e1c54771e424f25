// Requests that are never answered leave nothing behind, however many there are.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

/** A leak of one small object a request would be ten times this. */
const GROWTH_LIMIT_BYTES = 1024 * 1024;

test('100,000 IQs that time out leave no memory behind', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    join(import.meta.dirname, 'xmpp-memory-child.ts'),
  ]);
  const { timeouts, grownBytes, handlers, unacknowledged } = JSON.parse(stdout) as Record<string, number>;
  assert.equal(timeouts, 100_000);
  assert.deepEqual([handlers, unacknowledged], [0, 0]);
  assert.ok((grownBytes ?? Number.NaN) < GROWTH_LIMIT_BYTES, `the heap grew by ${grownBytes} bytes`);
});
