import assert from 'node:assert/strict';
import test from 'node:test';
import { toByteRange } from './range.ts';

test('a range is cut to what there is', () => {
  assert.deepEqual(toByteRange('bytes=0-9', 100), { start: 0, end: 9 });
  assert.deepEqual(toByteRange('bytes=90-', 100), { start: 90, end: 99 });
  assert.deepEqual(toByteRange('bytes=90-1000', 100), { start: 90, end: 99 });
  assert.deepEqual(toByteRange('bytes=-10', 100), { start: 90, end: 99 });
  assert.deepEqual(toByteRange('bytes=-1000', 100), { start: 0, end: 99 });
});

test('a range behind the end cannot be given', () => {
  for (const header of ['bytes=100-', 'bytes=100-200', 'bytes=-0']) {
    assert.equal(toByteRange(header, 100), 'unsatisfiable', header);
  }
  assert.equal(toByteRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(toByteRange('bytes=-1', 0), 'unsatisfiable');
});

test('several ranges, other units, nonsense and none get the whole', () => {
  assert.equal(toByteRange(undefined, 100), 'whole');
  for (const header of ['', 'bytes=', 'bytes=-', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=9-1', 'bytes=a-b']) {
    assert.equal(toByteRange(header, 100), 'whole', header);
  }
});
