import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import { IqError } from '../../wire/xmpp/errors.ts';
import type { IqRequestOptions } from '../../wire/xmpp/iq.ts';
import { MAM_NS } from '../../wire/xmpp/mam.ts';
import { catchUp, FROM_THE_BEGINNING, type CatchUp } from './catch-up.ts';

const room = 'room@conference.example.org';
const RSM = 'http://jabber.org/protocol/rsm';

/** An archive of numbered messages, two a page; `oldest` says from which on it still has them. */
function archive(count: number, oldest = 0) {
  const asked: string[] = [];
  const iq = async (request: XmlElement, { collect }: IqRequestOptions = {}): Promise<XmlElement> => {
    const query = request.child('query', MAM_NS);
    const after = query?.child('set', RSM)?.childText('after');
    const start = query?.child('x', 'jabber:x:data')?.elements('field').at(-1)?.childText('value');
    asked.push(after ?? start ?? 'beginning');
    if (after !== undefined && Number(after) < oldest) {
      throw new IqError({ condition: 'item-not-found', type: 'modify', text: '' }, request);
    }
    const first = after === undefined ? oldest : Number(after) + 1;
    const ids = Array.from({ length: Math.min(2, count - first) }, (_, i) => String(first + i));
    for (const id of ids) collect?.(toResult(id, query?.attr('queryid') ?? ''));
    const last = ids.at(-1);
    const set = xml('set', { xmlns: RSM }, last === undefined ? undefined : xml('last', {}, last));
    const complete = String(first + ids.length >= count);
    return xml('iq', { type: 'result' }, xml('fin', { xmlns: MAM_NS, complete }, set));
  };
  return { asked, stream: { iq, send: async () => {}, sendAcked: async () => {} } };
}

async function refuse(request: XmlElement): Promise<XmlElement> {
  throw new IqError({ condition: 'forbidden', type: 'auth', text: '' }, request);
}

function toResult(id: string, queryid: string): XmlElement {
  const message = xml('message', { from: `${room}/ann`, type: 'groupchat' }, xml('body', {}, id));
  const forwarded = xml('forwarded', { xmlns: 'urn:xmpp:forward:0' }, message);
  return xml('message', { from: room }, xml('result', { xmlns: MAM_NS, queryid, id }, forwarded));
}

async function read(
  { stream }: ReturnType<typeof archive>,
  cursor: CatchUp['cursor'],
  more: () => boolean = () => false,
): Promise<{ taken: string[]; done: boolean; port: FakePort }> {
  const taken: string[] = [];
  const port = new FakePort();
  const done = await catchUp({
    stream,
    clock: createSystemClock(),
    log: port.log,
    signal: new AbortController().signal,
    room,
    cursor,
    take: async (items) => void taken.push(...items.map(({ id }) => id)),
    more,
    trouble: () => {},
  });
  return { taken, done, port };
}

test('pages are read one behind the other, from the message behind the cursor', async () => {
  const mam = archive(6);
  const { taken, done } = await read(mam, { id: '1', at: 5 });
  assert.deepEqual([taken, done], [['2', '3', '4', '5'], true]);
  assert.deepEqual(mam.asked, ['1', '3']);
});

test('a room in which nothing had been said is read from the beginning', async () => {
  const { taken } = await read(archive(3), { at: FROM_THE_BEGINNING });
  assert.deepEqual(taken, ['0', '1', '2']);
});

test('when the archive has forgotten the cursor, reading goes on by its time, and the log says so', async () => {
  const mam = archive(6, 3);
  const { taken, port } = await read(mam, { id: '1', at: Date.UTC(2026, 0, 2) });
  assert.deepEqual(taken, ['3', '4', '5']);
  assert.deepEqual(mam.asked.slice(0, 2), ['1', '2026-01-01T23:59:00.000Z']);
  assert.ok(port.logged.some(({ level, message }) => level === 'warn' && message.includes('gap')));
});

test('what did not fit into the waiting room is read from the archive', async () => {
  const overflows = [false, true, false, false];
  const mam = archive(2);
  const { done } = await read(mam, { id: '0', at: 5 }, () => overflows.shift() ?? false);
  assert.ok(done);
  assert.deepEqual(mam.asked, ['0', '1']);
});

test('a room that refuses to show its archive is not asked again and again', async () => {
  const mam = archive(0);
  const { done, taken } = await read({ ...mam, stream: { ...mam.stream, iq: refuse } }, { id: '1', at: 5 });
  assert.deepEqual([done, taken], [false, []]);
});
