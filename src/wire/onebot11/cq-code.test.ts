import assert from 'node:assert/strict';
import test from 'node:test';
import { parseCqString, toCqString } from './cq-code.ts';
import { parseForwarded, parseMessage } from './message.ts';
import type { Segment } from './segments.ts';

test('the specification’s example of escaping is read and written', () => {
  const text =
    '- &#91;x&#93; 使用 `&amp;data` 获取地址[CQ:share,url=http://example.com/?a=1&amp;b=2,title=a&#44;b]';
  const message: Segment[] = [
    { type: 'text', data: { text: '- [x] 使用 `&data` 获取地址' } },
    { type: 'share', data: { url: 'http://example.com/?a=1&b=2', title: 'a,b' } },
  ];
  assert.deepEqual(parseCqString(text), message);
  assert.equal(toCqString(message), text);
});

test('what was escaped twice is unescaped once', () => {
  assert.deepEqual(parseCqString('&amp;#91;CQ:at,qq=1&amp;#93;'), [
    { type: 'text', data: { text: '&#91;CQ:at,qq=1&#93;' } },
  ]);
});

test('any text goes to a string and back', () => {
  for (const text of ['[CQ:at,qq=all]', '&amp;', ',,]][[&', 'a\r\n胡同', '&#44;']) {
    const message: Segment[] = [{ type: 'text', data: { text } }];
    assert.deepEqual(parseCqString(toCqString(message)), message);
    const shared: Segment[] = [{ type: 'share', data: { url: text } }];
    assert.deepEqual(parseCqString(toCqString(shared)), shared);
  }
});

test('what is no CQ code stays text', () => {
  for (const text of ['[CQ:]', '[CQ:face,id', '[cq:face,id=1]', 'a[b]c']) {
    assert.deepEqual(parseCqString(text), [{ type: 'text', data: { text } }]);
  }
});

test('a long row of beginnings is read in no time', () => {
  const text = '[CQ:a,b=c'.repeat(100_000);
  const started = performance.now();
  assert.equal(parseCqString(text).length, 1);
  assert.ok(performance.now() - started < 2000);
});

test('an array, one segment and a string are the same message', () => {
  const face: Segment[] = [{ type: 'face', data: { id: '14' } }];
  assert.deepEqual(parseMessage([{ type: 'face', data: { id: 14 } }]), face);
  assert.deepEqual(parseMessage({ type: 'face', data: { id: '14', resultId: null } }), face);
  assert.deepEqual(parseMessage('[CQ:face,id=14]'), face);
  assert.deepEqual(parseMessage('[CQ:face,id=14]', true), [
    { type: 'text', data: { text: '[CQ:face,id=14]' } },
  ]);
});

test('an unknown segment is kept, and goes out as it came', () => {
  assert.deepEqual(
    parseMessage([
      { type: 'hologram', data: { size: 3 } },
      { type: 'at', data: {} },
    ]),
    [
      { type: 'unknown', name: 'hologram', data: { size: 3 } },
      { type: 'unknown', name: 'at', data: {} },
    ],
  );
  assert.equal(toCqString(parseCqString('[CQ:hologram,size=3]')), '[CQ:hologram,size=3]');
});

test('merged forwards are read as nodes and as messages with senders', () => {
  const node = { type: 'node', data: { user_id: '10001', nickname: 'ann', content: '[CQ:face,id=1]hi' } };
  const message = {
    sender: { user_id: 10_001, nickname: 'ann', card: '' },
    time: 1_700_000_000,
    message: [{ type: 'text', data: { text: 'hi' } }],
  };
  assert.deepEqual(parseForwarded({ message: [node] }), [
    {
      userId: 10_001,
      nickname: 'ann',
      time: undefined,
      message: [
        { type: 'face', data: { id: '1' } },
        { type: 'text', data: { text: 'hi' } },
      ],
    },
  ]);
  assert.deepEqual(parseForwarded({ messages: [message, { type: 'node', data: { id: '3' } }, 4] }), [
    {
      userId: 10_001,
      nickname: 'ann',
      time: 1_700_000_000,
      message: [{ type: 'text', data: { text: 'hi' } }],
    },
  ]);
});
