// Guessing passwords: slowed by address and by name, without locking out who is at home here.
import assert from 'node:assert/strict';
import test from 'node:test';
import { LoginLimits } from './login-limits.ts';

function setup() {
  let nowMs = 1_000_000;
  const limits = new LoginLimits({ monotonicMs: () => nowMs });
  const fail = (count: number, address: string | ((at: number) => string), name = 'ann') => {
    for (let at = 0; at < count; at++) {
      limits.failed(typeof address === 'string' ? address : address(at), name);
    }
  };
  return { limits, fail, pass: (ms: number) => (nowMs += ms) };
}

const minutes15 = 15 * 60_000;

test('after ten failures an address waits until a quarter of an hour is over', () => {
  const { limits, fail, pass } = setup();
  fail(9, '203.0.113.1');
  assert.equal(limits.waitMs('203.0.113.1', 'ann'), 0);
  fail(1, '203.0.113.1', 'bob');
  assert.equal(limits.waitMs('203.0.113.1', 'carl'), minutes15);
  assert.equal(limits.waitMs('203.0.113.2', 'ann'), 0);
  pass(minutes15 - 1);
  assert.equal(limits.waitMs('203.0.113.1', 'ann'), 1);
  pass(1);
  assert.equal(limits.waitMs('203.0.113.1', 'ann'), 0);
});

test('a login that goes well forgives the failures of its address', () => {
  const { limits, fail } = setup();
  fail(9, '203.0.113.1');
  limits.succeeded('203.0.113.1', 'ann');
  fail(9, '203.0.113.1');
  assert.equal(limits.waitMs('203.0.113.1', 'ann'), 0);
});

test('an attacker with many addresses is slowed by the name, and its owner is not', () => {
  const { limits, fail } = setup();
  limits.succeeded('192.0.2.1', 'ann');
  fail(50, (at) => `203.0.113.${at}`);
  assert.equal(limits.waitMs('203.0.113.200', 'ann'), minutes15);
  assert.equal(limits.waitMs('192.0.2.1', 'ann'), 0);
  assert.equal(limits.waitMs('203.0.113.200', 'bob'), 0);
});

test('the addresses of one IPv6 network count as one', () => {
  const { limits, fail } = setup();
  fail(10, (at) => `2001:db8:0:1:${at}::${at}`);
  assert.ok(limits.waitMs('2001:0db8::1:ffff:ffff:ffff:ffff', 'bob') > 0);
  assert.equal(limits.waitMs('2001:db8:0:2::1', 'bob'), 0);
});

test('only two passwords are hashed at once, in their order, and not too many wait', async () => {
  const { limits } = setup();
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const begun: number[] = [];
  const results = gates.map(({ promise }, at) =>
    limits.hash(() => {
      begun.push(at);
      return promise;
    }),
  );
  assert.deepEqual(begun, [0, 1]);
  gates[0]!.resolve(10);
  assert.deepEqual(await results[0], { result: 10 });
  await Promise.resolve();
  assert.deepEqual(begun, [0, 1, 2]);
  const more = Array.from({ length: 64 }, () => limits.hash(async () => 0));
  assert.equal(await more.at(-1), undefined, 'one wait is taken by the fourth');
  gates.forEach(({ resolve }) => resolve(1));
  assert.deepEqual(await more[0], { result: 0 });
  await Promise.all(results);
});
