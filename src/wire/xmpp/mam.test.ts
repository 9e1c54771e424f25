import assert from 'node:assert/strict';
import test from 'node:test';
import { xml, type XmlElement } from './element.ts';
import { XmppError } from './errors.ts';
import type { IqRequestOptions } from './iq.ts';
import { MAM_NS, readArchive } from './mam.ts';

const room = 'room@conference.example.org';
const options = { timeoutMs: 1000 };

/** A session whose archive sends these messages before its answer. */
function archive(results: (queryId: string) => XmlElement[], fin: XmlElement, requests: XmlElement[] = []) {
  return {
    refused: [] as XmlElement[],
    async iq(request: XmlElement, { collect }: IqRequestOptions = {}): Promise<XmlElement> {
      requests.push(request);
      const queryId = request.child('query', MAM_NS)?.attr('queryid') ?? '';
      for (const message of results(queryId)) if (!collect?.(message)) this.refused.push(message);
      return xml('iq', { type: 'result' }, fin);
    },
  };
}

function result(queryId: string, id: string, text: string, from = room): XmlElement {
  return xml(
    'message',
    { from },
    xml(
      'result',
      { xmlns: MAM_NS, queryid: queryId, id },
      xml(
        'forwarded',
        { xmlns: 'urn:xmpp:forward:0' },
        xml('delay', { xmlns: 'urn:xmpp:delay', stamp: '2026-01-02T03:04:05Z' }),
        xml('message', { from: `${room}/ann`, type: 'groupchat' }, xml('body', {}, text)),
      ),
    ),
  );
}

function endOfPage(complete: boolean, last?: string): XmlElement {
  const set = xml(
    'set',
    { xmlns: 'http://jabber.org/protocol/rsm' },
    last ? xml('last', {}, last) : undefined,
  );
  return xml('fin', { xmlns: MAM_NS, complete: String(complete) }, set);
}

test('a page has its messages in order, their times, and where to go on', async () => {
  const session = archive((id) => [result(id, 'a', '一'), result(id, 'b', '二')], endOfPage(false, 'b'));
  const page = await readArchive(session, room, { max: 2 }, options);
  assert.deepEqual(
    page.items.map(({ id, atMs, message }) => [id, atMs, message.childText('body')]),
    [
      ['a', Date.UTC(2026, 0, 2, 3, 4, 5), '一'],
      ['b', Date.UTC(2026, 0, 2, 3, 4, 5), '二'],
    ],
  );
  assert.deepEqual([page.complete, page.last], [false, 'b']);
});

test('results of somebody else, or for another query, are not taken', async () => {
  const session = archive(
    (id) => [
      result(id, 'x', 'forged', 'evil@example.net'),
      result('other', 'y', 'late'),
      result(id, 'a', 'real'),
    ],
    endOfPage(true, 'a'),
  );
  const page = await readArchive(session, room, { max: 9 }, options);
  assert.deepEqual(
    page.items.map(({ id }) => id),
    ['a'],
  );
  assert.equal(session.refused.length, 2);
});

test('an empty page is the last one', async () => {
  const page = await readArchive(
    archive(() => [], endOfPage(false)),
    room,
    { max: 9 },
    options,
  );
  assert.deepEqual(page, { items: [], complete: true, last: undefined });
});

test('a query names where to start, in the archive’s words', async () => {
  const requests: XmlElement[] = [];
  const session = archive(() => [], endOfPage(true), requests);
  await readArchive(session, room, { after: 'a', max: 7 }, options);
  await readArchive(session, room, { startMs: Date.UTC(2026, 0, 2), max: 7 }, options);
  await readArchive(session, room, { before: '', max: 1 }, options);
  const [after, start, end] = requests.map((request) => request.child('query', MAM_NS));
  const rsm = 'http://jabber.org/protocol/rsm';
  assert.equal(after?.child('set', rsm)?.childText('after'), 'a');
  assert.equal(after?.child('set', rsm)?.childText('max'), '7');
  const fields = start?.child('x', 'jabber:x:data')?.elements('field');
  assert.deepEqual(
    fields?.map((field) => [field.attr('var'), field.childText('value')]),
    [
      ['FORM_TYPE', MAM_NS],
      ['start', '2026-01-02T00:00:00.000Z'],
    ],
  );
  assert.equal(end?.child('set', rsm)?.childText('before'), '');
});

test('an answer without the end of the page breaks the protocol', async () => {
  const session = { iq: async () => xml('iq', { type: 'result' }) };
  await assert.rejects(readArchive(session, room, { max: 1 }, options), (error) => {
    return error instanceof XmppError && error.code === 'xmpp-protocol-violation';
  });
});

test('the own account’s archive may leave out who it is', async () => {
  const account = 'ann@example.org';
  const session = archive(
    (id) => [result(id, 'a', '一', account).with({ from: undefined })],
    endOfPage(true, 'a'),
  );
  const page = await readArchive(session, account, { max: 9 }, options);
  assert.deepEqual(
    page.items.map(({ id }) => id),
    ['a'],
  );
});
