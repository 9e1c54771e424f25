import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { readConfigText } from './source.ts';

async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), 'hutong-source-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test('a file is read as it is, however it is cut into reads', async () => {
  await using folder = await createFolder();
  const file = join(folder.path, 'hutong.yaml');
  for (const text of ['', 'accounts: {}\n', `# ${'胡同'.repeat(170_000)}\n`]) {
    await writeFile(file, text);
    assert.equal(await readConfigText(file), text);
  }
});

test('what is no file of a configuration’s size is refused, and takes no memory of its own size', async () => {
  await using folder = await createFolder();
  const file = join(folder.path, 'hutong.yaml');
  await writeFile(file, '');
  await truncate(file, 8 * 1024 ** 3);
  const before = process.memoryUsage().rss;
  await assert.rejects(readConfigText(file, 'hutong.yaml'), {
    code: 'config-unreadable',
    message: /^hutong\.yaml: has more than the 1048576 bytes/,
  });
  if (existsSync('/dev/zero')) await assert.rejects(readConfigText('/dev/zero'), /has more than/);
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 ** 2);
});

test('what cannot be read says why', async () => {
  await using folder = await createFolder();
  await assert.rejects(readConfigText(folder.path, 'here'), { message: 'here: is a folder' });
  await assert.rejects(readConfigText(join(folder.path, 'none'), 'here'), {
    message: 'here: there is no such file',
  });
  const file = join(folder.path, 'hutong.yaml');
  await writeFile(file, Buffer.from([0xff, 0xfe]));
  await assert.rejects(readConfigText(file, 'here'), { message: /^here: is not UTF-8/ });
});
