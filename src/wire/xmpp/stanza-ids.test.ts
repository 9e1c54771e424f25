import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from './element.ts';
import { readDelay, readOriginId, readStanzaId, STANZA_ID_NS, toOriginId, toTimeMs } from './stanza-ids.ts';

const room = 'room@conference.example.org';

test('a stanza-id counts only from whom it is asked for', () => {
  const message = xml(
    'message',
    {},
    xml('stanza-id', { xmlns: STANZA_ID_NS, by: 'evil@example.net', id: 'forged' }),
    xml('stanza-id', { xmlns: STANZA_ID_NS, by: 'Room@Conference.Example.org', id: 'real' }),
  );
  assert.equal(readStanzaId(message, room), 'real');
  assert.equal(readStanzaId(message, 'other@example.org'), undefined);
});

test('the sender’s id is the origin-id, else the id', () => {
  assert.equal(readOriginId(xml('message', { id: 'a' }, toOriginId('b'))), 'b');
  assert.equal(readOriginId(xml('message', { id: 'a' })), 'a');
  assert.equal(readOriginId(xml('message')), undefined);
});

test('a delay has a time, or is none', () => {
  const delayed = (stamp: string) =>
    xml('message', {}, xml('delay', { xmlns: 'urn:xmpp:delay', stamp, from: room }));
  assert.deepEqual(readDelay(delayed('2026-01-02T03:04:05Z')), {
    atMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    from: room,
  });
  assert.equal(readDelay(delayed('yesterday')), undefined);
  assert.equal(toTimeMs(undefined), undefined);
});
