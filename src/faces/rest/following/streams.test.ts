// What streams have in common: how many there may be, and whether they still may.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../../http/authentication.ts';
import { Cursors } from '../cursor.ts';
import { Streams } from './streams.ts';

const bot: Caller = { kind: 'token', name: 'bot', scopes: ['read'] };

function setup() {
  const state = { caller: bot as Caller | undefined, nowMs: 0, asked: 0 };
  const hub = { read: async () => ({ events: [], next: 0, gap: false }) };
  const streams = new Streams(
    {
      clock: { monotonicMs: () => state.nowMs },
      authentication: {
        caller: async () => {
          state.asked += 1;
          return state.caller;
        },
      },
    },
    {
      cursors: new Cursors('abc', { head: async () => 0 }, hub),
      media: { resolve: (url) => url },
    },
  );
  return { state, streams, isAllowed: streams.createCheck({ caller: bot } as FastifyRequest) };
}

test('a stream looks once a second whether its token holds as it did', async () => {
  const { state, isAllowed } = setup();
  state.nowMs = 999;
  assert.deepEqual([await isAllowed(), state.asked], [true, 0]);
  state.nowMs = 1_000;
  assert.deepEqual([await isAllowed(), state.asked], [true, 1]);
  state.nowMs = 2_000;
  state.caller = { ...bot, rooms: ['a/r'] };
  assert.equal(await isAllowed(), false, 'its rights have changed');
  state.nowMs = 3_000;
  state.caller = undefined;
  assert.equal(await isAllowed(), false);
});

test('streams of one caller are bounded and ended together, and leaving twice counts once', () => {
  const { streams } = setup();
  let ended = 0;
  const enter = () => streams.enter(bot, () => (ended += 1));
  const leaves = Array.from({ length: 2_000 }, enter);
  assert.throws(enter, { code: 'too-many' });
  leaves[0]!();
  leaves[0]!();
  leaves.push(enter());
  assert.throws(enter, { code: 'too-many' });
  streams.end('another');
  assert.equal(ended, 0);
  streams.end('bot');
  assert.equal(ended, 2_000);
});
