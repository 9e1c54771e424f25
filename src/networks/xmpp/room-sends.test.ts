// Whether something was sent, while the room's backlog cannot be read to its end.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createSystemClock } from '../../hub/clock.ts';
import type { Connection } from './connection.ts';
import { Echoes, OwnTokens } from './echoes.ts';
import { RoomSends, type RoomSendsParts } from './room-sends.ts';

/** Time passes as soon as somebody waits. */
const clock = {
  ...createSystemClock(),
  after(_delayMs: number, fire: () => void) {
    const timer = setImmediate(fire);
    return () => clearImmediate(timer);
  },
};

function createSends(archived: boolean): RoomSends {
  const connection = {
    port: { store: { get: async () => undefined, set: async () => {}, list: async () => [] } },
  };
  const parts = {
    clock,
    tokens: new OwnTokens(),
    echoes: new Echoes(),
    cursor: { current: undefined },
    // Words of our own by another client are in it: they wait in the hub until it is known what became of the send.
    backlog: { whenRead: new Promise<void>(() => {}) },
    messages: { note() {} },
    search: { search: async () => true },
    archived: () => archived,
    connection: () => connection as unknown as Connection,
    whenInside: async () => connection as unknown as Connection,
  };
  return new RoomSends(parts as unknown as RoomSendsParts);
}

test('a room with an archive tells whether something was sent though its backlog waits for the answer', async () => {
  assert.equal(await createSends(true).find('token', 0), 'absent');
});

test('a room without one cannot tell before what was missed is read', async () => {
  await assert.rejects(createSends(false).find('token', 0), { name: 'DeliveryError', outcome: 'failed' });
});
