import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import test from 'node:test';
import { createSystemClock } from '../hub/clock.ts';
import type { Delivery, Journal } from '../hub/journal.ts';
import { toMediaSegment } from '../hub/media.ts';
import type { Segment } from '../hub/message.ts';
import type { Log } from '../hub/log.ts';
import { openMedia, type MediaOptions } from './media.ts';

const warnings: string[] = [];
const log: Log = { debug() {}, info() {}, warn: (_, words) => void warnings.push(words), error() {} };
const kibi = 1024;

/** A store that keeps 100 KiB, of a hub whose waiting deliveries are these, two at a time. */
async function open(
  waiting: readonly Segment[][],
  more: Partial<MediaOptions['configuration']['http']> = {},
) {
  const folder = await mkdtempDisposable(`${tmpdir()}/hutong-media-`);
  const deliveries: Journal['deliveries'] = async (_, after) =>
    waiting.slice(after, after + 2).map((body, index): Delivery => {
      const id = after + index + 1;
      const sender = { id: '1', name: 'ann' };
      const event = {
        kind: 'message',
        id: `e${id}`,
        position: id,
        room: 'a/b',
        at: 0,
        sender,
        body,
      } as const;
      return { id, lane: 'c/d', event, state: 'parked', attempts: 1, dueAt: 0, changedAt: 0 };
    });
  const store = await openMedia({
    configuration: {
      dataFolder: folder.path,
      http: { listen: { host: '127.0.0.1', port: 0 }, proxy: [], connections: 1, ...more } as never,
      media: { fileLimitBytes: 60 * kibi, totalLimitBytes: 100 * kibi, allow: [] },
    },
    journal: { deliveries, get: async () => undefined, set: async () => {}, list: async () => [] },
    clock: createSystemClock(),
    log,
    address: () => ({ host: '0.0.0.0', port: 1234 }),
  });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

test('a file that a message on its way refers to stays, also one that was forwarded', async () => {
  const waiting: Segment[][] = [[{ type: 'text', text: 'x' }], [{ type: 'text', text: 'y' }]];
  await using opened = await open(waiting);
  const { store } = opened;
  const save = (fill: number) => store.save(Readable.from([Buffer.alloc(50 * kibi, fill)]));
  const [sent, forwarded] = [await save(1), await save(2)];
  const sender = { id: '2', name: 'bob' };
  waiting.push([toMediaSegment(sent)]);
  waiting.push([{ type: 'forward', messages: [{ sender, body: [toMediaSegment(forwarded)] }] }]);
  const unused = await save(3);
  await store.clean();
  const found = await Promise.all([sent, forwarded, unused].map(({ id }) => store.find(id)));
  assert.deepEqual(
    found.map((info) => info !== undefined),
    [true, true, false],
  );
});

test('links begin with what browsers reach the hub by', async () => {
  const url = `media:${'0'.repeat(40)}/a.png`;
  await using plain = await open([]);
  assert.equal(plain.store.resolve(url), `http://127.0.0.1:1234/media/${'0'.repeat(40)}/a.png`);
  await using named = await open([], { url: 'https://chat.example.org' });
  assert.equal(named.store.resolve(url), `https://chat.example.org/media/${'0'.repeat(40)}/a.png`);
  await using encrypted = await open([], { tls: { cert: 'c', key: 'k' } });
  assert.match(encrypted.store.resolve(url), /^https:\/\/127\.0\.0\.1:1234\//);
});

async function warned(http: Parameters<typeof open>[1]): Promise<boolean> {
  warnings.length = 0;
  await using _ = await open([], http);
  return warnings.some((words) => words.startsWith('http.url is not set'));
}

test('it is told where links open for nobody else: others come in, by the address or by a proxy, and it has no url', async () => {
  const url = 'https://chat.example.org';
  const listen = { host: '0.0.0.0', port: 0 };
  assert.deepEqual([await warned({}), await warned({ proxy: ['127.0.0.1'], url })], [false, false]);
  assert.deepEqual([await warned({ listen }), await warned({ proxy: ['127.0.0.1'] })], [true, true]);
});
