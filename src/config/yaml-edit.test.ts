// A file is edited by a program as its writer would have done it: the text around the change stays as it was, to the byte.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'yaml';
import type { SettingPath } from './problems.ts';
import { editYaml, YamlEditError } from './yaml-edit.ts';

const file = `# The bridge of our club.
accounts:
  # Built-in rooms
  house: { network: house, rooms: [lobby] }   # open to all

  jabber:
    network: xmpp      # a client
    jid: 'bridge@example.org'
    password: "\${PW}"

  # qq: soon

links:
  # both ways
  - name: lobby
    rooms: [house/lobby, jabber/a@b]   # the big one
# the end
`;

/** The lines that went and came, as a difference shows them. */
function edit(text: string, path: SettingPath, value: unknown): string[] {
  const after = editYaml(text, path, value).split('\n');
  const before = text.split('\n');
  let head = 0;
  while (head < before.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(before.length, after.length) - head &&
    before.at(-1 - tail) === after.at(-1 - tail)
  ) {
    tail++;
  }
  return [
    ...before.slice(head, before.length - tail).map((line) => `- ${line}`),
    ...after.slice(head, after.length - tail).map((line) => `+ ${line}`),
  ];
}

test('a changed value is changed in its line, and the comment behind it stays', () => {
  assert.deepEqual(edit(file, ['accounts', 'jabber', 'network'], 'onebot'), [
    '-     network: xmpp      # a client',
    '+     network: onebot      # a client',
  ]);
  assert.deepEqual(edit(file, ['links', 0, 'rooms', 1], 'jabber/c@d'), [
    '-     rooms: [house/lobby, jabber/a@b]   # the big one',
    '+     rooms: [house/lobby, jabber/c@d]   # the big one',
  ]);
});

test('a value that stays the same keeps its quotes, whatever is changed around it', () => {
  const settings = { network: 'xmpp', jid: 'bridge@example.org', password: '${PW}', nick: 'hutong: 互通' };
  assert.deepEqual(edit(file, ['accounts', 'jabber'], settings), ['+     nick: "hutong: 互通"']);
});

test('a new account comes behind the last, with the same distance, before the comments that follow', () => {
  const settings = { network: 'onebot', url: 'ws://127.0.0.1:3001', token: '${T}', rooms: ['a', 'b'] };
  assert.deepEqual(edit(file, ['accounts', 'qq'], settings), [
    '+   qq:',
    '+     network: onebot',
    '+     url: ws://127.0.0.1:3001',
    '+     token: "${T}"',
    '+     rooms: [a, b]',
    '+ ',
  ]);
});

test('a new link has the form of the others', () => {
  const link = { name: 'tea', rooms: ['house/tea', 'jabber/tea@b'], filter: { text: ['^!'] } };
  assert.deepEqual(edit(file, ['links', 1], link), [
    '+   - name: tea',
    '+     rooms: [house/tea, jabber/tea@b]',
    '+     filter:',
    '+       text: [^!]',
  ]);
  const flow = 'links:\n- { name: a, rooms: [x/a, y/a] } # one\n';
  assert.deepEqual(edit(flow, ['links', 1], { name: 'b', rooms: ['x/b', 'y/b'] }), [
    '+ - { name: b, rooms: [x/b, y/b] }',
  ]);
  const room = 'x/a-room-with-quite-a-long-name@conference.rooms.example.org';
  assert.deepEqual(
    edit(flow, ['links', 1], { name: 'long', rooms: [room, 'y/b'], direction: 'from-first' }),
    ['+ - name: long', `+   rooms: [${room}, y/b]`, '+   direction: from-first'],
  );
});

test('what is taken away goes with its lines, and the comments above stay', () => {
  assert.deepEqual(edit(file, ['accounts', 'house'], undefined), [
    '-   house: { network: house, rooms: [lobby] }   # open to all',
  ]);
  assert.deepEqual(edit(file, ['accounts', 'jabber'], undefined), [
    '-   jabber:',
    '-     network: xmpp      # a client',
    "-     jid: 'bridge@example.org'",
    '-     password: "${PW}"',
  ]);
  assert.deepEqual(edit(file, ['accounts', 'house', 'rooms'], undefined), [
    '-   house: { network: house, rooms: [lobby] }   # open to all',
    '+   house: { network: house }   # open to all',
  ]);
});

