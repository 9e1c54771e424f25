/**
 * What only a file and a process can show: kill -9, a second hub, a full disk, files that cannot be used. The
 * contract itself runs here too, through the writer thread.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { journalContract } from '../../../test/contract/journal.ts';
import { JournalError } from '../../hub/errors.ts';
import type { NewEntry } from '../../hub/journal.ts';
import { openSqliteJournal } from './sqlite-journal.ts';
import { openSqliteReader } from './sqlite-reader.ts';

interface Folder extends AsyncDisposable {
  path: string;
}

async function createFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'hutong-journal-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

journalContract('the SQLite journal', async () => {
  const folder = await createFolder();
  return {
    open: () => openSqliteJournal({ folder: folder.path }),
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
});

let made = 0;
function said(text: string): NewEntry {
  made += 1;
  const id = `${process.pid}-${made}`;
  const event = {
    kind: 'message' as const,
    id,
    position: 0,
    room: 'house/lobby' as const,
    native: `native ${id}`,
    at: 1,
    sender: { id: 'ann', name: 'ann' },
    body: [{ type: 'text' as const, text }],
  };
  return { event, key: `key ${id}`, text, deliveries: [{ lane: 'jabber/room', begun: false }] };
}

/** A process that appends as fast as it can and prints the ids of what was acknowledged. */
const appender = `
  import { openSqliteJournal } from ${JSON.stringify(new URL('./sqlite-journal.ts', import.meta.url).href)};
  const journal = await openSqliteJournal({ folder: process.argv[1] });
  process.stdout.write('open\\n');
  const run = async (name) => {
    for (let number = 0; ; number += 1) {
      const id = process.pid + '-' + name + '-' + number;
      const event = { kind: 'join', id, position: 0, room: 'house/lobby', at: 1, who: { id, name: 'ann' } };
      await journal.append({ event, key: id, deliveries: [{ lane: 'jabber/room', begun: true }] });
      process.stdout.write(id + '\\n');
    }
  };
  for (const name of 'abcdefgh') void run(name);
`;

function startAppender(folder: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', appender, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, lines: createInterface(child.stdout) };
}

test('what was acknowledged survives kill -9, with its delivery', async () => {
  await using folder = await createFolder();
  const acknowledged: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    const { child, lines } = startAppender(folder.path);
    const exit = once(child, 'exit');
    // Each round is killed at another moment: after so many acknowledgements.
    const enough = 1 + round * 7;
    let seen = 0;
    for await (const line of lines) {
      if (line === 'open') continue;
      acknowledged.push(line);
      seen += 1;
      if (seen === enough) child.kill('SIGKILL');
    }
    await exit;
  }
  const journal = await openSqliteJournal({ folder: folder.path });
  const journeys = await Promise.all(acknowledged.map((id) => journal.journey(id)));
  await journal.close();
  assert.ok(acknowledged.length > 20);
  assert.deepEqual(
    acknowledged.filter((_, index) => journeys[index]?.deliveries[0]?.state !== 'sending'),
    [],
  );
  using database = new DatabaseSync(join(folder.path, 'journal.sqlite'));
  assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
});

test('a second hub on the same data is refused, and let in after kill -9', async () => {
  await using folder = await createFolder();
  const { child, lines } = startAppender(folder.path);
  const opened = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  assert.deepEqual(opened, ['open']);
  await assert.rejects(openSqliteJournal({ folder: folder.path }), (error: unknown) => {
    assert.ok(error instanceof JournalError);
    assert.equal(error.code, 'journal-locked');
    assert.ok(error.message.includes(folder.path) && error.message.includes(`process ${child.pid}`));
    return true;
  });
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  const journal = await openSqliteJournal({ folder: folder.path });
  await assert.rejects(openSqliteJournal({ folder: folder.path }), { code: 'journal-locked' });
  await journal.append(said('still the one that runs'));
  await journal.close();
});

/** A command that takes the folder for a moment, as each does to see whether a hub runs. */
const looker = `
  import { tryLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
  const lock = tryLock(process.argv[1]);
  process.stdout.write('looks\\n');
  setTimeout(() => lock.release(), 200);
`;

