import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import { createConnection } from './connection.ts';
import { Join } from './join.ts';
import { NickChoice } from './nick.ts';

const ROOM = 'alley@rooms.example';
const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';
const clock = createSystemClock();

function refusal(request: XmlElement, condition: string, id = request.attr('id')): XmlElement {
  return xml(
    'presence',
    { type: 'error', from: ROOM, id },
    xml('error', { type: 'cancel' }, xml(condition, { xmlns: STANZAS })),
  );
}

/** A room that answers each request to let us in by `answer`. */
function createJoin(answer: (request: XmlElement, join: Join) => void) {
  const over = new AbortController();
  const asked: (string | undefined)[] = [];
  const join = new Join(ROOM, clock, new NickChoice('hutong', 'bridge'));
  const connection = createConnection({
    clock,
    port: new FakePort(),
    domain: 'example',
    signal: over.signal,
    fail: (error) => assert.fail(String(error)),
    stream: {
      send: async (stanza) => {
        asked.push(stanza.attr('to'));
        setImmediate(answer, stanza, join);
      },
      sendAcked: async () => {},
      iq: () => assert.fail('nothing is asked'),
    },
  });
  return { asked, join, over, enter: () => join.run(connection, 'none', over.signal, () => {}) };
}

test('a nick that is taken is followed by another one, until the room lets us in', async () => {
  const { asked, join, enter } = createJoin((request) => {
    if (asked.length < 3) join.refused(refusal(request, 'conflict'));
    else join.admitted();
  });
  await enter();
  assert.deepEqual(asked, [`${ROOM}/hutong`, `${ROOM}/hutong_2`, `${ROOM}/hutong_3`]);
  assert.ok(!join.underWay);
});

test('a refusal that no other nick helps against is told in words', async () => {
  const { enter } = createJoin((request, join) => join.refused(refusal(request, 'registration-required')));
  await assert.rejects(enter(), { name: 'NotAdmitted', lasting: true, message: /^only members may enter/ });
});

test('an error that answers something else is none', async () => {
  const { enter } = createJoin((request, join) => {
    join.refused(refusal(request, 'forbidden', 'another'));
    assert.ok(join.underWay);
    join.admitted();
  });
  await enter();
});

test('a run that ends does not wait for the room', async () => {
  const { enter, over } = createJoin(() => over.abort(new Error('the run is over')));
  await assert.rejects(enter(), { message: 'the run is over' });
});
