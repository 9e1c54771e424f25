/** What the driver keeps for the hub, through the death of either. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { Spool } from '../../../drivers/wechaty/spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'hutong-spool-'));
after(() => rmSync(folder, { recursive: true }));

test('what is not acknowledged is there for the next process, in its order', () => {
  const file = join(folder, 'order');
  const spool = new Spool(file);
  const [, second] = ['one', 'two', 'three'].map((text) => spool.add('message', { text }));
  spool.acknowledge(second!.seq);
  const next = new Spool(file);
  assert.deepEqual(
    next.waiting().map(({ payload }) => payload),
    [{ text: 'one' }, { text: 'three' }],
  );
  const { seq } = next.add('message', { text: 'four' });
  assert.ok(next.waiting().every((each) => each.seq <= seq));
  for (const each of next.waiting()) next.acknowledge(each.seq);
  assert.deepEqual(new Spool(file).waiting(), []);
  assert.equal(readFileSync(file, 'utf8'), '');
});

test('a line that a dying process left half written spoils nothing', () => {
  const file = join(folder, 'half');
  new Spool(file).add('message', { text: 'whole' });
  appendFileSync(file, '{"seq":2,"name":"mess');
  const next = new Spool(file);
  next.add('message', { text: 'after' });
  assert.deepEqual(
    new Spool(file).waiting().map(({ payload }) => payload),
    [{ text: 'whole' }, { text: 'after' }],
  );
});

test('the file does not grow for ever, also while something waits', () => {
  const file = join(folder, 'long');
  const spool = new Spool(file);
  spool.add('message', { text: 'waits' });
  const text = 'x'.repeat(100_000);
  for (let n = 0; n < 30; n += 1) spool.acknowledge(spool.add('message', { text }).seq);
  assert.ok(readFileSync(file).length < 2 * 1024 * 1024);
  assert.deepEqual(
    new Spool(file).waiting().map(({ payload }) => payload),
    [{ text: 'waits' }],
  );
});
