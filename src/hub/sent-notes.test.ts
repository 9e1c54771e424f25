import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../test/fakes/port.ts';
import { SentNotes, type SentNote } from './sent-notes.ts';

test('what was noted is there for the next run, with what became of it', async () => {
  const port = new FakePort();
  const notes = new SentNotes<SentNote>(port);
  for (const [at, token] of ['a', 'b', 'c'].entries()) await notes.note(token, { at });
  await notes.settle('a', 'm1');
  await notes.forget('b');
  const next = new SentNotes<SentNote>(port);
  await next.open();
  assert.deepEqual(
    [...next.entries()],
    [
      ['a', { at: 0, id: 'm1' }],
      ['c', { at: 2 }],
    ],
  );
  assert.ok(next.isClaimed('m1') && !next.isClaimed('m2'));
});

test('only the last outcomes are kept', async () => {
  const notes = new SentNotes<SentNote>(new FakePort());
  for (let at = 0; at < 300; at += 1) {
    await notes.note(`t${at}`, { at });
    await notes.settle(`t${at}`, at);
  }
  assert.deepEqual([notes.get('t99'), notes.get('t100')], [undefined, { at: 100, id: 100 }]);
});
