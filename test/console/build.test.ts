// What the console's build promises to browsers: little to load before the first screen, and nothing inline, so that the
// strictest Content-Security-Policy holds.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..', '..');
const entryLimitBytes = 32_000;

test('the entry script is small, and the page has nothing inline', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-console-'));
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', join(root, 'console'), '--outDir', folder.path, '--logLevel', 'error'];
  const built = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  assert.equal(built.stdout + built.stderr, '');

  const page = await readFile(join(folder.path, 'index.html'), 'utf8');
  assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|data:/);
  // What the page itself loads, and what is loaded before anything shows: these together are the entry.
  const eager = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
  assert.ok(eager.length > 0, page);
  const files = await readdir(join(folder.path, 'assets'));
  const sizeOf = async (file: string) => gzipSync(await readFile(join(folder.path, file))).length;
  const sizes = await Promise.all(eager.map(sizeOf));
  for (const language of ['en', 'zh']) {
    const words = files.find((file) => file.startsWith(`${language}-`) && file.endsWith('.js')) ?? '';
    const bytes = sizes.reduce((sum, size) => sum + size, await sizeOf(join('assets', words)));
    assert.ok(bytes < entryLimitBytes, `${language}: ${bytes} bytes`);
  }
  assert.deepEqual(
    files.filter((file) => /\.(js|css)$/.test(file) && !/-[\w-]{8}\.(js|css)$/.test(file)),
    [],
  );
});
