// What people ask of a login, as the hub is told it, and its answers.
import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { ANN, CHANNEL, SatoriServer } from '../../../test/fakes/satori-server.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import type { RequestReport } from '../../hub/event.ts';
import { createSatoriNetwork } from './index.ts';

async function open() {
  const server = await new SatoriServer().listen();
  const kind = createSatoriNetwork({ clock: createSystemClock() });
  const port = new FakePort();
  const stopping = new AbortController();
  const over = kind
    .open('sat', kind.config.parse({ url: server.url }))
    .run(port, stopping.signal)
    .catch(() => {});
  const { actions } = await port.until(({ session }) => session);
  return {
    server,
    /** What the hub is told when somebody asks. */
    async ask(...asked: Parameters<SatoriServer['ask']>): Promise<RequestReport> {
      const count = port.of('request').length;
      server.ask(...asked);
      return port.until(() => port.of('request')[count]);
    },
    answer: ({ room, request, ask }: RequestReport, accepted: boolean, reason = '') =>
      actions.answer!({ room, request, ask, accepted, reason, token: 't' }),
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the test is over'));
      await over;
      await server[Symbol.asyncDispose]();
    },
  };
}

test('who wants to be a friend is told with their words, and accepted by the message’s id', async () => {
  await using world = await open();
  const report = await world.ask('friend-request', 'f1', 'it&apos;s me');
  const { at, ...told } = report;
  assert.deepEqual(told, {
    kind: 'request',
    room: 'direct:ann',
    direct: true,
    ask: 'contact',
    request: 'contact:f1',
    from: ANN,
    comment: "it's me",
  });
  assert.ok(at);
  await world.answer(report, true);
  assert.equal(world.server.requests.get('friend.approve f1')?.approved, true);
});

test('who wants into a guild is refused with a reason, once', async () => {
  await using world = await open();
  const report = await world.ask('guild-member-request', 'g1', '');
  assert.deepEqual([report.room, report.ask, report.comment], [CHANNEL, 'join', undefined]);
  await world.answer(report, false, 'full');
  assert.deepEqual(world.server.requests.get('guild.member.approve g1'), {
    approved: false,
    comment: 'full',
  });
  await assert.rejects(
    world.answer(report, true),
    (error) => error instanceof DeliveryError && error.permanent,
  );
});

test('what the server has no method for is refused for good', async () => {
  await using world = await open();
  const report = await world.ask('guild-request', 'i1', '');
  assert.deepEqual([report.ask, report.roomName], ['invite', 'Guild']);
  await assert.rejects(
    world.answer(report, true),
    (error) => error instanceof DeliveryError && error.permanent && /guild.approve/.test(error.message),
  );
});
