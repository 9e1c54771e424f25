import assert from 'node:assert/strict';
import test from 'node:test';
import type { DeliveryState, Journal, Journey } from './journal.ts';
import { Outcomes } from './outcomes.ts';

/** A journal that knows one event, with one delivery. */
function setup() {
  let state: DeliveryState = 'sending';
  const journal: Pick<Journal, 'journey'> = {
    journey: async () => ({ deliveries: [{ id: 1, state }] }) as Journey,
  };
  return { outcomes: new Outcomes(journal as Journal), settle: () => (state = 'sent') };
}

test('a delivery that is settled at any moment of the waiting ends it', async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const { outcomes, settle } = setup();
    const patience = AbortSignal.timeout(5_000);
    const waiting = outcomes.wait('event', patience);
    // As many turns of the microtask queue later: while the journal is read, between its answer and the waiting, after.
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    settle();
    outcomes.settled([1]);
    const { ended } = await waiting;
    assert.deepEqual([ended, patience.aborted], [true, false], `after ${turns} turns`);
  }
});
