import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { sentState } from './codes.ts';
import { createCore } from './core.ts';
import { migrate, migrations } from './migrate.ts';

const steps = [
  'CREATE TABLE words (word TEXT) STRICT; INSERT INTO words VALUES (1)',
  "ALTER TABLE words ADD COLUMN language TEXT; UPDATE words SET language = 'en'",
];

function version(database: DatabaseSync): unknown {
  return database.prepare('PRAGMA user_version').get()?.['user_version'];
}

test('an older journal is brought to the newest schema and keeps what it holds', () => {
  using database = new DatabaseSync(':memory:');
  migrate(database, steps.slice(0, 1), 'test');
  assert.equal(version(database), 1);
  migrate(database, steps, 'test');
  assert.equal(version(database), 2);
  assert.deepEqual({ ...database.prepare('SELECT * FROM words').get() }, { word: '1', language: 'en' });
  migrate(database, steps, 'test');
  assert.equal(version(database), 2);
});

test('a step that fails leaves the version before it whole', () => {
  using database = new DatabaseSync(':memory:');
  const broken = [...steps, 'DELETE FROM words; CREATE TABLE words (word TEXT)'];
  assert.throws(() => migrate(database, broken, 'test'), /already exists/);
  assert.equal(version(database), 2);
  assert.equal(database.isTransaction, false);
  assert.equal(database.prepare('SELECT count(*) AS n FROM words').get()?.['n'], 1);
});

test('a post that waits in an older journal has its outcome told by this version', () => {
  using database = new DatabaseSync(':memory:');
  migrate(database, migrations.slice(0, 1), 'test');
  database.exec(`
    INSERT INTO rooms VALUES (1, 'a/r', 'a');
    INSERT INTO events VALUES
      (1, 1, 0, 1, 5, NULL, NULL, 1, 1, 'said', '{"id":"said","room":"a/r"}'),
      (2, 1, 0, 1, 5, NULL, NULL, 2, 2, 'posted', '{"id":"posted","room":"a/r","postedBy":"bot"}');
    INSERT INTO deliveries VALUES (1, 1, 1, 0, 0, 0, 5, NULL), (2, 1, 2, 1, 0, 0, 5, NULL), (3, 1, 2, 2, 0, 0, 5, NULL)`);
  migrate(database, migrations, 'test');
  const core = createCore(database, () => 10);
  const sent = { at: 10, state: sentState, dueAt: 0, reason: null, copies: [] };
  assert.deepEqual(
    [1, 2, 3].map((delivery) => core.settle({ ...sent, delivery })),
    [0, 1, 0],
  );
  assert.equal(core.head(), 3);
});

test('every migration of the journal works on the one before, from nothing', () => {
  using database = new DatabaseSync(':memory:');
  for (let count = 1; count <= migrations.length; count += 1) {
    migrate(database, migrations.slice(0, count), 'test');
    assert.equal(version(database), count);
  }
});
