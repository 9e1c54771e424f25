import assert from 'node:assert/strict';
import test from 'node:test';
import { JournalError } from '../../hub/errors.ts';
import { createClient } from './client.ts';
import { createOperationQueue } from './queue.ts';

test('when the writer dies, all that waits and all later calls reject', async () => {
  const queue = createOperationQueue(() => undefined);
  const journal = createClient(queue);
  const [sent, queued] = [journal.head(), journal.lanes()];
  queue.take();
  const third = journal.get('k');
  queue.fail(new JournalError('journal-failed', 'its writer thread died'));
  for (const call of [sent, queued, third, journal.head()]) {
    await assert.rejects(call, { code: 'journal-failed' });
  }
});

test('what cannot be written down is refused and leaves no trace in the queue', async () => {
  const queue = createOperationQueue(() => undefined);
  const loop: unknown[] = [];
  loop.push(loop);
  await assert.rejects(
    queue.ask(
      0,
      0,
      (frame) => void frame.push('half', JSON.stringify(loop)),
      () => undefined,
    ),
    { code: 'journal-failed' },
  );
  assert.deepEqual(queue.take(), []);
});

test('more text than may wait is refused, and taken again when answers came', async () => {
  const queue = createOperationQueue(() => undefined);
  const ask = () =>
    queue.ask(
      0,
      64 * 1024 * 1024,
      () => undefined,
      () => 'done',
    );
  const waiting = [ask(), ask()];
  await assert.rejects(ask(), { code: 'journal-failed' });
  queue.receive([0, 0, 0, 0]);
  assert.deepEqual(await Promise.all(waiting), ['done', 'done']);
  const again = ask();
  queue.receive([0, 0]);
  assert.equal(await again, 'done');
});
