// Completes package-lock.json after a dependency was added or updated (`npm run lock`).
//
// Tools with native parts (oxlint, oxfmt, knip's parser) list a package for each system as optional. A registry
// mirror may carry only some of them; npm then leaves the others out of the lock, and from that moment `npm ci`
// refuses the lock everywhere. So each is written down here with its version and, from its name, the system it
// is for, which keeps npm from asking for it elsewhere. Its checksum is not known here, so none is written; npm
// checks those of everything that the mirror had.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  version?: string;
  cpu?: string[];
  dev?: true;
  libc?: string[];
  optional?: true;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, LockedPackage>;
}

const SYSTEMS = new Set([
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]);
const PROCESSORS = new Set([
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]);
const C_LIBRARIES: Readonly<Record<string, string>> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
};

const lockFile = join(import.meta.dirname, '..', 'package-lock.json');
const lock: Lock = JSON.parse(readFileSync(lockFile, 'utf8'));
const added = completeLock(lock);
if (added.length > 0) writeFileSync(lockFile, `${JSON.stringify(lock, undefined, 2)}\n`);
process.stdout.write(`package-lock.json: ${added.length} optional packages added\n`);

/** Adds what is missing, keeps npm's order, and tells the names. */
function completeLock({ packages }: Lock): string[] {
  const names: string[] = [];
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`;
      if (packages[place] !== undefined) continue;
      packages[place] = toLocked(name, version, parent.dev === true);
      names.push(name);
    }
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  for (const [place, entry] of sorted) {
    delete packages[place];
    packages[place] = entry;
  }
  return names;
}

/** An entry as npm writes it, from a name such as `@oxlint/binding-linux-arm64-musl`. */
function toLocked(name: string, version: string, dev: boolean): LockedPackage {
  const words = name.split(/[-/]/);
  const os = words.filter((word) => SYSTEMS.has(word));
  const cpu = words.filter((word) => PROCESSORS.has(word));
  const libc = words.flatMap((word) => C_LIBRARIES[word] ?? []);
  if (!/^\d/.test(version) || os.length + cpu.length === 0) {
    throw new Error(
      `${name}@${version} is missing from the lock and its name does not say for which system it is`,
    );
  }
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(dev && { dev }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}
