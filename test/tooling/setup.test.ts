// tools/setup.mjs stands before every command, on machines that have nothing yet. Here it runs in a scratch tree
// with an npm of our own, which writes down what it was asked and does as much of it as the next step needs; a
// preload tells it that it runs on an older Node.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  readlink,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';

const root = join(import.meta.dirname, '..', '..');

const lock = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/dev-only': { version: '1.0.0', integrity: 'sha512-d', dev: true },
    'node_modules/other-system': { version: '1.0.0', optional: true },
  },
};

const retries = '--fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000';

const fakeNpm = `
  const fs = require('node:fs'), path = require('node:path'), root = process.cwd();
  const args = process.argv.slice(2);
  fs.appendFileSync('npm-calls', args.join(' ') + '\\n');
  while (fs.existsSync('npm-waits')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  if (fs.existsSync('npm-fails')) { console.error('getaddrinfo ENOTFOUND'); process.exit(1); }
  const at = args.indexOf('--prefix');
  if (at !== -1) {
    const name = args.at(-1).split('@')[0];
    const home = path.join(args[at + 1], 'node_modules', name);
    fs.mkdirSync(path.join(home, 'bin'), { recursive: true });
    fs.writeFileSync(path.join(home, 'package.json'), JSON.stringify({ version: '26.1.0', bin: { node: 'bin/node' } }));
    fs.symlinkSync(process.execPath, path.join(home, 'bin', 'node'));
  }
`;

