/** Ids of 64 bits through JSON. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseLosslessly } from './lossless-json.ts';

test('an integer that a number would round keeps its digits, wherever it stands', () => {
  const text = '{"a":18446744073709551615,"b":[9007199254740993,-9007199254740993],"c":9007199254740991}';
  assert.deepEqual(parseLosslessly(text), {
    a: '18446744073709551615',
    b: ['9007199254740993', '-9007199254740993'],
    c: 9007199254740991,
  });
});

test('digits in texts and numbers that are no integers stay what they are', () => {
  const text = '{"a":"\\"message_id\\":18446744073709551615","b":0.1,"c":1e300,"d":null,"e":true}';
  assert.deepEqual(parseLosslessly(text), {
    a: '"message_id":18446744073709551615',
    b: 0.1,
    c: 1e300,
    d: null,
    e: true,
  });
});

test('what is no JSON is refused', () => {
  assert.throws(() => parseLosslessly('{"a":'), SyntaxError);
});