test('a hub that starts while a command looks whether one runs waits for that moment', async () => {
  await using folder = await createFolder();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', looker, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  const journal = await openSqliteJournal({ folder: folder.path });
  await journal.close();
  await exit;
});

test('a command beside a running hub reads what it wrote and sets key-values', async () => {
  await using folder = await createFolder();
  const journal = await openSqliteJournal({ folder: folder.path });
  const beside = await openSqliteReader({ folder: folder.path });
  const { deliveries } = await journal.append(said('你好 from the hub'));
  assert.equal((await beside.search({ text: '你好', limit: 9 })).length, 1);
  assert.equal((await beside.deliveries({ states: ['pending'] }, 0, 9))[0]?.id, deliveries[0]);
  await Promise.all([beside.set([['token/a', '1']]), journal.set([['token/b', '2']])]);
  await journal.append(said('the hub writes on'));
  assert.equal((await journal.list('token/')).length, 2);
  assert.equal((await beside.list('token/')).length, 2);
  assert.equal(await beside.head(), 2);
  await beside.close();
  await assert.rejects(beside.head(), { code: 'journal-closed' });
  await journal.close();
});

test('a journal whose folder is deleted or replaced under it takes nothing more, and says so', async () => {
  for (const replaced of [false, true]) {
    await using folder = await createFolder();
    const path = join(folder.path, 'data');
    const journal = await openSqliteJournal({ folder: path });
    await journal.append(said('kept'));
    await rm(path, { recursive: true });
    if (replaced) await (await openSqliteJournal({ folder: path })).close();
    const lost = { code: 'journal-failed', message: /deleted, moved or replaced/ };
    await assert.rejects(journal.append(said('would be lost')), lost);
    await assert.rejects(journal.head(), lost);
    await journal.close().catch(() => undefined);
  }
});

test('a command makes the journal when no hub has run yet', async () => {
  await using folder = await createFolder();
  const path = join(folder.path, 'data');
  const beside = await openSqliteReader({ folder: path });
  await beside.set([['token/a', '1']]);
  await beside.close();
  const journal = await openSqliteJournal({ folder: path });
  assert.equal(await journal.get('token/a'), '1');
  await journal.close();
});

test('only the owner may read the files', async () => {
  await using folder = await createFolder();
  const path = join(folder.path, 'new', 'data');
  const journal = await openSqliteJournal({ folder: path });
  await journal.append(said('private'));
  const permissions = async (name: string) => (await stat(join(path, name))).mode & 0o777;
  assert.equal(await permissions('.'), 0o700);
  for (const name of ['journal.sqlite', 'journal.sqlite-wal', 'journal.lock', 'journal.pid']) {
    assert.equal(await permissions(name), 0o600, name);
  }
  await journal.close();
});

/** A file system of its own, where this machine lets us have one. */
async function mount(options: string): Promise<Folder | undefined> {
  const folder = await createFolder();
  try {
    execFileSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder.path], { stdio: 'ignore' });
  } catch {
    // Not root, or no mount here: the test is skipped and says so.
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      execFileSync('/usr/bin/umount', [folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('a full disk refuses what cannot be written, keeps reading, and is over when there is space', async (t) => {
  await using disk = await mount('size=2m');
  if (disk === undefined) return t.skip('needs the right to mount a small file system');
  const journal = await openSqliteJournal({ folder: disk.path });
  const ballast = join(disk.path, 'ballast');
  await writeFile(ballast, new Uint8Array(1024 * 1024));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 300 }, () => journal.append(said('x'.repeat(8000)))),
  );
  const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
  const reasons = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  assert.ok(kept < outcomes.length);
  for (const reason of reasons) {
    assert.ok(reason instanceof JournalError && reason.code === 'journal-full', String(reason));
    assert.ok(reason.message.includes(disk.path));
  }
  assert.equal(await journal.head(), kept);
  await truncate(ballast);
  await journal.append(said('after'));
  assert.equal(await journal.head(), kept + 1);
  await journal.close();
  const again = await openSqliteJournal({ folder: disk.path });
  assert.equal(await again.head(), kept + 1);
  await again.close();
});

