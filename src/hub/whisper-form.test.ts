import assert from 'node:assert/strict';
import test from 'node:test';
import { textBody, toPlainText } from './message.ts';
import { findAddressed, toWhisperFormat, toWhisperName, toWhomNotice } from './whisper-form.ts';

const people = ['ann', 'Ann Lee', 'ann~2', '王小明', 'x@y.org'].map((alias) => ({ alias }));

function addressed(text: string): [alias: string, text: string] | undefined {
  const found = findAddressed(textBody(text), people);
  return found && [found.to.alias, toPlainText(found.body)];
}

test('an answer may begin with the name of whom it is for', () => {
  assert.deepEqual(addressed('@ann hello'), ['ann', 'hello']);
  assert.deepEqual(addressed('@ANN: hello @you'), ['ann', 'hello @you']);
  assert.deepEqual(addressed('@ann lee, hello'), ['Ann Lee', 'hello']);
  assert.deepEqual(addressed('@ann~2\nhello'), ['ann~2', 'hello']);
  assert.deepEqual(addressed('@王小明，你好'), ['王小明', '你好']);
  assert.deepEqual(addressed('@x@y.org hello'), ['x@y.org', 'hello']);
});

test('the beginning of another name, or a name elsewhere, is none', () => {
  assert.equal(addressed('@annabel hello'), undefined);
  assert.equal(addressed('hello @ann'), undefined);
  assert.equal(addressed('ann hello'), undefined);
  assert.equal(addressed('@ann'), undefined);
  assert.equal(addressed('@ann~3 hello'), undefined);
});

test('a mention that the network itself marks counts, and what else the body holds stays', () => {
  const image = { type: 'image', url: 'https://example.org/a.png' } as const;
  const body = [{ type: 'mention', user: '1', name: 'Ann' } as const, ...textBody(' look'), image];
  const found = findAddressed(body, people);
  assert.equal(found?.to.alias, 'ann');
  assert.deepEqual(found?.body, [...textBody(' look'), image]);
});

test('a name is what the format shows, so that it can be typed as it is read', () => {
  assert.equal(toWhisperName(' a]\u202e\nb '), 'a· b');
  assert.equal(toWhisperFormat('~2'), '[private from {nick}~2] {text}');
});

test('a notice names some, however many there are', () => {
  assert.match(toWhomNotice(['a', 'b']), /"@a", "@b"$/);
  assert.match(toWhomNotice(['a', 'b', 'c', 'd', 'e', 'f', 'g']), /"@e", …$/);
});
