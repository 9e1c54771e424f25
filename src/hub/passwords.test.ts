import assert from 'node:assert/strict';
import test from 'node:test';
import { hashPassword, isPassword, makePassword } from './passwords.ts';

test('a password opens what was kept of it, however its letters were composed, and no other does', async () => {
  const kept = await hashPassword('Zo\u00eb at home');
  assert.ok(await isPassword('Zoe\u0308 at home', kept));
  assert.ok(!(await isPassword('Zoe at home', kept)));
  assert.ok(!(await isPassword('Zo\u00eb at home', undefined)));
});

test('the same password is kept in another way each time', async () => {
  const [one, other] = await Promise.all([hashPassword('the same'), hashPassword('the same')]);
  assert.notEqual(one.hash, other.hash);
});

test('a password that is made can be read from a screen', () => {
  const made = Array.from({ length: 100 }, makePassword);
  for (const password of made) assert.match(password, /^[a-hjkmnp-z2-9]{4}(?:-[a-hjkmnp-z2-9]{4}){3}$/);
  assert.equal(new Set(made).size, made.length);
});
