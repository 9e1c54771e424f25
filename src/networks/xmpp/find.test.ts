// One look through an archive is enough for all that is sought after a crash, and proves no more than it can.
import assert from 'node:assert/strict';
import test from 'node:test';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import type { IqRequestOptions } from '../../wire/xmpp/iq.ts';
import { MAM_NS, type ArchivedMessage } from '../../wire/xmpp/mam.ts';
import type { Connection } from './connection.ts';
import type { Cursor } from './cursor.ts';
import { ArchiveSearch, REMEMBERED_LIMIT } from './find.ts';

const room = 'room@conference.example.org';
const RSM = 'http://jabber.org/protocol/rsm';
const DAY = Date.UTC(2026, 0, 2);
const SECOND = 1000;

/**
 * An archive with a message in every second from `oldest` on, each with its number as its id and text. It counts how often
 * it is gone through, and how often it is asked at all.
 */
class Archive {
  count: number;
  oldest = 0;
  walks = 0;
  asked = 0;
  /** Called before each answer. */
  before: () => void = () => {};
  readonly #pageLimit: number;
  readonly connection: Connection;

  constructor(count: number, pageLimit = 5) {
    this.count = count;
    this.#pageLimit = pageLimit;
    this.connection = {
      stream: { iq: (request: XmlElement, options: IqRequestOptions) => this.#answer(request, options) },
      signal: new AbortController().signal,
      serverTime: { offset: async () => ({ offsetMs: 0, marginMs: 0 }) },
    } as unknown as Connection;
  }

  async #answer(request: XmlElement, { collect }: IqRequestOptions): Promise<XmlElement> {
    this.asked += 1;
    this.before();
    const query = request.child('query', MAM_NS)!;
    const set = query.child('set', RSM)!;
    const after = set.childText('after');
    const start = query.child('x', 'jabber:x:data')?.elements('field').at(-1)?.childText('value');
    if (start !== undefined) this.walks += 1;
    const wanted = start === undefined ? 0 : Math.ceil((Date.parse(start) - DAY) / SECOND);
    const first = Math.max(after === undefined ? wanted : Number(after) + 1, this.oldest);
    const limit = Math.min(Number(set.childText('max')), this.#pageLimit);
    const ids = Array.from({ length: Math.max(0, Math.min(limit, this.count - first)) }, (_, i) => first + i);
    await Promise.resolve();
    for (const id of ids) collect?.(toResult(id, query.attr('queryid') ?? ''));
    const last = ids.length === 0 ? undefined : xml('last', {}, String(ids.at(-1)));
    const complete = String(first + ids.length >= this.count);
    return xml('iq', {}, xml('fin', { xmlns: MAM_NS, complete }, xml('set', { xmlns: RSM }, last)));
  }
}

function toResult(id: number, queryid: string): XmlElement {
  const stamp = new Date(DAY + id * SECOND).toISOString();
  const message = xml('message', { from: `${room}/me`, type: 'groupchat' }, xml('body', {}, String(id)));
  const delay = xml('delay', { xmlns: 'urn:xmpp:delay', stamp });
  const forwarded = xml('forwarded', { xmlns: 'urn:xmpp:forward:0' }, delay, message);
  return xml('message', { from: room }, xml('result', { xmlns: MAM_NS, queryid, id: String(id) }, forwarded));
}

/** Who seeks: remembers what was found. */
function createSeeker(archive: Archive) {
  const search = new ArchiveSearch(room);
  const found = new Set<string>();
  const note = ({ message }: ArchivedMessage) => {
    found.add(message.childText('body') ?? '');
    return true;
  };
  const seek = (second: number, first?: string) =>
    search.search(
      archive.connection,
      DAY + second * SECOND,
      first === undefined ? undefined : { at: 0, id: '9', first },
      note,
    );
  return { search, found, seek };
}

test('one look serves all that is sought, found or not, together or one after the other', async () => {
  const archive = new Archive(20);
  const { seek, found } = createSeeker(archive);
  const answers = await Promise.all([10, 12, 13].map((second) => seek(second)));
  for (let second = 10; second < 74; second += 1) answers.push(await seek(second));
  assert.ok(answers.every((whole) => whole));
  assert.equal(archive.walks, 1);
  assert.deepEqual([...found], ['10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
});

test('an archive that may have forgotten something is not gone through again for that', async () => {
  const archive = new Archive(20);
  archive.oldest = 12;
  const { seek } = createSeeker(archive);
  assert.equal(await seek(10), false);
  const { asked } = archive;
  assert.equal(await seek(11), false);
  // What is sought from here on is told by the same look.
  assert.equal(await seek(12), true);
  // It begins as it always did: nothing has been forgotten.
  assert.equal(await seek(11, '12'), true);
  assert.equal(archive.asked, asked);
});

test('what lies before the look is looked for anew', async () => {
  const archive = new Archive(20);
  const { seek, found } = createSeeker(archive);
  await seek(15);
  assert.equal(found.has('12'), false);
  assert.equal(await seek(12), true);
  assert.deepEqual([archive.walks, found.has('12')], [2, true]);
});

test('what may have been written since is looked for anew', async () => {
  const archive = new Archive(20);
  const { search, seek, found } = createSeeker(archive);
  await seek(10);
  archive.count = 25;
  search.reset();
  assert.equal(await seek(15), true);
  assert.deepEqual([archive.walks, found.has('24')], [2, true]);
});

test('a look that was begun before that is not believed by others', async () => {
  const archive = new Archive(20);
  const { search, seek, found } = createSeeker(archive);
  archive.before = () => {
    archive.before = () => {};
    search.reset();
  };
  // It was asked for before, so it is good enough for who asked.
  assert.equal(await seek(15), true);
  archive.count = 25;
  assert.equal(await seek(15), true);
  assert.deepEqual([archive.walks, found.has('24')], [2, true]);
});

test('what was not in an empty archive is known to be absent when more is there since', async () => {
  const archive = new Archive(0);
  const search = new ArchiveSearch(room);
  const seek = (cursor: Cursor) => search.search(archive.connection, DAY, cursor, () => true);
  assert.equal(await seek({ at: 0 }), true);
  // The first of what was sought has been sent again by now, and seen.
  archive.count = 1;
  assert.equal(await seek({ id: '0', at: DAY, first: '0' }), true);
  assert.equal(archive.walks, 1);
});

test('an empty archive in which there was something proves nothing', async () => {
  const archive = new Archive(0);
  const { seek } = createSeeker(archive);
  assert.equal(await seek(0, '9'), false);
});

test('a look that has failed proves nothing, and another is made', async () => {
  const archive = new Archive(20);
  const { seek } = createSeeker(archive);
  archive.before = () => {
    throw new Error('no answer');
  };
  const failing = seek(10);
  const behind = seek(11);
  await assert.rejects(failing, /no answer/);
  await assert.rejects(behind, /no answer/);
  archive.before = () => {};
  assert.equal(await seek(11), true);
});

test('where more is found than is remembered nothing is certain', async () => {
  const archive = new Archive(REMEMBERED_LIMIT + 1, 1000);
  const { seek } = createSeeker(archive);
  assert.equal(await seek(0), false);
});
