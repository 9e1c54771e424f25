// Sees to it that the programs of others which tests run as clients are installed: a step of `npm test`, after the servers
// (tools/test-servers.ts). Each folder of test/clients has a lock of its own, so the project's own tree stays small and
// `npm run check` needs none of them. Where the registry cannot be reached it names the suites that will skip themselves
// and the command that installs the rest. With CI set that is a failure: a green run there has to mean that everything ran.

import { spawnSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientsFolder, isInstalled, toInstallCommand } from '../test/clients/installed.ts';

/** npm's own patience with a registry that does not answer is some minutes, in silence. */
const SHORT_RETRIES = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

const root = join(import.meta.dirname, '..');

process.exitCode = provideClients();

function provideClients(): number {
  const folders = readdirSync(clientsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const missing = folders.filter((name) => !isInstalled(join(clientsFolder, name)) && !install(name));
  if (missing.length === 0) return 0;

  for (const name of missing) {
    const suites = suitesNeeding(name);
    say(
      `test/clients/${name} is not installed${suites.length > 0 ? `; skipped: ${suites.join(', ')}` : ''}`,
      `to install: ${toInstallCommand(name)}`,
    );
  }
  if (!process.env['CI']) return 0;
  say('CI is set, so this is a failure');
  return 1;
}

/** Whether it worked. Quiet when it does; when not, npm's own words are the explanation. */
function install(name: string): boolean {
  say(`installing the packages of test/clients/${name} ...`);
  const result = spawnSync('npm', ['ci', '--loglevel=error', ...SHORT_RETRIES], {
    cwd: join(clientsFolder, name),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return true;
  say(`npm ci failed: ${result.error?.message ?? `${result.stdout}${result.stderr}`.trim()}`);
  return false;
}

/** The test files that need a folder, relative to the root. */
function suitesNeeding(name: string): string[] {
  return globSync('test/**/*.test.ts', { cwd: root, exclude: ['**/node_modules'] })
    .filter((file) => readFileSync(join(root, file), 'utf8').includes(`skipWithoutClients('${name}')`))
    .toSorted();
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`test clients: ${line}\n`);
}
