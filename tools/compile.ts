/**
 * Has Node compile every source once, into the cache that `src/main.ts` uses: a hub whose sources are compiled
 * already holds no TypeScript compiler, neither in the process nor in the journal's thread, which is 20 MiB less.
 * `tools/setup.mjs` runs it when a source is newer than the mark that it leaves.
 */
import { execFileSync } from 'node:child_process';
import { glob, writeFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import './compile-cache.mjs';

const root = join(import.meta.dirname, '..');
const cacheFolder = join(root, '.cache', 'compiled');

// What is imported is compiled and runs; no module but main.ts does anything by itself.
for await (const file of glob('src/**/*.ts', { cwd: root })) {
  if (file.endsWith('.test.ts') || file === join('src', 'main.ts')) continue;
  await import(pathToFileURL(join(root, file)).href);
}
flushCompileCache();
// main.ts runs when it is imported: so it does, to say its version.
const preload = pathToFileURL(join(import.meta.dirname, 'compile-cache.mjs')).href;
execFileSync(process.execPath, ['--import', preload, join(root, 'src', 'main.ts'), '--version']);
await writeFile(join(cacheFolder, 'complete'), '');
