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
      (frame) => void frame.push('half', JSON.stringify(loop)),
      () => undefined,
    ),
    { code: 'journal-failed' },
  );
  assert.deepEqual(queue.take(), []);
});

test('what an event says counts as text that waits, not its key alone', async () => {
  const queue = createOperationQueue(() => undefined);
  const journal = createClient(queue);
  const body = [{ type: 'text' as const, text: 'x'.repeat(16 * 1024 * 1024) }];
  const append = (key: string) =>
    journal.append({
      event: {
        kind: 'message',
        id: key,
        position: 0,
        room: 'house/lobby',
        at: 1,
        sender: { id: 'ann', name: 'ann' },
        body,
      },
      key,
      deliveries: [],
    });
  const waiting = Array.from({ length: 8 }, (_, number) => append(`${number}`));
  await assert.rejects(append('one too many'), { code: 'journal-failed' });
  queue.fail(new JournalError('journal-closed', 'over'));
  await Promise.all(waiting.map((one) => assert.rejects(one, { code: 'journal-closed' })));
});

test('more text than may wait is refused, and taken again when answers came', async () => {
  const queue = createOperationQueue(() => undefined);
  const text = 'x'.repeat(64 * 1024 * 1024);
  const ask = () =>
    queue.ask(
      0,
      (frame) => void frame.push(text),
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
