import assert from 'node:assert/strict';
import test from 'node:test';
import { toPlainText, type Segment } from '../../hub/message.ts';
import { parseForwarded, parseMessage } from '../../wire/onebot11/message.ts';
import { toReadMessage, type Reading } from './convert.ts';
import { toFaceEmoji, toFaceId, toReactionEmoji, toReactionId } from '../../wire/onebot11/faces.ts';
import { toMessage, toPrint } from './outgoing.ts';

const reading: Reading = {
  nameOf: (user) => (user === '10001' ? '安' : user),
  file: async (type, { url, name }) => (url === undefined ? undefined : { type, url, ...(name && { name }) }),
  forwarded: async (_, content) => parseForwarded(content),
};

async function read(message: unknown) {
  return toReadMessage(parseMessage(message), reading);
}

async function bodyOf(type: string, data: object): Promise<Segment[]> {
  return (await read([{ type, data }])).body;
}

test('each sort of segment is shown as well as it can be', async () => {
  const cases: [type: string, data: object, shown: string][] = [
    ['text', { text: 'a\r\nb' }, 'a\nb'],
    ['face', { id: '14' }, '🙂'],
    ['face', { id: '9999' }, '[QQ face 9999]'],
    ['at', { qq: 'all' }, '@全体成员'],
    ['at', { qq: 10_001 }, '@安'],
    ['mface', { summary: '[开心]', url: 'https://gxh.example/1.gif' }, '[开心]'],
    ['image', { url: 'https://q.example/1.jpg', name: 'cat.jpg' }, '[cat.jpg] https://q.example/1.jpg'],
    ['image', { file: 'file:///etc/passwd' }, '[图片]'],
    ['record', { file: 'x.amr' }, '[语音]'],
    ['video', { url: 'https://q.example/1.mp4' }, '[video] https://q.example/1.mp4'],
    ['file', { name: 'a.pdf', file_id: '/1' }, '[文件 a.pdf]'],
    ['dice', { result: '3' }, '🎲 3'],
    ['rps', {}, '[猜拳 ✊✌️🖐️]'],
    ['poke', { type: '1', id: '-1' }, '[戳一戳]'],
    ['share', { url: 'https://a.example/', title: 'T', content: 'C' }, 'T – C https://a.example/'],
    ['location', { lat: '39.9', lon: '116.4', title: '天安门' }, '[天安门: 39.9, 116.4]'],
    ['music', { type: '163', id: '28949129' }, '[音乐 163] https://music.163.com/#/song?id=28949129'],
    ['contact', { type: 'qq', id: '5' }, '[推荐好友 5]'],
    [
      'xml',
      { data: '<msg brief="[分享] &amp; more" url="https://x.example/"/>' },
      '[分享] & more https://x.example/',
    ],
    ['json', { data: 'no json' }, '[card]'],
    ['hologram', {}, '[hologram]'],
  ];
  for (const [type, data, shown] of cases) assert.equal(toPlainText(await bodyOf(type, data)), shown, type);
});

test('a card shows its title, words and link, a map its place', async () => {
  const meta = { detail_1: { title: '哔哩哔哩', desc: '一个视频', qqdocurl: 'b23.tv/abc' } };
  assert.deepEqual(await bodyOf('json', { data: JSON.stringify({ app: 'x', prompt: 'p', meta }) }), [
    { type: 'card', title: '哔哩哔哩', text: '一个视频', url: 'https://b23.tv/abc' },
  ]);
  const script = { news: { title: 'x', jumpUrl: 'javascript:alert(1)' } };
  assert.deepEqual(await bodyOf('json', { data: { meta: script } }), [{ type: 'card', title: 'x' }]);
  const map = { 'Location.Search': { name: '公园', lat: '1.5', lng: '2.5' } };
  assert.deepEqual(await bodyOf('json', { data: JSON.stringify({ app: 'com.tencent.map', meta: map }) }), [
    { type: 'place', latitude: 1.5, longitude: 2.5, name: '公园' },
  ]);
});

test('a reply names what it answers, and an empty message says so', async () => {
  assert.deepEqual(await read('[CQ:reply,id=-12]是'), {
    body: [{ type: 'text', text: '是' }],
    replyTo: '-12',
  });
  assert.deepEqual((await read([])).body, [{ type: 'text', text: '[empty message]' }]);
});

test('merged forwards are unfolded, so deep and so many', async () => {
  const nest = (depth: number): object[] => [
    {
      sender: { user_id: 1, nickname: '甲' },
      time: 5,
      message: [{ type: 'text', data: { text: `第${depth}层` } }],
    },
    ...(depth < 6
      ? [
          {
            sender: { user_id: 2, nickname: '乙' },
            message: [{ type: 'forward', data: { id: 'x', content: nest(depth + 1) } }],
          },
        ]
      : []),
  ];
  const { body } = await read([{ type: 'forward', data: { id: '1', content: nest(1) } }]);
  assert.equal(
    toPlainText(body),
    '[聊天记录]\n甲: 第1层\n乙: [聊天记录]\n甲: 第2层\n乙: [聊天记录]\n甲: 第3层\n乙: [聊天记录]',
  );
  const many = Array.from({ length: 150 }, () => nest(6)[0]);
  const [wide] = (await read([{ type: 'forward', data: { content: many } }])).body;
  assert.ok(wide?.type === 'forward');
  assert.deepEqual([wide.messages.length, wide.title], [100, '聊天记录, 50 more']);
});

test('faces and emoji lead to each other', () => {
  assert.equal(toFaceId('🙂'), '14');
  assert.equal(toFaceId('😭'), '9');
  for (const emoji of ['❤', '❤️']) assert.equal(toFaceId(emoji), '66');
  assert.equal(toFaceId('🦖'), undefined);
  assert.equal(toFaceEmoji('66'), '❤️');
  assert.equal(toReactionEmoji('128077'), '👍');
  assert.equal(toReactionEmoji('76'), '👍');
  assert.equal(toReactionId('🦖'), String('🦖'.codePointAt(0)));
  assert.equal(toReactionId('hello'), undefined);
});

test('a body goes out as QQ has it', async () => {
  const body: Segment[] = [
    { type: 'text', text: '看 \ud800\u0000[CQ:at,qq=all]' },
    { type: 'mention', user: '10001', name: '安' },
    { type: 'mention', user: 'ann@house', name: 'ann' },
    { type: 'emoji', text: '🙂' },
    { type: 'emoji', text: '🦖' },
    { type: 'image', url: 'https://hub.example/1.png' },
  ];
  const message = await toMessage(body, '7', async ({ url }) => url);
  assert.deepEqual(message, [
    { type: 'reply', data: { id: '7' } },
    { type: 'text', data: { text: '看 \ufffd[CQ:at,qq=all]' } },
    { type: 'at', data: { qq: '10001' } },
    { type: 'text', data: { text: '@ann' } },
    { type: 'face', data: { id: '14' } },
    { type: 'text', data: { text: '🦖' } },
    { type: 'image', data: { file: 'https://hub.example/1.png' } },
  ]);
});

test('a message is known again although its files and blanks are told otherwise', async () => {
  const sent = parseMessage('[CQ:reply,id=1]a  b[CQ:image,file=base64://AAAA]');
  const told = parseMessage('a b [CQ:image,file=1.jpg,url=https://q.example/1.jpg]');
  assert.equal(toPrint(sent), toPrint(told));
  assert.notEqual(toPrint(sent), toPrint(parseMessage('a c[CQ:image,file=1.jpg]')));
});
