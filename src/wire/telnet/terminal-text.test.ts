import assert from 'node:assert/strict';
import test from 'node:test';
import { isPlain, toTerminalLine, toTerminalLines, toTypedLine } from './terminal-text.ts';

test('no control character of any sort reaches a terminal', () => {
  for (let code = 0; code < 0x3000; code++) {
    const character = String.fromCodePoint(code);
    for (const line of toTerminalLines(`a${character}b`)) {
      assert.doesNotMatch(line, /[^\P{Cc}\t]|[\u2028-\u202e\u2066-\u2069]/u, code.toString(16));
    }
  }
});

test('an escape sequence is seen, not obeyed', () => {
  assert.equal(toTerminalLine('\u001b[2Jgone\u009b1m\u007f'), '␛[2Jgone\ufffd1m␡');
});

test('every sort of line end makes a new line', () => {
  assert.deepEqual(toTerminalLines('a\r\nb\nc\rd\u2028e\u2029f\u0085g\vh\fi'), [...'abcdefghi']);
  assert.equal(toTerminalLine('a\r\nb\u2028c'), 'a b c');
});

test('overrides of direction go, marks of direction and joined emoji stay', () => {
  assert.equal(toTerminalLine('a\u202eb\u2066c\u2069'), 'abc');
  assert.equal(toTerminalLine('א\u200f👨‍👩‍👧'), 'א\u200f👨‍👩‍👧');
});

test('plain text is left alone', () => {
  assert.ok(isPlain('say 你好 😀 é'));
  assert.deepEqual(toTerminalLines('a\tb'), ['a\tb']);
});

test('the keys for taking back do so in a typed line', () => {
  assert.equal(toTypedLine('say helo\b\u007fllo 😀\b!'), 'say hello !');
  assert.equal(toTypedLine('forget this\u0015say hi'), 'say hi');
  assert.equal(toTypedLine('\b\bsay hi'), 'say hi');
  assert.equal(toTypedLine('say \u001b[A'), 'say ␛[A');
});
