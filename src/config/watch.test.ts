// The file is changed in each of the ways in which editors and containers do it, and every new content arrives,
// once. The clock is the real one: what is shown is that the system's own events lead there, not how fast.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { createSystemClock } from '../hub/clock.ts';
import type { Log } from '../hub/log.ts';
import { watchConfig } from './watch.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A folder with hutong.yaml in it, watched; `next` waits for the content that comes. */
async function setup(text: string | undefined, place?: (folder: string) => Promise<string>) {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-watch-'));
  const file = (await place?.(folder)) ?? join(folder, 'hutong.yaml');
  if (text !== undefined && !place) await writeFile(file, text);
  const arrived: string[] = [];
  let wake = Promise.withResolvers<void>();
  const warnings: string[] = [];
  let taken = text;
  const watching = watchConfig({
    file,
    taken: () => taken,
    clock: createSystemClock(),
    log: { ...silent, warn: (_fields, message) => warnings.push(message) },
    async onText(content) {
      taken = content;
      arrived.push(content);
      wake.resolve();
    },
  });
  return {
    folder,
    file,
    arrived,
    warnings,
    async next(): Promise<string> {
      while (arrived.length === 0) {
        await wake.promise;
        wake = Promise.withResolvers();
      }
      return arrived.shift()!;
    },
    async [Symbol.asyncDispose]() {
      await watching.close();
      await rm(folder, { recursive: true });
    },
  };
}

test('a file that is written in place arrives', async () => {
  await using watched = await setup('one');
  await writeFile(watched.file, 'two');
  assert.equal(await watched.next(), 'two');
  await writeFile(watched.file, 'three');
  assert.equal(await watched.next(), 'three');
});

test('a file that is renamed over it arrives, as editors write', async () => {
  await using watched = await setup('one');
  for (const text of ['two', 'three']) {
    await writeFile(join(watched.folder, '.hutong.yaml.tmp'), text);
    await rename(join(watched.folder, '.hutong.yaml.tmp'), watched.file);
    assert.equal(await watched.next(), text);
  }
});

test('a file that is deleted and made again arrives, and what runs stays meanwhile', async () => {
  await using watched = await setup('one');
  await rm(watched.file);
  await writeFile(watched.file, 'two');
  assert.equal(await watched.next(), 'two');
  assert.deepEqual(watched.arrived, []);
});

test('a file that comes into being after the start arrives', async () => {
  await using watched = await setup(undefined);
  await writeFile(watched.file, 'one');
  assert.equal(await watched.next(), 'one');
});

/** A version as a folder of its own, and `..data` swapped to lead there. */
async function mountVersion(folder: string, name: string, text: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'hutong.yaml'), text);
  await symlink(name, join(folder, `..${name}`));
  await rename(join(folder, `..${name}`), join(folder, '..data'));
}

test('a link to a folder that is swapped arrives, as containers mount settings', async () => {
  await using watched = await setup('one', async (folder) => {
    await mountVersion(folder, 'v1', 'one');
    await symlink('..data/hutong.yaml', join(folder, 'hutong.yaml'));
    return join(folder, 'hutong.yaml');
  });
  await mountVersion(watched.folder, 'v2', 'two');
  assert.equal(await watched.next(), 'two');
});

test('a file that is touched, or written back as it was, is no change', async () => {
  await using watched = await setup('one');
  await writeFile(watched.file, 'one');
  await writeFile(watched.file, 'other');
  await writeFile(watched.file, 'one');
  await writeFile(watched.file, 'two');
  assert.equal(await watched.next(), 'two');
});

test('a file that is written in pieces arrives when it is whole', async () => {
  await using watched = await setup('one');
  let text = '';
  for (let piece = 0; piece < 200; piece++) {
    text += `# ${piece}\n`;
    await writeFile(watched.file, text);
  }
  // Pieces that stayed for a while may have come before; none comes after.
  let last = await watched.next();
  while (last !== text) last = await watched.next();
  assert.deepEqual(watched.arrived, []);
});
