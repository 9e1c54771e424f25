import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from '../../../wire/xmpp/element.ts';
import { Attendance } from './attendance.ts';

const jid = 'ann@example.org';
const gone = xml('presence', { type: 'unavailable' });
const here = (priority?: string) =>
  xml('presence', {}, priority === undefined ? undefined : xml('priority', {}, priority));

test('somebody is there as long as one of their clients is', () => {
  const attendance = new Attendance();
  assert.equal(attendance.isPresent(jid), false);
  attendance.note(jid, 'one', here());
  attendance.note(jid, 'two', here('5'));
  attendance.note(jid, 'one', gone);
  assert.equal(attendance.isPresent(jid), true);
  attendance.note(jid, 'two', gone);
  assert.equal(attendance.isPresent(jid), false);
});

test('an end without a resource is the end of all, and a negative priority takes no messages', () => {
  const attendance = new Attendance();
  attendance.note(jid, 'one', here());
  attendance.note(jid, '', gone);
  assert.equal(attendance.isPresent(jid), false);
  attendance.note(jid, 'one', here('-1'));
  assert.equal(attendance.isPresent(jid), false);
  attendance.note(jid, 'one', here('0'));
  assert.equal(attendance.isPresent(jid), true);
});

test('who shows nothing is believed to be there until a message comes back', () => {
  const attendance = new Attendance();
  attendance.believe(jid);
  assert.equal(attendance.isPresent(jid), true);
  attendance.doubt(jid);
  assert.equal(attendance.isPresent(jid), false);
});
