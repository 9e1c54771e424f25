import assert from 'node:assert/strict';
import test from 'node:test';
import { LineSplitter } from './line-splitter.ts';

function split(limitBytes: number, ...chunks: string[]): string[] {
  const splitter = new LineSplitter(limitBytes);
  const lines: string[] = [];
  for (const chunk of chunks) {
    splitter.push(Buffer.from(chunk));
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(line.toString());
  }
  return lines;
}

test('lines end with CR LF or LF; a CR within stays', () => {
  assert.deepEqual(split(100, 'one\r\ntwo\n\r\nth\rree\r\nfour'), ['one', 'two', '', 'th\rree']);
});

test('wherever the bytes are cut, the lines are the same', () => {
  const text = 'one\r\n二二\n\nfour is longer\r\n';
  const bytes = Buffer.from(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const splitter = new LineSplitter(100);
    const lines: string[] = [];
    for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      splitter.push(chunk);
      for (let line = splitter.next(); line !== undefined; line = splitter.next())
        lines.push(line.toString());
    }
    assert.deepEqual(lines, ['one', '二二', '', 'four is longer'], `cut at ${cut}`);
  }
  assert.deepEqual(split(100, ...'ab\r\nc\n'), ['ab', 'c']);
});

test('a line at the limit is read, one over it is told of once and skipped up to its end', () => {
  assert.deepEqual(split(4, 'abcd\r\nabcde\r\nok\n'), ['abcd', 'too-long', 'ok']);
  assert.deepEqual(split(4, ...'abcd\r\nabcde\r\nok\n'), ['abcd', 'too-long', 'ok']);
  assert.deepEqual(split(4, 'abcdef', 'ghi', 'jkl\nok\n'), ['too-long', 'ok']);
  assert.deepEqual(split(4, 'abc', 'de\nok\n'), ['too-long', 'ok']);
});

test('a line that never ends is told of once and kept nowhere', () => {
  const splitter = new LineSplitter(1024);
  const chunk = Buffer.alloc(65_536, 'x');
  const before = process.memoryUsage().arrayBuffers;
  let told = 0;
  for (let count = 0; count < 1600; count++) {
    splitter.push(chunk);
    if (splitter.next() === 'too-long') told++;
  }
  assert.equal(told, 1);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
});
