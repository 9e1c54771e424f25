import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError } from '../../hub/errors.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { Echoes, OwnTokens } from './echoes.ts';

test('an echo settles whoever waits, and is remembered for whoever asks later', async () => {
  const echoes = new Echoes();
  const waiting = echoes.expect('t1');
  assert.ok(echoes.busy);
  echoes.settle('t1', { native: 's1' });
  assert.deepEqual(await waiting, { native: 's1' });
  assert.deepEqual(echoes.receipt('t1'), { native: 's1' });
  assert.ok(!echoes.busy);
});

test('after an interruption the echo may still come', async () => {
  const echoes = new Echoes();
  const waiting = echoes.expect('t1');
  echoes.interrupt();
  await assert.rejects(waiting, (error) => error instanceof DeliveryError && error.outcome === 'unknown');
  assert.ok(echoes.awaits('t1'));
  const again = echoes.expect('t1');
  echoes.settle('t1', { native: 's1' });
  assert.deepEqual(await again, { native: 's1' });
});

test('what is forgotten is not awaited any more', async () => {
  const echoes = new Echoes();
  const waiting = echoes.expect('t1');
  echoes.forget();
  await assert.rejects(waiting);
  assert.ok(!echoes.awaits('t1'));
  assert.equal(echoes.receipt('t1'), undefined);
});

test('a refusal reaches the sender with its reason', async () => {
  const echoes = new Echoes();
  const waiting = echoes.expect('t1');
  assert.ok(echoes.refuse('t1', new DeliveryError('failed', 'no', { permanent: true })));
  await assert.rejects(waiting, /no/);
  assert.ok(!echoes.refuse('t1', new Error('late')));
});

test('the hub’s tokens are known again after a restart, and nobody else’s ids', async () => {
  const { store } = new FakePort();
  const first = new OwnTokens();
  await first.load(store);
  assert.ok(!first.isOwn('habc123-1'));
  await first.learn('habc123-1', store);
  const second = new OwnTokens();
  await second.load(store);
  assert.ok(second.isOwn('habc123-2z-1'));
  for (const id of ['habc124-1', 'habc123', 'habc123-', 'xhabc123-1', 'habc123-1 ', undefined]) {
    assert.ok(!second.isOwn(id), String(id));
  }
});
