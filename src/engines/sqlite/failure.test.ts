import assert from 'node:assert/strict';
import test from 'node:test';
import { toJournalError } from './failure.ts';

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}

test('a read-only disk is called so, also where Node calls it a missing folder', () => {
  const refused = toJournalError(systemError('EROFS', 'open'), '/data/journal.sqlite');
  assert.equal(refused.code, 'journal-unwritable');
  assert.match(refused.message, /^\/data\/journal\.sqlite: the disk is read-only \(/);
  const unmade = toJournalError(systemError('ENOENT', 'mkdir'), '/data/journal.sqlite');
  assert.equal(unmade.code, 'journal-unwritable');
  assert.match(unmade.message, /its folder cannot be made; is the disk read-only\?/);
});
