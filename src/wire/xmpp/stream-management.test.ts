import assert from 'node:assert/strict';
import test from 'node:test';
import { StreamManagement } from './stream-management.ts';

const ASK = '<r xmlns="urn:xmpp:sm:3"/>';
const told = (h: number) => `<a xmlns="urn:xmpp:sm:3" h="${h}"/>`;

function createManagement() {
  const written: string[] = [];
  const transport = { congested: false, write: (text: string) => void written.push(text) };
  const inbound = { handled: 0, length: 0, uncounted: 0 };
  return { written, transport, inbound, management: new StreamManagement(transport, inbound) };
}

test('what is written in a turn is asked about once, and not again before the answer', () => {
  const { management } = createManagement();
  assert.equal(management.takeRequest(), '');
  management.written();
  management.written();
  assert.equal(management.takeRequest(), ASK);
  management.written();
  assert.equal(management.takeRequest(), '');
  management.answered();
  assert.equal(management.takeRequest(), ASK);
});

test('behind an answer the server is asked about what was written meanwhile, and only then', () => {
  const { management, written } = createManagement();
  management.written();
  management.takeRequest();
  management.answered();
  management.askIfDue();
  assert.deepEqual(written, []);
  management.written();
  management.askIfDue();
  management.askOnce();
  assert.deepEqual(written, [ASK]);
});

test('a count asked for too early is told again when everything is counted, once', () => {
  const { management, written, inbound } = createManagement();
  Object.assign(inbound, { length: 1, uncounted: 1 });
  management.requested();
  Object.assign(inbound, { handled: 1, length: 0, uncounted: 0 });
  management.counted();
  management.counted();
  assert.deepEqual(written, [told(0), told(1)]);
});

test('a server that does not read is told its count once, when it reads again', () => {
  const { management, written, transport, inbound } = createManagement();
  transport.congested = true;
  management.requested();
  management.requested();
  assert.deepEqual(written, []);
  inbound.handled = 2;
  management.drained();
  management.drained();
  assert.deepEqual(written, [told(2)]);
});
