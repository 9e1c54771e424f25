import assert from 'node:assert/strict';
import test from 'node:test';
import { createSystemClock, type Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import { WaitingSenders } from './waiting-senders.ts';

/** A clock that stands, and whose one timer goes off when it is told to. */
function createSenders() {
  let nowMs = 0;
  let fire: (() => void) | undefined;
  const clock: Clock = {
    ...createSystemClock(),
    monotonicMs: () => nowMs,
    after(_delayMs, then) {
      fire = then;
      return () => (fire = undefined);
    },
  };
  const pass = (ms: number) => {
    nowMs += ms;
    fire?.();
  };
  return { senders: new WaitingSenders('alley@rooms.example', clock), pass };
}

const failed = (message: string, retryAfterMs?: number) => (error: unknown) => {
  assert.ok(error instanceof DeliveryError);
  assert.deepEqual([error.outcome, error.message, error.retryAfterMs], ['failed', message, retryAfterMs]);
  return true;
};

test('who sends on the way into a room waits until we are in it', async () => {
  const { senders } = createSenders();
  const waiting = senders.wait(25_000);
  senders.admit();
  await waiting;
});

test('who has waited too long, or whose connection ends, is told', async () => {
  const { senders, pass } = createSenders();
  const late = senders.wait(25_000);
  pass(25_000);
  await assert.rejects(late, failed('alley@rooms.example has not let us in yet'));
  const cut = senders.wait(50_000);
  senders.refuse(new DeliveryError('failed', 'the connection is over'));
  await assert.rejects(cut, failed('the connection is over'));
});

test('after a failed attempt everybody is told why and when the next one is, until it begins', async () => {
  const { senders, pass } = createSenders();
  const waiting = senders.wait(25_000);
  senders.putOff('banned from the room', 60_000);
  await assert.rejects(waiting, failed('not in alley@rooms.example: banned from the room', 60_100));
  pass(20_000);
  await assert.rejects(
    senders.wait(25_000),
    failed('not in alley@rooms.example: banned from the room', 40_100),
  );
  senders.expect();
  const next = senders.wait(45_000);
  senders.admit();
  await next;
});
