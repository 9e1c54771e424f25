import assert from 'node:assert/strict';
import test from 'node:test';
import { toIndexTokens, toMatchExpression } from './tokens.ts';

test('a run of Chinese is cut into overlapping pairs and its last character', () => {
  assert.equal(toIndexTokens('北京大学'), '北京 京大 大学 学');
  assert.equal(toIndexTokens('我'), '我');
  assert.equal(toIndexTokens('𠮷野家'), '𠮷野 野家 家');
});

test('other text is cut into words without case, width or punctuation', () => {
  assert.equal(
    toIndexTokens('Hello, WORLD! it’s snake_case ＡＢＣ１２'),
    'hello world it s snake case abc12',
  );
});

test('scripts that meet without a space are cut apart', () => {
  assert.equal(toIndexTokens('QQ群12人'), 'qq 群 12 人');
});

test('a query is a phrase of pairs for each run, a prefix for a single character', () => {
  assert.equal(toMatchExpression('北京大学 Hello'), '"北京 京大 大学" AND "hello"');
  assert.equal(toMatchExpression('京'), '"京" *');
  assert.equal(toMatchExpression(' …!" '), undefined);
});

test('a very long text costs no more than its bound', () => {
  assert.ok(toIndexTokens('字'.repeat(1_000_000)).length < 100_000);
  assert.ok((toMatchExpression('字'.repeat(1_000_000)) ?? '').length < 10_000);
  assert.equal(toIndexTokens('x'.repeat(100_000)).length, 64);
});
