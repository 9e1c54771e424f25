// What the hub says in English is shown in Chinese where it is known by a code or a fixed sentence, and nothing that
// stands in it is lost.
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { accountSentencesZh } from '../../console/src/i18n/account-sentences-zh.ts';
import { toDifferenceZh } from '../../console/src/i18n/differences-zh.ts';
import { houseSentencesZh } from '../../console/src/i18n/house-sentences-zh.ts';
import { hubProblemsZh } from '../../console/src/i18n/hub-problems-zh.ts';
import { said, toProblemZh } from '../../console/src/i18n/hub-zh.ts';
import { refusalSentencesZh } from '../../console/src/i18n/refusal-sentences-zh.ts';

const root = join(import.meta.dirname, '..', '..');
const sentences = [...accountSentencesZh, ...refusalSentencesZh, ...houseSentencesZh];

/** Codes of the libraries: they are the cause of one of the hub's, which is what the console is told. */
const ofLibraries = /^(http|xmpp|onebot|satori|ilink)-/;

const chinese = /\p{Script=Han}/u;

async function readSources(): Promise<string[]> {
  const texts: string[] = [];
  for await (const path of glob('src/**/*.ts', { cwd: root })) {
    if (!path.endsWith('.test.ts')) texts.push(await readFile(join(root, path), 'utf8'));
  }
  return texts;
}