test('a read-only folder is a clear error', async (t) => {
  await using disk = await mount('size=2m,ro');
  if (disk === undefined) return t.skip('needs the right to mount a small file system');
  for (const folder of [disk.path, join(disk.path, 'data')]) {
    await assert.rejects(openSqliteJournal({ folder }), (error: unknown) => {
      assert.ok(error instanceof JournalError && error.code === 'journal-unwritable', String(error));
      return error.message.includes(folder);
    });
  }
});

test('a folder that is a file is a clear error', async () => {
  await using folder = await createFolder();
  const path = join(folder.path, 'data');
  await writeFile(path, '');
  await assert.rejects(openSqliteJournal({ folder: path }), { code: 'journal-unwritable' });
});

test('a file that is no database, and a database that is no journal, are refused and left alone', async () => {
  await using folder = await createFolder();
  const file = join(folder.path, 'journal.sqlite');
  await writeFile(file, 'these are the words of somebody else, long enough for a header'.repeat(100));
  const before = await readFile(file);
  await assert.rejects(openSqliteJournal({ folder: folder.path }), { code: 'journal-corrupt' });
  assert.deepEqual(await readFile(file), before);
  await rm(file);
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE diary (page TEXT)');
  other.close();
  await assert.rejects(openSqliteJournal({ folder: folder.path }), { code: 'journal-corrupt' });
});

test('a damaged page is a clear error, and other reads go on', async () => {
  await using folder = await createFolder();
  const journal = await openSqliteJournal({ folder: folder.path });
  await journal.set([['k', 'v']]);
  const { text: _text, ...unsearchable } = said('y'.repeat(3000));
  const entries = Array.from({ length: 200 }, (_, number) => ({
    ...unsearchable,
    event: { ...unsearchable.event, id: `id${number}`, native: `n${number}` },
    key: `k${number}`,
  }));
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
  const file = join(folder.path, 'journal.sqlite');
  const bytes = await readFile(file);
  // The small tables come first, and the newest events last: the middle holds events that nothing else needs.
  const middle = Math.floor(bytes.length / 2 / 4096) * 4096;
  bytes.fill(0x5a, middle, middle + 4 * 4096);
  await writeFile(file, bytes);
  const damaged = await openSqliteJournal({ folder: folder.path });
  await assert.rejects(
    damaged.read(0, {}, 999),
    (error: unknown) =>
      error instanceof JournalError && error.code === 'journal-corrupt' && error.message.includes(file),
  );
  assert.equal(await damaged.get('k'), 'v');
  await damaged.close();
});

test('a journal of a newer version is refused', async () => {
  await using folder = await createFolder();
  await (await openSqliteJournal({ folder: folder.path })).close();
  const database = new DatabaseSync(join(folder.path, 'journal.sqlite'));
  database.exec('PRAGMA user_version = 9999');
  database.close();
  await assert.rejects(openSqliteJournal({ folder: folder.path }), { code: 'journal-newer' });
  await assert.rejects(openSqliteReader({ folder: folder.path }), { code: 'journal-newer' });
});

test('thousands of calls in one turn are all answered, in order', async () => {
  await using folder = await createFolder();
  const journal = await openSqliteJournal({ folder: folder.path });
  const count = 10_000;
  const appended = await Promise.all(
    Array.from({ length: count }, (_, number) => journal.append(said(`消息 ${number}`))),
  );
  assert.deepEqual(
    appended.map(({ position }) => position),
    Array.from({ length: count }, (_, index) => index + 1),
  );
  assert.equal((await journal.search({ text: `消息 ${count - 1}`, limit: 9 })).length, 1);
  assert.equal((await journal.search({ text: '消息', limit: count })).length, count);
  await journal.close();
});

test('a folder of many levels is made', async () => {
  await using folder = await createFolder();
  await mkdir(join(folder.path, 'a'));
  const journal = await openSqliteJournal({ folder: join(folder.path, 'a', 'b', 'c') });
  assert.equal(await journal.head(), 0);
  await journal.close();
});
