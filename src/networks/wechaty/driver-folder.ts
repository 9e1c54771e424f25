/**
 * Where the driver is: `wechaty/driver` in the data folder. Not in hutong's own tree, which `npm ci` clears and which may
 * be read-only, and not in its packages, because a puppet brings hundreds of its own with old versions; the data folder is
 * what a hub keeps through updates. The driver's few source files are copied there at each start, so that they are always
 * of this hub's version; only packages are installed, by `driver install wechaty` or as a step of the login.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AccountError } from '../../hub/errors.ts';
import { isPuppetName } from './config.ts';

const source = fileURLToPath(new URL('../../../drivers/wechaty/', import.meta.url));
const LOCK = 'package-lock.json';
/** npm's own patience with a registry that does not answer is some minutes, in silence. */
const NPM_OPTIONS = [
  '--loglevel=error',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
];
/** Lines of npm's that are kept for its error. */
const LINES_LIMIT = 20;

interface Manifest {
  dependencies?: Record<string, string>;
}

/** The folder of the kind in the data folder. */
function toKindFolder(dataFolder: string): string {
  return join(dataFolder, 'wechaty');
}

/** Where the account's puppet works. */
function toAccountFolder(dataFolder: string, account: string): string {
  return join(toKindFolder(dataFolder), 'accounts', account);
}

function toDriverFolder(dataFolder: string): string {
  return join(toKindFolder(dataFolder), 'driver');
}

/**
 * Whether the driver and this puppet are installed, by npm's own record, which an interrupted installation does not have. A
 * puppet that is a file needs the driver only.
 */
export function isInstalled(dataFolder: string, puppet: string): boolean {
  const record = join(toDriverFolder(dataFolder), 'node_modules', '.package-lock.json');
  let installed: { packages?: Record<string, unknown> };
  try {
    installed = JSON.parse(readFileSync(record, 'utf8')) as typeof installed;
  } catch {
    // Missing or half written: whoever asks is told that it is not installed.
    return false;
  }
  const names = ['wechaty-puppet', ...(isAbsolute(puppet) ? [] : [puppet])];
  return names.every((name) => installed.packages?.[`node_modules/${name}`] !== undefined);
}

/** Brings the driver's source up to date and answers its main file. */
export async function prepareDriver(dataFolder: string): Promise<string> {
  const folder = toDriverFolder(dataFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(source)) {
    if (!name.endsWith('.ts')) continue;
    const wanted = await readFile(join(source, name));
    const there = await readFile(join(folder, name)).catch(() => {
      // Not there yet.
    });
    if (there && wanted.equals(there)) continue;
    // Another account may be doing the same.
    const written = join(folder, `${name}.${randomUUID()}`);
    await writeFile(written, wanted);
    await rename(written, join(folder, name));
  }
  return join(folder, 'main.ts');
}

/** Makes the folder that an account's puppet works in, and clears what its files left behind. */
export async function prepareAccount(dataFolder: string, account: string): Promise<string> {
  const folder = toAccountFolder(dataFolder, account);
  await rm(join(folder, 'files'), { recursive: true, force: true });
  await mkdir(join(folder, 'files'), { recursive: true, mode: 0o700 });
  return folder;
}

/** The file in which puppets keep a login, and where it is while it is not used. */
const SESSION_FILE = 'session.memory-card.json';
const ASIDE_FILE = `${SESSION_FILE}.aside`;

/** Puts a kept login aside, so that the next start asks for a scan. Answers whether there was one. */
export async function setSessionAside(accountFolder: string): Promise<boolean> {
  const file = join(accountFolder, SESSION_FILE);
  if (!existsSync(file)) return false;
  await rename(file, join(accountFolder, ASIDE_FILE));
  return true;
}

/** Takes it back, unless there is a newer one. */
export async function restoreSession(accountFolder: string): Promise<void> {
  const file = join(accountFolder, SESSION_FILE);
  if (!existsSync(file)) await rename(join(accountFolder, ASIDE_FILE), file);
}

export interface InstallOptions {
  dataFolder: string;
  /** Packages of puppets, as npm takes them: a name, with a version if one is wanted. */
  puppets: readonly string[];
  /** Told what npm says. */
  say(this: void, line: string): void;
  signal?: AbortSignal;
}

/**
 * Installs the driver with npm, and the puppets beside those that are there already.
 *
 * @throws AccountError which has npm's own words
 */
export async function installDriver({ dataFolder, puppets, say, signal }: InstallOptions): Promise<string> {
  for (const puppet of puppets) {
    const name = puppet.replace(/(?<=.)@[\w.^~+-]*$/, '');
    if (!isPuppetName(name) || isAbsolute(name)) {
      throw new AccountError('account-setup', `${JSON.stringify(puppet)} is no name of a package`);
    }
  }
  const folder = toDriverFolder(dataFolder);
  await prepareDriver(dataFolder);
  const manifest = await mergeManifests(folder);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await copyFile(join(source, '.npmrc'), join(folder, '.npmrc'));
  if (!existsSync(join(folder, LOCK))) await cp(join(source, LOCK), join(folder, LOCK));
  await runNpm(['install', '--save-exact', ...NPM_OPTIONS, ...puppets], { folder, say, signal });
  return folder;
}

/** What this hub needs, and the puppets that were installed before. */
async function mergeManifests(folder: string): Promise<Manifest> {
  const own = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest;
  const file = join(folder, 'package.json');
  const there = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Manifest) : {};
  return { ...own, dependencies: { ...there.dependencies, ...own.dependencies } };
}

interface Running {
  folder: string;
  say(this: void, line: string): void;
  signal: AbortSignal | undefined;
}

function runNpm(args: readonly string[], { folder, say, signal }: Running): Promise<void> {
  const cli = process.env['npm_execpath'];
  const isScript = cli !== undefined && /npm-cli\.[cm]?js$/.test(cli);
  const [command, ...first]: [string, ...string[]] = isScript ? [process.execPath, cli] : ['npm'];
  const child = spawn(command, [...first, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && !isScript,
    ...(signal && { signal }),
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_LIMIT) lines.shift();
      say(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      const why = 'code' in error && error.code === 'ENOENT' ? 'npm is not there' : error.message;
      reject(new AccountError('account-unreachable', `npm could not run: ${why}`, { cause: error }));
    });
    child.on('close', (code) => {
      if (code === 0) return resolve();
      const said = lines.filter((line) => !line.startsWith('npm warn')).slice(0, 5);
      reject(new AccountError('account-unreachable', `npm failed (${code}): ${said.join(' ')}`));
    });
  });
}
