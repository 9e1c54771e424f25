import assert from 'node:assert/strict';
import test from 'node:test';
import { xml, type XmlElement } from './element.ts';
import { IqError } from './errors.ts';
import { MUC_STATUS, MUC_USER_NS, pingSelf, readMucPresence, toJoin } from './muc.ts';

const room = 'room@conference.example.org';

function presence(nick: string, type: string | undefined, ...about: XmlElement[]): XmlElement {
  return xml('presence', { from: `${room}/${nick}`, type }, xml('x', { xmlns: MUC_USER_NS }, ...about));
}

function history(join: XmlElement) {
  return join.child('x', 'http://jabber.org/protocol/muc')?.child('history')?.attributes;
}

test('a join asks for no history, or for what was said since', () => {
  const none = toJoin(room, 'ann', 'j1', 'none');
  assert.equal(none.attr('to'), `${room}/ann`);
  assert.deepEqual({ ...history(none) }, { maxstanzas: '0' });
  const since = toJoin(room, 'ann', 'j2', { sinceMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  assert.deepEqual({ ...history(since) }, { since: '2026-01-02T03:04:05Z' });
});

test('a presence tells the nick, the codes, and why somebody left', () => {
  const joined = readMucPresence(presence('ann', undefined, xml('status', { code: '110' })));
  assert.ok(joined?.available);
  assert.equal(joined.nick, 'ann');
  assert.ok(joined.codes.has(MUC_STATUS.self));

  const kicked = readMucPresence(
    presence(
      'bea',
      'unavailable',
      xml('item', {}, xml('reason', {}, 'too loud')),
      xml('status', { code: '307' }),
    ),
  );
  assert.equal(kicked?.available, false);
  assert.equal(kicked?.reason, 'too loud');
  assert.ok(kicked?.codes.has(MUC_STATUS.kicked));

  const renamed = readMucPresence(
    presence('bea', 'unavailable', xml('item', { nick: '碧' }), xml('status', { code: '303' })),
  );
  assert.equal(renamed?.newNick, '碧');

  const closed = readMucPresence(
    presence('bea', 'unavailable', xml('destroy', {}, xml('reason', {}, 'moved'))),
  );
  assert.deepEqual([closed?.destroyed, closed?.reason], [true, 'moved']);
});

test('what comes from no occupant, or is an error, is no presence of one', () => {
  assert.equal(readMucPresence(xml('presence', { from: room })), undefined);
  assert.equal(readMucPresence(xml('presence', { from: `${room}/ann`, type: 'error' })), undefined);
  assert.equal(readMucPresence(xml('presence', { from: '@/', type: 'unavailable' })), undefined);
});

/** Pings a room that answers with this. */
function ping(condition?: IqError['condition']) {
  const iq = async (request: XmlElement) => {
    assert.equal(request.attr('to'), `${room}/ann`);
    if (condition) throw new IqError({ condition, type: 'cancel', text: '' }, request);
    return request;
  };
  return pingSelf({ iq }, room, 'ann', { timeoutMs: 1000 });
}

test('a self-ping tells joined, gone and unknown apart', async () => {
  assert.equal(await ping(), 'joined');
  assert.equal(await ping('service-unavailable'), 'joined');
  assert.equal(await ping('not-acceptable'), 'gone');
  assert.equal(await ping('item-not-found'), 'gone');
  assert.equal(await ping('remote-server-timeout'), 'unknown');
});
