import assert from 'node:assert/strict';
import test from 'node:test';
import { TelnetFilter } from './negotiation.ts';

const [se, sb, will, wont, doOption, dont, iac] = [240, 250, 251, 252, 253, 254, 255] as const;

/** Filters the chunks; answers the text and what was sent back. */
function filter(...chunks: (string | number[])[]): { text: string; replies: number[] } {
  const replies: number[] = [];
  const telnet = new TelnetFilter((bytes) => replies.push(...bytes));
  const text = chunks.map((chunk) => telnet.text(Buffer.from(chunk as string)).toString('latin1')).join('');
  return { text, replies };
}

test('text without telnet bytes goes through as the very same buffer', () => {
  const telnet = new TelnetFilter(() => assert.fail('nothing to answer'));
  const chunk = Buffer.from('say 你好\r\n');
  assert.equal(telnet.text(chunk), chunk);
});

test('every option is refused, what is refused to us is not answered', () => {
  const { text, replies } = filter([iac, doOption, 1, 65, iac, will, 31, 66, iac, dont, 3, iac, wont, 5, 67]);
  assert.equal(text, 'ABC');
  assert.deepEqual(replies, [iac, wont, 1, iac, dont, 31]);
});

test('an option is refused once however often it is asked for, so that two programs cannot ring', () => {
  const { replies } = filter([iac, doOption, 1, iac, doOption, 1], [iac, doOption, 1, iac, will, 1]);
  assert.deepEqual(replies, [iac, wont, 1, iac, dont, 1]);
});

test('a timing mark is answered each time: clients throw output away until it is', () => {
  const { replies } = filter([iac, 244, iac, doOption, 6, iac, doOption, 6]);
  assert.deepEqual(replies, [iac, wont, 6, iac, wont, 6]);
});

test('a subnegotiation is left out, a doubled 255 within it too', () => {
  assert.equal(filter([65, iac, sb, 31, 0, iac, iac, 10, 24, iac, se, 66]).text, 'AB');
});

test('a subnegotiation that never ends does not swallow the connection', () => {
  const { text } = filter([iac, sb, 31], 'x'.repeat(2000), 'login ann\r\n');
  assert.ok(text.endsWith('login ann\r\n'));
});

test('a doubled 255 is the byte itself', () => {
  assert.equal(filter([65, iac, iac, 66]).text, 'A\u00ffB');
});

test('erase character and erase line become the keys for it', () => {
  assert.equal(filter([65, iac, 247, 66, iac, 248]).text, 'A\bB\u0015');
});

test('are you there is answered', () => {
  assert.equal(Buffer.from(filter([iac, 246]).replies).toString(), '[Yes]\r\n');
});

test('CR NUL is a line end, another NUL is nothing', () => {
  assert.equal(filter('a\r\0b\0c\r', '\0d').text, 'a\r\nbc\r\nd');
});

test('wherever the bytes are cut, the outcome is the same', () => {
  const bytes = [
    65,
    iac,
    doOption,
    1,
    66,
    iac,
    sb,
    24,
    1,
    iac,
    iac,
    iac,
    se,
    67,
    iac,
    iac,
    13,
    0,
    68,
    iac,
    will,
    3,
    69,
    13,
    10,
  ];
  const whole = filter(bytes);
  assert.equal(whole.text, 'ABC\u00ff\r\nDE\r\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(filter(bytes.slice(0, cut), bytes.slice(cut)), whole, `cut at ${cut}`);
  }
  assert.deepEqual(filter(...bytes.map((byte) => [byte])), whole);
});
