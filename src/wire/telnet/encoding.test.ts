import assert from 'node:assert/strict';
import test from 'node:test';
import { encodings } from './encoding.ts';

const { gbk } = encodings;

test('GBK writes what it reads: every two-byte character comes back as the same bytes or the same letter', () => {
  const decoder = new TextDecoder('gbk', { fatal: true });
  let characters = 0;
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const text = gbk.decode(Buffer.from([lead, trail]));
      if (text?.length !== 1 || /[\ue000-\uf8ff\ufffd]/.test(text)) continue;
      assert.equal(decoder.decode(gbk.encode(text)), text);
      characters++;
    }
  }
  assert.ok(characters > 21_000, `only ${characters}`);
});

test('well-known characters have their well-known codes', () => {
  assert.deepEqual(gbk.encode('你好, ok'), Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x2c, 0x20, 0x6f, 0x6b]));
  assert.deepEqual(gbk.encode('啊'), Buffer.from([0xb0, 0xa1]));
  assert.equal(gbk.decode(Buffer.from([0xc4, 0xe3, 0xba, 0xc3])), '你好');
});

test('what GBK cannot write becomes one question mark', () => {
  assert.equal(gbk.encode('a😀b').toString('latin1'), 'a?b');
  assert.equal(gbk.encode('\ud800').toString('latin1'), '?');
});

test('GBK never writes a line end or the telnet byte within a character', () => {
  for (let point = 0x80; point < 0x10000; point++) {
    const bytes = gbk.encode(String.fromCodePoint(point));
    assert.ok(!bytes.includes(0x0a) && !bytes.includes(0xff), point.toString(16));
  }
});

test('bytes that are not in the encoding are found out', () => {
  assert.equal(encodings['utf-8'].decode(Buffer.from([0xc4, 0xe3, 0xba, 0xc3])), undefined);
  assert.equal(encodings['utf-8'].decode(Buffer.from([0xed, 0xa0, 0x80])), undefined);
  assert.equal(gbk.decode(Buffer.from([0x41, 0xff])), undefined);
  assert.equal(gbk.decode(Buffer.from([0xc4])), undefined);
});
