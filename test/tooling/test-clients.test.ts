// tools/test-clients.ts runs before all tests, on machines with and without a registry. Here it runs in a scratch tree with
// an npm of our own, which installs what the lock says, or reaches nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..', '..');

const lock = JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'b' } } });

const fakeNpm = `#!/bin/sh
if [ -e ../../../offline ]; then echo 'getaddrinfo ENOTFOUND' >&2; exit 1; fi
mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json
`;

async function createTree() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hutong-clients-'));
  const bots = join(folder.path, 'test', 'clients', 'bots');
  await mkdir(bots, { recursive: true });
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }');
  for (const file of ['tools/test-clients.ts', 'test/clients/installed.ts']) {
    await cp(join(root, file), join(folder.path, file));
  }
  await writeFile(join(bots, 'package-lock.json'), lock);
  await writeFile(join(folder.path, 'test', 'a.test.ts'), "test('', { skip: skipWithoutClients('bots') });");
  await mkdir(join(folder.path, 'bin'));
  await writeFile(join(folder.path, 'bin', 'npm'), fakeNpm, { mode: 0o755 });
  return {
    bots,
    offline: join(folder.path, 'offline'),
    provide(env: Record<string, string> = {}) {
      const path = [join(folder.path, 'bin'), process.env['PATH']].join(delimiter);
      return spawnSync(process.execPath, [join(folder.path, 'tools', 'test-clients.ts')], {
        encoding: 'utf8',
        env: { PATH: path, ...env },
      });
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

test('what is missing is installed once, and again when the lock changed', async () => {
  await using tree = await createTree();
  const said = 'test clients: installing the packages of test/clients/bots ...\n';
  const runs = [tree.provide(), tree.provide()];
  await writeFile(join(tree.bots, 'package-lock.json'), lock.replace('1.0.0', '1.0.1'));
  runs.push(tree.provide());
  assert.deepEqual(
    runs.map(({ status, stderr }) => [status, stderr]),
    [
      [0, said],
      [0, ''],
      [0, said],
    ],
  );
});

test('without a registry the suites that need it are named, and on CI that is a failure', async () => {
  await using tree = await createTree();
  await writeFile(tree.offline, '');
  const { status, stderr } = tree.provide();
  assert.equal(status, 0);
  assert.match(stderr, /ENOTFOUND[^]*skipped: test\/a\.test\.ts\n.*npm ci --prefix test\/clients\/bots\n/);
  assert.equal(tree.provide({ CI: 'true' }).status, 1);

  await rm(tree.offline);
  assert.equal(tree.provide({ CI: 'true' }).status, 0);
});