test('the last link leaves an empty list, and one that comes then makes it a list again', () => {
  const without = editYaml(file, ['links'], []);
  assert.match(without, /^links:\n {2}# both ways\n {2}\[\]\n# the end\n$/m);
  const again = editYaml(without, ['links', 0], { name: 'new', rooms: ['a/b', 'c/d'] });
  assert.match(again, /^links:\n {2}# both ways\n {2}- name: new\n {4}rooms: \[a\/b, c\/d\]\n# the end\n$/m);
});

test('an empty list in its key’s line becomes a list below it', () => {
  const text = 'accounts: {}\nlinks: []\n  # - name: an example\n';
  const withLink = editYaml(text, ['links', 0], { name: 'a', rooms: ['x/a', 'y/a'] });
  assert.equal(
    withLink,
    'accounts: {}\nlinks:\n  - name: a\n    rooms: [x/a, y/a]\n  # - name: an example\n',
  );
  assert.equal(
    editYaml(withLink, ['accounts', 'x'], { network: 'house', telnet: false }),
    'accounts:\n  x:\n    network: house\n    telnet: false\nlinks:\n  - name: a\n    rooms: [x/a, y/a]\n  # - name: an example\n',
  );
  assert.equal(
    editYaml(withLink, ['links', 0], undefined),
    'accounts: {}\nlinks: []\n  # - name: an example\n',
  );
  const commented = 'accounts: {} # none\n';
  assert.equal(editYaml(commented, ['accounts', 'a'], { b: 1 }), 'accounts: { a: { b: 1 } } # none\n');
});

test('a part that is not there yet is made at the end', () => {
  assert.equal(
    editYaml('accounts:\n  a: {}', ['links', 0], { name: 'x' }),
    'accounts:\n  a: {}\nlinks:\n  - name: x\n',
  );
  assert.equal(editYaml('accounts:\n', ['accounts', 'a'], { b: 1 }), 'accounts:\n  a:\n    b: 1\n');
  assert.equal(
    editYaml(file, ['http', 'publicUrl'], 'https://x.example'),
    `${file}\nhttp:\n  publicUrl: https://x.example\n`,
  );
  assert.equal(editYaml('# nothing yet\n', ['data'], './d'), '# nothing yet\ndata: ./d\n');
});

test('flow style stays flow style, in one line or several', () => {
  const json = '{ "accounts": { "a": { "network": "house" } }, "links": [] }\n';
  const link = { name: 'l', rooms: ['a/x', 'b/y'] };
  assert.equal(
    editYaml(json, ['links', 0], link),
    '{ "accounts": { "a": { "network": "house" } }, "links": [{ name: l, rooms: [a/x, b/y] }] }\n',
  );
  const lines = 'rooms: [\n  a, # one\n  b, # two\n]\n';
  assert.equal(editYaml(lines, ['rooms'], ['b']), 'rooms: [\n  b, # two\n]\n');
  assert.equal(editYaml(lines, ['rooms'], ['a']), 'rooms: [\n  a, # one\n  # two\n]\n');
  assert.equal(editYaml(lines, ['rooms'], ['a', 'b', 'c']), 'rooms: [\n  a, # one\n  b, c, # two\n]\n');
});

test('line ends of Windows stay', () => {
  const windows = file.replaceAll('\n', '\r\n');
  const settings = { network: 'x', note: 'two\nlines' };
  assert.equal(
    editYaml(windows, ['accounts', 'new'], settings),
    editYaml(file, ['accounts', 'new'], settings).replaceAll('\n', '\r\n'),
  );
});

test('what an anchor stands for is written out where it is changed, and nowhere else', () => {
  const text = 'a: &common { tls: false, nick: x } # shared\nb: *common\nc:\n  <<: *common\n  own: 1\n';
  assert.equal(editYaml(text, ['b', 'nick'], 'y'), text.replace('*common\nc', '{ tls: false, nick: y }\nc'));
  assert.equal(editYaml(text, ['c', 'nick'], 'y'), `${text}  nick: y\n`);
  for (const [path, value] of [
    [['a', 'nick'], 'y'],
    [['c', 'nick'], undefined],
  ] as const) {
    assert.throws(
      () => editYaml(text, path, value),
      (error: unknown) =>
        error instanceof YamlEditError && error.path === path && /edit the file by hand/.test(error.message),
    );
  }
});

test('what a person wrote in an unusual form is edited rightly or not at all', () => {
  const forms = [
    'a:\n- x\n-   - y\n    - z\n',
    'a: |\n  text\n  more\nb: >-\n  folded\n\n# c\n',
    '? a\n: - x\n  - y\n',
    'a: !!map\n  b: !!str 5\n  c: "x\\\n    y"\n',
    '---\na: { b: {\n  c: d } }\n...\n',
    'a:\n  - b: 1\n    c: 2\n  - {}\n  -\n  - ~\n',
    'a: &x\n  b: &y 1\n  c: *y\nd: *x\n',
    '"a b": []\nc:\n',
  ];
  const values = [undefined, 'new', 7, ['p', 'q'], { k: 'v' }, [], {}, 'a\nb: ${C} # d', null];
  let made = 0;
  for (const text of forms) {
    for (const path of pathsOf(parse(text), [])) {
      for (const value of values) {
        try {
          // That the result means what was asked for is proved within; that nothing else is lost is not.
          const edited = editYaml(text, path, value);
          assert.equal(edited.includes('# c'), text.includes('# c'));
          made++;
        } catch (error) {
          assert.ok(error instanceof YamlEditError, String(error));
        }
      }
    }
  }
  assert.ok(made > 300, `${made} edits were made`);
});

function pathsOf(value: unknown, path: SettingPath): SettingPath[] {
  if (value === null || typeof value !== 'object') return path.length === 0 ? [] : [path];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  const next = Array.isArray(value) ? value.length : 'added';
  return [...(path.length === 0 ? [] : [path]), ...inner, [...path, next]];
}
