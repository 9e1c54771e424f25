// Guessing passwords: slowed by address and by name, without locking out who is at home here.
import assert from 'node:assert/strict';
import test from 'node:test';
import { LoginLimits } from './login-limits.ts';

const minutes15 = 15 * 60_000;

function setup() {
  let nowMs = 1_000_000;
  const limits = new LoginLimits({ monotonicMs: () => nowMs });
  const login = (address: string, name: string, right: boolean) =>
    limits.guard(address, name, async () => (right ? name : undefined));
  return {
    limits,
    login,
    fail: async (count: number, address: (at: number) => string) => {
      for (let at = 0; at < count; at++) await login(address(at), 'ann', false);
    },
    pass: (ms: number) => (nowMs += ms),
  };
}

test('after ten failures an address waits until a quarter of an hour is over', async () => {
  const { login, fail, pass } = setup();
  await fail(9, () => '203.0.113.1');
  assert.deepEqual(await login('203.0.113.1', 'bob', false), { user: undefined });
  assert.deepEqual(await login('203.0.113.1', 'carl', true), { waitMs: minutes15 });
  assert.deepEqual(await login('203.0.113.2', 'ann', true), { user: 'ann' });
  pass(minutes15 - 1);
  assert.deepEqual(await login('203.0.113.1', 'carl', true), { waitMs: 1 });
  pass(1);
  assert.deepEqual(await login('203.0.113.1', 'carl', true), { user: 'carl' });
});

test('a login that goes well forgives the failures of its address', async () => {
  const { login, fail } = setup();
  await fail(9, () => '203.0.113.1');
  await login('203.0.113.1', 'ann', true);
  await fail(9, () => '203.0.113.1');
  assert.deepEqual(await login('203.0.113.1', 'ann', true), { user: 'ann' });
});

test('an attacker with many addresses is slowed by the name, and its owner is not', async () => {
  const { login, fail } = setup();
  await login('192.0.2.1', 'ann', true);
  await fail(50, (at) => `203.0.113.${at}`);
  assert.deepEqual(await login('203.0.113.200', 'ann', true), { waitMs: minutes15 });
  assert.deepEqual(await login('192.0.2.1', 'ann', true), { user: 'ann' });
  assert.deepEqual(await login('203.0.113.200', 'bob', true), { user: 'bob' });
});

test('the addresses of one IPv6 network count as one', async () => {
  const { login, fail } = setup();
  await fail(10, (at) => `2001:db8:0:1:${at}::${at}`);
  assert.ok('waitMs' in (await login('2001:0db8::1:ffff:ffff:ffff:ffff', 'bob', true)));
  assert.deepEqual(await login('2001:db8:0:2::1', 'bob', true), { user: 'bob' });
});

test('guesses that come all at once are counted one after the other', async () => {
  const { limits } = setup();
  let hashed = 0;
  const guess = () =>
    limits.guard('203.0.113.1', 'ann', async () => {
      hashed += 1;
      await Promise.resolve();
      return undefined;
    });
  await Promise.all(Array.from({ length: 60 }, guess));
  assert.ok(hashed <= 11, `${hashed} were tried`);
});

test('only two passwords are hashed at once, in their order, and not too many wait', async () => {
  const { limits } = setup();
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<string>());
  const begun: number[] = [];
  const results = gates.map(({ promise }, at) =>
    limits.guard(`203.0.113.${at}`, 'ann', () => {
      begun.push(at);
      return promise;
    }),
  );
  assert.deepEqual(begun, [0, 1]);
  gates[0]!.resolve('ann');
  assert.deepEqual(await results[0], { user: 'ann' });
  await Promise.resolve();
  assert.deepEqual(begun, [0, 1, 2]);
  const more = Array.from({ length: 64 }, (_, at) =>
    limits.guard(`203.0.113.${at + 10}`, 'bob', async () => 'bob'),
  );
  assert.deepEqual(await more.at(-1), { waitMs: 5_000 }, 'one wait is taken by the fourth');
  for (const gate of gates) gate.resolve('ann');
  assert.deepEqual(await more[0], { user: 'bob' });
  await Promise.all(results);
});
