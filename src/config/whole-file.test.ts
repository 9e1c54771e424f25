// A file is replaced as a whole, and what it was otherwise (its mode, a link that leads to it) stays.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { writeFileWhole } from './whole-file.ts';

async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-whole-'));
  return {
    folder,
    file: join(folder, 'hutong.yaml'),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

test('a new file is for its owner alone, an old one keeps its mode', async () => {
  await using at = await setup();
  await writeFileWhole(at.file, 'one');
  assert.equal(await modeOf(at.file), 0o600);
  await chmod(at.file, 0o640);
  await writeFileWhole(at.file, 'two');
  assert.equal(await modeOf(at.file), 0o640);
  assert.equal(await readFile(at.file, 'utf8'), 'two');
  assert.deepEqual(await readdir(at.folder), ['hutong.yaml']);
});

test('a link stays a link, and what it leads to is replaced where it is', async () => {
  await using at = await setup();
  await mkdir(join(at.folder, 'real'));
  await writeFile(join(at.folder, 'real', 'a.yaml'), 'one');
  await symlink('real/a.yaml', at.file);
  await writeFileWhole(at.file, 'two');
  assert.ok((await lstat(at.file)).isSymbolicLink());
  assert.equal(await readFile(join(at.folder, 'real', 'a.yaml'), 'utf8'), 'two');
});

test('a read-only file is not replaced', async () => {
  await using at = await setup();
  await writeFile(at.file, 'one');
  await chmod(at.file, 0o444);
  await assert.rejects(writeFileWhole(at.file, 'two'), /read-only|EACCES/);
  assert.equal(await readFile(at.file, 'utf8'), 'one');
});

test('who is killed before the rename leaves the file as it was', async () => {
  await using at = await setup();
  await writeFile(at.file, 'one', { mode: 0o640 });
  const program = `
    import fs from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    fs.rename = () => process.kill(process.pid, 'SIGKILL');
    syncBuiltinESMExports();
    const { writeFileWhole } = await import(${JSON.stringify(new URL('whole-file.ts', import.meta.url).href)});
    await writeFileWhole(${JSON.stringify(at.file)}, 'two');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  assert.equal(await readFile(at.file, 'utf8'), 'one');
  const left = (await readdir(at.folder)).filter((name) => name !== 'hutong.yaml');
  assert.equal(left.length, 1);
  assert.equal(await modeOf(join(at.folder, left[0]!)), 0o640);
});
