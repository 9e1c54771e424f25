import assert from 'node:assert/strict';
import test from 'node:test';
import { hashToken, isTokenOf, makeToken, toTokenId } from './token-text.ts';

test('each form of token has an id that is none of its secret, and is known by its hash', () => {
  for (const form of ['hutong', 'wechaty'] as const) {
    const text = makeToken(form);
    const id = toTokenId(text);
    assert.match(id ?? '', /^[0-9a-f]{18}$/);
    assert.equal(toTokenId(text), id);
    assert.ok(isTokenOf(text, hashToken(text)));
    assert.ok(!isTokenOf(makeToken(form), hashToken(text)));
    assert.ok(!isTokenOf(text, undefined));
  }
});

test('what is no token has no id', () => {
  for (const text of ['', 'hutong_', `hutong_${'0'.repeat(17)}_x`, 'insecure_1', ` ${makeToken('hutong')}`]) {
    assert.equal(toTokenId(text), undefined, text);
  }
});
