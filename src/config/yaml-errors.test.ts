// Slips in YAML as people make them: one mistake is told once, where it is, with what to do.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ConfigError } from '../hub/errors.ts';
import { parseConfigSource } from './source.ts';

function mistakes(text: string): string[] {
  try {
    parseConfigSource('f', text);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n');
  }
}

test('a bare ${NAME} inside { } is one mistake, with the remedy', () => {
  const text = 'accounts:\n  a: { network: x, password: ${PW}, nick: y }\n  b: { network: x }\n';
  assert.deepEqual(mistakes(text), [
    'f:2:30: write it in quotes, "${PW}": inside { … } YAML takes its bare braces for a mapping',
  ]);
  assert.deepEqual(mistakes('password: ${PW}\n'), [], 'outside of braces it is fine');
});

test('a full-width colon is named, in every place where a colon belongs', () => {
  const message = '"：" is a full-width colon; write ":" and a space';
  assert.deepEqual(mistakes('data: x\naccounts：\n  a: { network: x }\n'), [`f:2:9: ${message}`]);
  assert.deepEqual(mistakes('a:\n  network： x\n  name: y\n'), [`f:2:10: ${message}`]);
  assert.deepEqual(mistakes('a: { network： x, name: y }\n'), [`f:1:13: ${message}`]);
  assert.deepEqual(mistakes('data：x\n'), [`f:1:5: ${message}`]);
  assert.deepEqual(mistakes('name: 你好：世界\n'), [], 'in a value it is text');
});

test('what is not closed is told where it was opened', () => {
  assert.deepEqual(mistakes('data: "./x\naccounts:\n  a: { name: "y" }\n'), [
    'f:1:7: the " that opens here is not closed by a "',
  ]);
  assert.deepEqual(mistakes("accounts:\n  a: { name: 'x }\nlinks: []\n"), [
    "f:2:14: the ' that opens here is not closed by a '",
  ]);
  assert.deepEqual(mistakes('accounts:\n  a: { rooms: [x]\nlinks: []\n'), [
    'f:2:6: the { that opens here is not closed by a }',
  ]);
  assert.deepEqual(mistakes('accounts:\n  a: { rooms: [x }\nlinks: []\n'), [
    'f:2:15: the [ that opens here is not closed by a ]',
  ]);
});

test('curly quotes around a value are no quotes', () => {
  assert.match(mistakes('data: “./x”\n').join('\n'), /^f:1:7: curly quotes are part of the text here/);
  assert.deepEqual(mistakes('data: "“x”"\n'), [], 'inside straight ones they are meant');
});

test('a missing colon and a colon too much say so', () => {
  assert.match(mistakes('data: x\naccounts\n  a: 1\n').join('\n'), /is a colon missing/);
  assert.match(mistakes('a: b: c\n').join('\n'), /has to stand in quotes/);
});

test('of what nobody recognises the parser’s first complaints are enough', () => {
  const found = mistakes(`x: ]\n${'y: ] ] ]\n'.repeat(20)}`);
  assert.ok(found.length >= 1 && found.length <= 3, found.join('\n'));
  assert.match(found[0]!, /^f:1:4: not valid YAML: /);
});
