import assert from 'node:assert/strict';
import test from 'node:test';
import { toBareName } from './media.ts';

test('a name that is handed to other programs leads nowhere else', () => {
  const names = ['../../.ssh/authorized_keys', 'C:\\x\\报告.pdf', '..', 'a\u202Egnp.exe\n', '', undefined];
  assert.deepEqual(
    names.map((name) => toBareName({ ...(name !== undefined && { name }) })),
    ['authorized_keys', '报告.pdf', 'file', 'agnp.exe', 'file', 'file'],
  );
});
