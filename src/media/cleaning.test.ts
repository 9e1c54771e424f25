import assert from 'node:assert/strict';
import test from 'node:test';
import { toRemove } from './cleaning.ts';
import type { KeptFile } from './folder.ts';

const none = new Set<string>();

function file(id: string, sizeBytes: number, usedAt: number): KeptFile {
  return { id, sizeBytes, usedAt };
}

function removed(...args: Parameters<typeof toRemove>): string {
  return toRemove(...args)
    .map(({ id }) => id)
    .join('');
}

test('within the limits everything stays', () => {
  assert.equal(removed([file('a', 10, 1), file('b', 10, 2)], none, { totalLimitBytes: 20 }, 1e6), '');
});

test('what was not used for too long goes, whatever room there is', () => {
  const files = [file('a', 1, 100), file('b', 1, 50), file('c', 1, 99)];
  assert.equal(removed(files, none, { totalLimitBytes: 1000, retentionMs: 100 }, 200), 'bc');
});

test('of too much, what was used the longest ago goes, and no more than has to', () => {
  const files = [file('new', 40, 3), file('old', 30, 1), file('middle', 30, 2)];
  assert.equal(removed(files, none, { totalLimitBytes: 70 }, 10), 'old');
  assert.equal(removed(files, none, { totalLimitBytes: 69 }, 10), 'oldmiddle');
});

test('what a message on its way refers to stays, and others go for it', () => {
  const files = [file('a', 30, 1), file('b', 30, 2), file('c', 30, 3)];
  assert.equal(removed(files, new Set(['a']), { totalLimitBytes: 60, retentionMs: 5 }, 10), 'bc');
  assert.equal(removed(files, new Set(['a', 'b', 'c']), { totalLimitBytes: 1 }, 10), '');
});