test('every code that can reach the console has its Chinese, and no Chinese is of a code that is gone', async () => {
  const page = await readFile(join(root, 'docs', 'errors.md'), 'utf8');
  const codes = [...page.matchAll(/^### (\S+)$/gm)].map((match) => match[1] ?? '');
  const reaching = codes.filter((code) => !ofLibraries.test(code));
  assert.ok(reaching.length > 40);
  assert.deepEqual(Object.keys(hubProblemsZh).toSorted(), reaching.toSorted());
  for (const [code, { title }] of Object.entries(hubProblemsZh)) assert.match(title, chinese, code);
});

test('a problem is told by its code, with what the hub said of this one below', () => {
  assert.equal(
    toProblemZh('access-refused', 'there is a token "bot" already; revoke it first or choose another name'),
    '不能这样新建或删除令牌、用户。\n已经有令牌叫“bot”：先收回它，或换一个名字',
  );
  assert.equal(toProblemZh('internal', 'odd'), 'hutong 内部出了错。原因写在它的日志里。\nodd');
  assert.equal(toProblemZh('of-a-newer-hub', 'odd'), 'odd');
});

function places(text: string): string[] {
  return (text.match(/\{[a-z]+\d*\}/g) ?? []).toSorted();
}

test('a Chinese sentence holds all that the English one does', () => {
  for (const [english, translated] of sentences) {
    assert.deepEqual(places(translated), places(english), english);
    assert.notEqual(translated, english);
  }
  const all = sentences.map(([english]) => english);
  assert.deepEqual(
    all.filter((english, index) => all.indexOf(english) !== index),
    [],
  );
});

test('no sentence is of words that the hub does not say any more', async () => {
  const source = (await readSources())
    .join('\n')
    // A text over several lines is one; a quote in quotes is itself.
    .replace(/['`] \+\s*['`]/g, '')
    .replace(/\\(['"`])/g, '$1');
  // What stands there only sometimes is a text of its own within the other.
  const isThere = (part: string) =>
    source.includes(part) ||
    [...part.matchAll(/ /g)].some(
      ({ index }) => source.includes(part.slice(0, index)) && source.includes(part.slice(index + 1)),
    );
  const gone: string[] = [];
  for (const [english] of sentences) {
    for (const fixed of english.split(/\{[a-z]+\d*\}/)) {
      // Punctuation and single words are put together in too many ways.
      for (const each of fixed.split(/[();:]|\. /)) {
        const part = each.replace(/^[ .,"]+|[ "]+$/g, '');
        if (/[a-z]{3} [a-z]/i.test(part) && !isThere(part)) gone.push(`${part} of: ${english}`);
      }
    }
  }
  assert.deepEqual(gone, []);
});

test('every fixed text of why an account or a delivery is in trouble is known', async () => {
  const unknown: string[] = [];
  for (const source of await readSources()) {
    const found = [
      ...source.matchAll(
        /new (?:Account|Delivery|Request)Error\(\s*'[a-z-]+',\s*(['`])((?:(?!\1)[^\\])+)\1\s*[,)]/g,
      ),
      ...source.matchAll(/\b(?:reason|message): (['`])((?:(?!\1)[^\\])+)\1/g),
    ];
    // Of the second kind only what a state, a login step or a delivery's outcome has.
    for (const { 0: whole, 2: text = '', index } of found) {
      const before = source.slice(Math.max(0, index - 60), index);
      if (
        !whole.startsWith('new ') &&
        !/phase: '\w+',\s*$|type: 'code',\s*$|state: '(parked|dropped)', $/.test(before)
      )
        continue;
      const hasWords = /[a-z]{3} [a-z]/i.test(text.replace(expressions, ''));
      if (hasWords && !chinese.test(said(text.replace(expressions, sampleOf)))) unknown.push(text);
    }
  }
  assert.deepEqual(unknown, []);
});

/** Expressions of template literals. */
const expressions = /\$\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g;

/** Something that may stand at a place of a sentence: a number where one is counted, an address that is a word, too. */
function sampleOf(expression: string): string {
  if (/failure|didYouMean/.test(expression)) return '';
  if (expression === '${words}') return 'cannot be answered any more';
  return /seconds|Ms|bytes|told\}|status|limit|\.size/i.test(expression) ? '7' : 'ann@example.org';
}

test('sentences within sentences and several in a row are understood', () => {
  assert.equal(
    said('the server refused the login of bridge@example.org: user or password is wrong (not-authorized)'),
    '服务器拒绝了 bridge@example.org 的登录：用户名或密码不对（not-authorized）',
  );
  assert.equal(
    said(
      'the server of localhost does not offer TLS on this port; for a server on this machine alone, tls: false does without encryption',
    ),
    'localhost 的服务器在这个端口不提供 TLS。如果服务器就在本机，可以写 tls: false 不加密',
  );
  assert.equal(
    said('tea@rooms.example: banned from the room: forbidden; news@rooms.example: the room does not answer'),
    'tea@rooms.example：被房间封禁：forbidden；news@rooms.example：房间没有应答',
  );
  assert.equal(
    said(
      'nobody typed the digits; WeChat ended the login (stale token, errcode -14; noticed 2026-11-20): scan the code to log in again',
    ),
    '没有人输入数字；微信结束了登录（令牌失效，errcode -14；发现于 2026-11-20）：请扫码重新登录',
  );
  assert.equal(said('waits for its message: the account is muted there'), '在等它的消息：账号在那里被禁言');
  assert.equal(
    said('is missing: expected a mapping (key: value) or a list'),
    '没有填：应是映射（键: 值）或列表',
  );
});

test('what is not known, or only in part, stays as it is', () => {
  for (const text of [
    '',
    'late or never',
    'kicked out by $& and $1',
    'banned; and something else',
    'x'.repeat(5000),
  ]) {
    assert.equal(said(text), text);
  }
  assert.equal(said('refused: $& $1 <b>'), '被拒绝：$& $1 <b>');
});

test('a difference is told in Chinese, with keys and values as the file has them', () => {
  const told = [
    ['account qq added (onebot)', '新增账号 qq（onebot）'],
    ['account qq removed', '删除账号 qq'],
    ['link tea house added: a/b, c/d', '新增互通 tea house：a/b, c/d'],
    ['face satori added', '新增入口 satori'],
    [
      'account jabber changed: nick "a; b removed" → "\\"; c"; password (not shown); tls set to false; server removed',
      '修改账号 jabber：nick "a; b removed" → "\\"; c"；password（不显示）；tls 设为 false；去掉 server',
    ],
    ['http.listen "127.0.0.1:1" → "127.0.0.1:2"', 'http.listen "127.0.0.1:1" → "127.0.0.1:2"'],
    ['journal.retention set to "90d"', 'journal.retention 设为 "90d"'],
  ];
  for (const [english = '', translated] of told) assert.equal(toDifferenceZh(english), translated);
});
