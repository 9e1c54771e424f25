// What a start must not load, because of the memory that it would hold for ever.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const modules = [
  'src/cli/cli.ts',
  'src/faces/rest/rest.ts',
  'src/faces/wechaty/index.ts',
  'src/networks/house/index.ts',
].map((path) => new URL(`../../${path}`, import.meta.url).href);

/** Whether a module of Node's own is loaded once these are imported. */
function loads(own: string, imports: readonly string[]): boolean {
  const script = `for (const url of ${JSON.stringify(imports)}) await import(url);
    process.stdout.write(String(process.moduleLoadList.includes('NativeModule ${own}')));`;
  const args = ['--input-type=module', '--eval', script];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  return execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }) === 'true';
}

test('the hub does not load all of fetch by an import of node:http', () => {
  const fetching = 'internal/deps/undici/undici';
  assert.equal(loads(fetching, ['node:http']), true, 'this is how it would come in');
  assert.equal(loads(fetching, modules), false, 'see src/http/node-http.ts');
});

test('gRPC is loaded by nobody who has no Wechaty face', () => {
  const script = `for (const url of ${JSON.stringify(modules)}) await import(url);
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    process.stdout.write(String(loaded.some((path) => path.includes('@grpc'))));`;
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const run = (text: string) =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', text], { cwd, encoding: 'utf8' });
  assert.equal(run(`await import('wechaty-grpc');\n${script}`), 'true', 'this is how it would come in');
  assert.equal(run(script), 'false', 'see src/faces/wechaty/index.ts');
});
