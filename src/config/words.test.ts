import assert from 'node:assert/strict';
import test from 'node:test';
import { formatAddress, isLoopback, parseAddress } from '../hub/address.ts';
import { parseDuration } from './duration.ts';
import { nearest } from './nearest.ts';

test('a mistyped word is recognised by what is nearest, and a strange one is not', () => {
  const known = ['password', 'nick', 'server'];
  for (const typo of ['pasword', 'passwrod', 'PASSWORD', 'passwords'])
    assert.equal(nearest(typo, known), 'password');
  assert.equal(nearest('zebra', known), undefined);
  assert.equal(nearest('', known), undefined);
});

test('a duration has a unit', () => {
  assert.equal(parseDuration('90d'), 90 * 86_400_000);
  assert.equal(parseDuration('1.5 h'), 5_400_000);
  assert.equal(parseDuration('250ms'), 250);
  for (const wrong of ['90', 'd', '0d', '-1d', '1y', '1e3s', ''])
    assert.throws(() => parseDuration(wrong), /unit/);
});

test('an address has a host and a port', () => {
  assert.deepEqual(parseAddress('[::1]:80'), { host: '::1', port: 80 });
  assert.deepEqual(parseAddress('localhost:0'), { host: 'localhost', port: 0 });
  assert.equal(formatAddress({ host: '::', port: 1 }), '[::]:1');
  for (const wrong of ['80', ':80', '::1:80', 'a:65536', 'a b:1', '[127.0.0.1]:1', 'http://a:1']) {
    assert.throws(() => parseAddress(wrong), /expected a host and a port/);
  }
});

test('only this machine is loopback', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.ok(isLoopback(host));
  for (const host of ['0.0.0.0', '::', '127.evil.org', '10.0.0.1']) assert.ok(!isLoopback(host));
});
