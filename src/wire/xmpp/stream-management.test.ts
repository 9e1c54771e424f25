import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { StreamManagement } from './stream-management.ts';

const ASK = '<r xmlns="urn:xmpp:sm:3"/>';
const told = (h: number) => `<a xmlns="urn:xmpp:sm:3" h="${h}"/>`;

function createManagement(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const written: string[] = [];
  const transport = { congested: false, write: (text: string) => void written.push(text) };
  const inbound = { handled: 0, pending: 0 };
  const management = new StreamManagement(transport, inbound);
  const count = (handled: number) => {
    inbound.handled += handled;
    inbound.pending -= handled;
    management.counted(handled);
  };
  return { written, transport, inbound, management, count };
}

test('what is written in a turn and awaited is asked about once, and not again before the answer', (context) => {
  const { management } = createManagement(context);
  assert.equal(management.takeRequest(), '');
  management.written(true);
  management.written(true);
  assert.equal(management.takeRequest(), ASK);
  management.written(true);
  assert.equal(management.takeRequest(), '');
  management.answered();
  assert.equal(management.takeRequest(), ASK);
});

test('behind an answer the server is asked about what was written meanwhile, and only then', (context) => {
  const { management, written } = createManagement(context);
  management.written(true);
  management.takeRequest();
  management.answered();
  management.askIfDue();
  assert.deepEqual(written, []);
  management.written(true);
  management.askIfDue();
  management.askOnce();
  assert.deepEqual(written, [ASK]);
});

test('what nobody waits for is asked about when it has become much, or half a minute later', (context) => {
  const { management, written } = createManagement(context);
  management.written(false);
  assert.equal(management.takeRequest(), '');
  context.mock.timers.tick(30_000);
  assert.deepEqual(written, [ASK]);
  management.answered();
  for (let n = 1; n < 64; n += 1) management.written(false);
  assert.equal(management.takeRequest(), '');
  management.written(false);
  assert.equal(management.takeRequest(), ASK);
  // What is written while the answer is on its way is not forgotten, either.
  management.written(false);
  context.mock.timers.tick(30_000);
  assert.deepEqual(written, [ASK]);
  management.answered();
  management.askIfDue();
  assert.deepEqual(written, [ASK, ASK]);
  context.mock.timers.tick(100_000);
  assert.equal(written.length, 2);
});

test('who comes to wait for what was written without being awaited has it asked about, at once or behind an answer', (context) => {
  const { management, written } = createManagement(context);
  management.written(false);
  management.askOnce();
  assert.deepEqual(written, [ASK]);
  management.written(false);
  management.askOnce();
  assert.deepEqual(written, [ASK]);
  management.answered();
  management.askIfDue();
  assert.deepEqual(written, [ASK, ASK]);
});

test('a count is told when all is counted that had arrived when it was asked for', (context) => {
  const { management, written, inbound, count } = createManagement(context);
  management.requested();
  assert.deepEqual(written, [told(0)]);
  inbound.pending = 2;
  management.requested();
  inbound.pending += 5;
  count(1);
  assert.deepEqual(written, [told(0)]);
  count(1);
  count(1);
  assert.deepEqual(written, [told(0), told(2)]);
});

test('who asks again before is told of what came in between, too', (context) => {
  const { management, written, inbound, count } = createManagement(context);
  inbound.pending = 1;
  management.requested();
  inbound.pending += 1;
  management.requested();
  count(1);
  count(1);
  context.mock.timers.tick(10_000);
  assert.deepEqual(written, [told(1), told(2)]);
});

test('where nothing is counted each request is answered within a second, and what is counted later is told', (context) => {
  const { management, written, inbound, count } = createManagement(context);
  inbound.pending = 1;
  management.requested();
  context.mock.timers.tick(999);
  assert.deepEqual(written, []);
  context.mock.timers.tick(1);
  management.requested();
  context.mock.timers.tick(1000);
  assert.deepEqual(written, [told(0), told(0)]);
  count(1);
  assert.deepEqual(written, [told(0), told(0), told(1)]);
});

test('nothing is asked or told on a connection that has ended', (context) => {
  const { management, written, inbound } = createManagement(context);
  inbound.pending = 1;
  management.written(false);
  management.requested();
  management.stop();
  context.mock.timers.tick(10_000);
  assert.deepEqual(written, []);
});

test('a server that does not read is told its count once, when it reads again', (context) => {
  const { management, written, transport, inbound } = createManagement(context);
  transport.congested = true;
  management.requested();
  management.requested();
  assert.deepEqual(written, []);
  inbound.handled = 2;
  management.drained();
  management.drained();
  assert.deepEqual(written, [told(2)]);
});