async function createTree() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hutong-setup-'));
  await mkdir(join(folder.path, 'node_modules'));
  await cp(join(root, 'tools', 'setup.mjs'), join(folder.path, 'tools', 'setup.mjs'));
  await writeFile(join(folder.path, 'npm-cli.js'), fakeNpm);
  await writeFile(join(folder.path, 'package-lock.json'), JSON.stringify(lock));
  return {
    path: folder.path,
    async install(names: readonly (keyof typeof lock.packages)[]) {
      const packages = Object.fromEntries(names.map((name) => [name, lock.packages[name]]));
      await writeFile(join(folder.path, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
    },
    setup({
      args = [],
      env = {},
      nodeVersion,
    }: { args?: string[]; env?: Record<string, string>; nodeVersion?: string } = {}) {
      return spawnSync(process.execPath, this.words(nodeVersion, args), {
        encoding: 'utf8',
        env: this.environment(env),
      });
    },
    /** The same, told line by line. */
    begin(nodeVersion: string) {
      const child = spawn(process.execPath, this.words(nodeVersion, []), { env: this.environment({}) });
      return {
        lines: createInterface({ input: child.stderr })[Symbol.asyncIterator](),
        exit: once(child, 'exit'),
      };
    },
    words(nodeVersion: string | undefined, args: string[]): string[] {
      const disguise = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${nodeVersion}'}})`;
      const preload =
        nodeVersion === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`];
      return [...preload, join(folder.path, 'tools', 'setup.mjs'), ...args];
    },
    environment(more: Record<string, string>): Record<string, string> {
      const { PATH = '' } = process.env;
      return { PATH, npm_execpath: join(folder.path, 'npm-cli.js'), ...more };
    },
    async npmCalls() {
      const text = await readFile(join(folder.path, 'npm-calls'), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

test('nothing is done and nothing said when all is as the lock says', async () => {
  await using tree = await createTree();
  await tree.install(['node_modules/a', 'node_modules/dev-only']);
  const { status, stdout, stderr } = tree.setup({ args: ['--dev'] });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  assert.deepEqual(await tree.npmCalls(), []);
});

test('a fresh clone gets its packages, and stdout stays clean', async () => {
  await using tree = await createTree();
  const { status, stdout } = tree.setup();
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '' });
  assert.deepEqual(await tree.npmCalls(), [`ci --loglevel=error --include=dev ${retries}`]);
});

test('in production the tools are neither installed nor missed, until a test needs them', async () => {
  await using tree = await createTree();
  const env = { NODE_ENV: 'production' };
  tree.setup({ env });
  await tree.install(['node_modules/a']);
  tree.setup({ env });
  assert.deepEqual(await tree.npmCalls(), [`ci --loglevel=error --omit=dev ${retries}`]);
  tree.setup({ env, args: ['--dev'] });
  assert.deepEqual((await tree.npmCalls()).slice(1), [`ci --loglevel=error --include=dev ${retries}`]);
});

test('when npm fails the reason comes first, then the command to run by hand, then what npm says', async () => {
  await using tree = await createTree();
  await writeFile(join(tree.path, 'npm-fails'), '');
  const { status, stderr } = tree.setup();
  assert.equal(status, 1);
  assert.match(stderr, /\.\.\.\nhutong setup: the npm registry cannot be reached/);
  assert.match(stderr, /npm ci[^]*ENOTFOUND/);
  assert.ok(stderr.includes(`cd ${tree.path}\n  npm ci`), stderr);
});

test(
  'on an old Node a current one is fetched once and found first by npm scripts',
  { skip: process.platform === 'win32' },
  async () => {
    await using tree = await createTree();
    await tree.install(['node_modules/a', 'node_modules/dev-only']);
    const first = tree.setup({ nodeVersion: '20.19.0' });
    assert.equal(first.status, 0, first.stderr);
    const [call = ''] = await tree.npmCalls();
    assert.match(call, /^install --prefix .*\.cache.node .*--no-save .*@26$/);
    assert.match(await readlink(join(tree.path, 'node_modules', '.bin', 'node')), /\.cache.*bin.node$/);

    const second = tree.setup({ nodeVersion: '20.19.0' });
    assert.deepEqual([second.status, second.stderr], [0, '']);
    assert.equal((await tree.npmCalls()).length, 1);
  },
);

test(
  'Node 24 is current from 24.16 on, and 25 never was',
  { skip: process.platform === 'win32' },
  async () => {
    await using tree = await createTree();
    await tree.install(['node_modules/a', 'node_modules/dev-only']);
    for (const nodeVersion of ['24.16.0', '26.0.0', '27.1.0']) tree.setup({ nodeVersion });
    assert.deepEqual(await tree.npmCalls(), []);
    for (const nodeVersion of ['24.15.0', '25.9.0']) {
      await rm(join(tree.path, '.cache'), { recursive: true, force: true });
      assert.match(tree.setup({ nodeVersion }).stderr, /fetching one/);
    }
  },
);

test(
  'of two at once one waits for the other, and finds all there',
  { skip: process.platform === 'win32' },
  async () => {
    await using tree = await createTree();
    await tree.install(['node_modules/a', 'node_modules/dev-only']);
    await writeFile(join(tree.path, 'npm-waits'), '');
    const one = tree.begin('20.19.0');
    assert.match(String((await one.lines.next()).value), /fetching one/);
    const other = tree.begin('20.19.0');
    assert.match(String((await other.lines.next()).value), /another setup installs something here/);
    await rm(join(tree.path, 'npm-waits'));
    assert.deepEqual([await one.exit, await other.exit].flat(), [0, null, 0, null]);
    assert.equal((await tree.npmCalls()).length, 1);
  },
);

test('a setup that was killed in the middle keeps nobody waiting', async () => {
  await using tree = await createTree();
  await mkdir(join(tree.path, '.cache'));
  const { pid } = spawnSync(process.execPath, ['--version']);
  await writeFile(join(tree.path, '.cache', 'setup'), String(pid));
  assert.equal(tree.setup().status, 0);
  assert.equal((await tree.npmCalls()).length, 1);
  assert.deepEqual(await readdir(join(tree.path, '.cache')), []);
});

/** A console that Vite, of which this stands in for the part that writes, can build. */
async function addConsole(path: string): Promise<void> {
  await mkdir(join(path, 'console', 'src'), { recursive: true });
  await writeFile(join(path, 'console', 'index.html'), '');
  await writeFile(join(path, 'console', 'src', 'main.tsx'), '');
  await mkdir(join(path, 'node_modules', 'vite', 'bin'), { recursive: true });
  await writeFile(
    join(path, 'node_modules', 'vite', 'bin', 'vite.js'),
    `const fs = require('node:fs'), path = require('node:path');
     if (fs.existsSync('vite-fails')) { console.error('no such import'); process.exit(1); }
     const out = process.argv[process.argv.indexOf('--outDir') + 1];
     fs.mkdirSync(out, { recursive: true });
     fs.writeFileSync(path.join(out, 'index.html'), 'built');`,
  );
}

test('the console is built when it is not there or its sources or the lock are newer, and only then', async () => {
  await using tree = await createTree();
  await tree.install(['node_modules/a', 'node_modules/dev-only']);
  await addConsole(tree.path);
  const built = join(tree.path, 'console', 'dist', 'index.html');
  assert.equal(tree.setup({ args: ['--dev'] }).stderr, 'hutong setup: building the console ...\n');
  assert.equal(await readFile(built, 'utf8'), 'built');
  assert.equal(tree.setup({ args: ['--dev'] }).stderr, '');
  for (const source of ['console/src/main.tsx', 'package-lock.json']) {
    const old = new Date(0);
    const sources = ['console/src', 'console/src/main.tsx', 'console/index.html', 'package-lock.json'];
    for (const name of sources) await utimes(join(tree.path, name), old, old);
    await utimes(built, new Date(1000), new Date(1000));
    await utimes(join(tree.path, source), new Date(2000), new Date(2000));
    assert.match(tree.setup({ args: ['--dev'] }).stderr, /building the console/, source);
    assert.equal(tree.setup({ args: ['--dev'] }).stderr, '', source);
  }
});

test('a console that does not build keeps no hub from starting, but a test', async () => {
  await using tree = await createTree();
  await tree.install(['node_modules/a', 'node_modules/dev-only']);
  await addConsole(tree.path);
  await writeFile(join(tree.path, 'vite-fails'), '');
  const [start, check] = [tree.setup(), tree.setup({ args: ['--dev'] })];
  assert.deepEqual([start.status, check.status], [0, 1]);
  assert.match(start.stderr, /the console could not be built:\nno such import/);
});

test('where the tools are left out a built console is used, and a missing one is told', async () => {
  await using tree = await createTree();
  await tree.install(['node_modules/a']);
  await addConsole(tree.path);
  await rm(join(tree.path, 'node_modules', 'vite'), { recursive: true });
  const env = { NODE_ENV: 'production' };
  assert.match(tree.setup({ env }).stderr, /the console is not built.*npm run setup/);
  await mkdir(join(tree.path, 'console', 'dist'));
  await writeFile(join(tree.path, 'console', 'dist', 'index.html'), '');
  await utimes(join(tree.path, 'console', 'dist', 'index.html'), new Date(0), new Date(0));
  assert.equal(tree.setup({ env }).stderr, '');
});

test('a Node too old even to begin is told so', async () => {
  await using tree = await createTree();
  const { status, stderr } = tree.setup({ nodeVersion: '18.20.0' });
  assert.equal(status, 1);
  assert.match(stderr, /Node 18\.20\.0 is too old: hutong needs Node 20/);
});
