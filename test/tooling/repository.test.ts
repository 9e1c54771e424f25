// What must hold for the repository as a whole, whoever changes it: a lock file that installs anywhere, no file that
// speaks of the machine it was written on, documentation whose links lead somewhere, dependencies that are explained.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..', '..');

/**
 * Everything under version control, except what is being deleted right now. The option lets root test a clone that
 * belongs to somebody else, as in a container.
 */
const trackedFiles = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));

const pages = trackedFiles.filter((file) => file.endsWith('.md'));

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

interface LockedPackage {
  resolved?: string;
  hasInstallScript?: true;
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, LockedPackage>;
}

const lockFiles = trackedFiles.filter((file) => basename(file) === 'package-lock.json');

for (const file of lockFiles) {
  const { packages }: Lock = JSON.parse(read(file));

  test(`${file} names no host, so that any registry serves it`, () => {
    const named = Object.entries(packages).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(named, []);
  });

  test(`${file} holds every optional package, or npm ci refuses it: see \`npm run lock\``, () => {
    const optional = Object.values(packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    assert.deepEqual(
      optional.filter((name) => packages[`node_modules/${name}`] === undefined),
      [],
    );
  });
}

test('no dependency runs a script when it is installed', () => {
  const lock: Lock = JSON.parse(read('package-lock.json'));
  const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
  assert.deepEqual(scripted, []);
});

// The brackets keep this file from being the first it finds.
const foreignPlaces: readonly RegExp[] = [
  /(?<![\w./-])\/[w]ork\//,
  /\.\.\/[s]hared\b/,
  /(?<![\w./-])\/([r]oot|[h]ome\/(?!user|you|ann|hutong)\w+|[U]sers\/\w+)\//,
  /\bhttps?:\/\/[^\s/"'`]+\.(internal|intranet|corp|lan)\b/,
];

test('no tracked file names a folder or a host of the machine it was written on', () => {
  const found = trackedFiles.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        foreignPlaces.some((place) => place.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
  assert.deepEqual(found, []);
});

/** A page's text without its code, in which brackets and parentheses mean something else. */
function toProse(text: string): string {
  return text.replaceAll(/^(```|~~~)[^]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** The anchors of a page's headings as GitHub and GitLab make them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text
    .replaceAll(/^(```|~~~)[^]*?^\1/gm, '')
    .matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function linksOf(text: string): string[] {
  const prose = toProse(text);
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const defined = [...prose.matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)];
  const html = [...prose.matchAll(/\b(?:href|src)="([^"]+)"/g)];
  return [...inline, ...defined, ...html]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link));
}

/** What is wrong with a link, in words; undefined when it leads somewhere. */
function findFault(page: string, link: string): string | undefined {
  const [path = '', anchor] = decodeURI(link).split('#', 2);
  const target = path === '' ? page : join(path.startsWith('/') ? '' : dirname(page), path);
  if (!existsSync(join(root, target))) return `${page}: ${link} leads to no file`;
  if (anchor === undefined || !target.endsWith('.md') || anchorsOf(read(target)).has(anchor))
    return undefined;
  return `${page}: ${link} leads to no heading`;
}

test('every link in the documentation leads to a file, and to a heading of it', () => {
  const faults = pages.flatMap((page) => linksOf(read(page)).map((link) => findFault(page, link)));
  assert.deepEqual(
    faults.filter((fault) => fault !== undefined),
    [],
  );
});

/** The pages a page links to, itself and its translations left out. */
function toLinkedPages(page: string): string[] {
  const targets = linksOf(read(page)).map((link) => link.split('#', 1)[0] ?? '');
  return [...new Set(targets)].filter((target) => target !== '' && !target.startsWith('README')).toSorted();
}

test('the two READMEs link to the same pages', { skip: !existsSync(join(root, 'README.zh-CN.md')) }, () => {
  assert.deepEqual(toLinkedPages('README.zh-CN.md'), toLinkedPages('README.md'));
});

test('docs/dependencies.md explains every dependency, and no other', () => {
  const manifest: Manifest = JSON.parse(read('package.json'));
  const explained = (heading: string): string[] => {
    const section =
      read('docs/dependencies.md')
        .split(/^## /m)
        .find((part) => part.startsWith(heading)) ?? '';
    return [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
  };
  assert.deepEqual(explained('At run time').toSorted(), Object.keys(manifest.dependencies).toSorted());
  assert.deepEqual(explained('For development').toSorted(), Object.keys(manifest.devDependencies).toSorted());
});
