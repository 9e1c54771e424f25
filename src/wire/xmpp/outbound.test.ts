import assert from 'node:assert/strict';
import test from 'node:test';
import { XmppError } from './errors.ts';
import { OutboundQueue } from './outbound.ts';

function createQueue(stanzas = 100, bytes = 1000) {
  const written: string[] = [];
  const awaited: string[] = [];
  const line = { open: true, full: 0 };
  const write = (text: string, isAwaited: boolean) => {
    if (line.open) written.push(text);
    if (line.open && isAwaited) awaited.push(text);
    return line.open;
  };
  const queue = new OutboundQueue({ stanzas, bytes }, { write, full: () => void (line.full += 1) });
  const outcomes: string[] = [];
  const add = (text: string) =>
    queue.add(text, {
      acknowledged: () => outcomes.push(`${text} acknowledged`),
      lost: (error) => outcomes.push(`${text} ${error.code}`),
    });
  return { queue, written, awaited, line, outcomes, add };
}

const lost = new XmppError('xmpp-connection-lost', 'cable');

test('senders are told in order, as far as the server counted', async () => {
  const { queue, written, outcomes, add } = createQueue();
  await Promise.all(['a', 'b', 'c'].map(add));
  assert.deepEqual(written, ['a', 'b', 'c']);
  queue.acknowledge(2);
  assert.deepEqual(outcomes, ['a acknowledged', 'b acknowledged']);
  queue.acknowledge(2);
  assert.equal(queue.length, 1);
});

test('a full queue makes senders wait, in order', async () => {
  const { queue, written, add } = createQueue(2);
  await add('a');
  await add('b');
  const admitted: string[] = [];
  const waiting = ['c', 'd', 'e'].map(async (text) => {
    await add(text);
    admitted.push(text);
  });
  await new Promise(setImmediate);
  assert.deepEqual(admitted, []);
  queue.acknowledge(1);
  await waiting[0];
  assert.deepEqual(written, ['a', 'b', 'c']);
  queue.acknowledge(3);
  await Promise.all(waiting);
  assert.deepEqual(written, ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(admitted, ['c', 'd', 'e']);
});

test('the bound counts bytes too, but one that is larger alone still goes', async () => {
  const { queue, written, add } = createQueue(100, 10);
  await add('a'.repeat(50));
  const second = add('b');
  await new Promise(setImmediate);
  assert.equal(written.length, 1);
  queue.acknowledge(1);
  await second;
  assert.equal(written.length, 2);
});

test('a resumed stream sends again what the server had not, then what came meanwhile', async () => {
  const { queue, written, line, outcomes, add } = createQueue();
  await Promise.all(['a', 'b', 'c'].map(add));
  line.open = false;
  await add('d');
  written.length = 0;
  line.open = true;
  queue.resume(1);
  assert.deepEqual(written, ['b', 'c', 'd']);
  queue.acknowledge(4);
  assert.deepEqual(
    outcomes,
    ['a', 'b', 'c', 'd'].map((text) => `${text} acknowledged`),
  );
});

test('who waits for room when the stream is resumed is written once, behind what is written again', async () => {
  const { queue, written, add } = createQueue(3);
  await Promise.all(['a', 'b', 'c'].map(add));
  const waiting = Promise.all(['d', 'e'].map(add));
  written.length = 0;
  queue.resume(2);
  await waiting;
  assert.deepEqual(written, ['c', 'd', 'e']);
  queue.acknowledge(5);
  assert.equal(queue.length, 0);
});

test('what is written while somebody waits for room is awaited, be the queue less than half full', async () => {
  const { queue, awaited, line } = createQueue(100, 100);
  await queue.add('a'.repeat(40));
  assert.deepEqual([awaited, line.full], [[], 0]);
  const [b, c, d] = ['b'.repeat(90), 'c'.repeat(40), 'd'.repeat(90)];
  const waiting = [b, c, d].map(async (text) => queue.add(text));
  // The first of them has all asked for that is written; what gets a place later is told by itself.
  assert.equal(line.full, 1);
  queue.acknowledge(1);
  queue.acknowledge(2);
  await waiting[1];
  assert.deepEqual(awaited, [b, c]);
  queue.acknowledge(3);
  await waiting[2];
  assert.equal(line.full, 1);
});

test('a stream lost for good tells apart what may have arrived and what was never sent', async () => {
  const { queue, line, outcomes, add } = createQueue(3);
  await add('a');
  await add('b');
  line.open = false;
  await add('c');
  const waiting = add('d');
  queue.abandon(lost);
  await assert.rejects(waiting, { code: 'xmpp-not-connected' });
  assert.deepEqual(outcomes, [
    'a xmpp-outcome-unknown',
    'b xmpp-outcome-unknown',
    'c xmpp-not-connected',
    'd xmpp-not-connected',
  ]);
  assert.equal(queue.length, 0);
});

test('a server that acknowledges more than was sent is refused', async () => {
  const { queue, add } = createQueue();
  await add('a');
  assert.throws(() => queue.acknowledge(2), { code: 'xmpp-protocol-violation' });
  assert.throws(() => queue.acknowledge(2 ** 32 - 1), { code: 'xmpp-protocol-violation' });
});

test('counting goes on beyond 2^32', () => {
  const { queue, outcomes, add } = createQueue();
  // A server cannot be brought there in a test's time, but the queue only looks at differences.
  let h = 0;
  for (const step of [1, 1, 1]) {
    void add(`s${h}`);
    h = (h + step) % 2 ** 32;
    queue.acknowledge(h);
  }
  assert.equal(outcomes.length, 3);
});

test('thousands of stanzas are let go as they are acknowledged', async () => {
  const { queue, written, add } = createQueue(100_000, 1_000_000);
  for (let i = 0; i < 10_000; i++) await add(String(i));
  for (let h = 7; h <= 10_000; h += 7) queue.acknowledge(h);
  queue.acknowledge(10_000);
  assert.equal(queue.length, 0);
  assert.equal(written.length, 10_000);
  await queue.whenEmpty();
});
