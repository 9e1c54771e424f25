// Sees to it that the real servers which the end-to-end tests start are on this machine: the first step of
// `npm test`. As root on Debian or Ubuntu it installs what is missing (and keeps the packages from starting
// daemons); elsewhere it names the suites that will skip themselves and the command that installs the rest.
// With CI set a missing server is a failure: a green run there has to mean that everything ran.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

interface TestServer {
  /** What a suite writes when it means this server; also the name people know it by. */
  readonly name: string;
  readonly debianPackage: string;
  isHere(): boolean;
}

/** Debian keeps servers here, and the PATH of an ordinary user does not. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** How long apt waits for another apt, in seconds. */
const APT_LOCK_WAIT_S = 300;

/** Debian asks this script before a package starts its daemon; exit code 101 says no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

const servers: readonly TestServer[] = [
  { name: 'prosody', debianPackage: 'prosody', isHere: () => hasCommand('prosody') },
  { name: 'ejabberd', debianPackage: 'ejabberd', isHere: () => hasCommand('ejabberdctl') },
  { name: 'slixmpp', debianPackage: 'python3-slixmpp', isHere: () => hasModule('slixmpp') },
  { name: 'requests', debianPackage: 'python3-requests', isHere: () => hasModule('requests') },
  { name: 'openssl', debianPackage: 'openssl', isHere: () => hasCommand('openssl') },
  { name: 'chromium', debianPackage: 'chromium', isHere: () => hasCommand('chromium') },
];

const root = join(import.meta.dirname, '..');
const aptEnvironment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

process.exitCode = provideServers();

function provideServers(): number {
  let missing = servers.filter((server) => !server.isHere());
  if (missing.length === 0) return 0;

  if (canInstall()) {
    say(`installing ${packagesOf(missing)} with apt-get ...`);
    install(missing);
    missing = missing.filter((server) => !server.isHere());
    if (missing.length === 0) return 0;
  }

  for (const server of missing) {
    const suites = suitesNaming(server.name);
    say(`${server.name} is not on this machine${suites.length > 0 ? `; skipped: ${suites.join(', ')}` : ''}`);
  }
  say(`to install: sudo apt-get install --no-install-recommends ${packagesOf(missing)} (Debian's names)`);
  if (!process.env['CI']) return 0;
  say('CI is set, so this is a failure');
  return 1;
}

function hasCommand(command: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: to a test these are the same.
    return false;
  }
}

/** Debian's package serves Debian's Python, which is the one that the tests start. */
function hasModule(name: string): boolean {
  const search = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${name}") is None)`;
  return spawnSync('/usr/bin/python3', ['-c', search]).status === 0;
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && hasCommand('apt-get');
}

function install(missing: readonly TestServer[]): void {
  const ownPolicy = !existsSync(POLICY_FILE);
  if (ownPolicy) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    // A failed update is no reason to stop: the lists that are there may do.
    apt(['update']);
    apt(['install', '-y', '--no-install-recommends', ...missing.map((server) => server.debianPackage)]);
  } finally {
    if (ownPolicy) rmSync(POLICY_FILE, { force: true });
  }
}

/** Quiet when it works; when not, apt's own words are the explanation. */
function apt(args: readonly string[]): void {
  const options = ['-qq', '-o', `DPkg::Lock::Timeout=${APT_LOCK_WAIT_S}`];
  const result = spawnSync('apt-get', [...options, ...args], { env: aptEnvironment, encoding: 'utf8' });
  if (result.status === 0) return;
  say(`apt-get ${args.join(' ')} failed:\n${result.stdout ?? ''}${result.stderr ?? ''}`);
}

function packagesOf(some: readonly TestServer[]): string {
  return some.map((server) => server.debianPackage).join(' ');
}

/** The test files that speak of a server, relative to the root. */
function suitesNaming(name: string): string[] {
  return globSync('test/**/*.test.ts', { cwd: root, exclude: ['**/node_modules'] })
    .filter((file) => readFileSync(join(root, file), 'utf8').toLowerCase().includes(name))
    .toSorted();
}

function say(text: string): void {
  process.stderr.write(`test servers: ${text}\n`);
}
