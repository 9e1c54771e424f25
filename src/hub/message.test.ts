import assert from 'node:assert/strict';
import test from 'node:test';
import { accountIdPattern, splitRoomRef, toPlainText, toRoomRef, type Segment } from './message.ts';

test('a room reference is split at the first slash', () => {
  assert.deepEqual(splitRoomRef('xmpp/room@host/nick'), { account: 'xmpp', room: 'room@host/nick' });
  assert.equal(toRoomRef('xmpp', 'room@host/nick'), 'xmpp/room@host/nick');
});

test('an account’s id is small letters, figures and hyphens, a letter first', () => {
  for (const id of ['a', 'qq', 'my-house-2']) assert.match(id, accountIdPattern);
  for (const id of ['', '2a', '-a', 'A', 'a_b', 'a/b', 'a.b', 'ä', 'a\n']) {
    assert.doesNotMatch(id, accountIdPattern, JSON.stringify(id));
  }
});

test('every sort of segment has words', () => {
  const url = 'https://example.org/x';
  const cases: [Segment, string][] = [
    [{ type: 'text', text: 'hi', marks: ['bold'] }, 'hi'],
    [{ type: 'mention', user: '7', name: 'ann' }, '@ann'],
    [{ type: 'emoji', text: '[smile]' }, '[smile]'],
    [{ type: 'image', url, name: 'cat.png', alt: 'a cat' }, `[a cat] ${url}`],
    [{ type: 'file', url, name: 'report.pdf' }, `[report.pdf] ${url}`],
    [{ type: 'audio', url }, `[audio] ${url}`],
    [{ type: 'video', url: '' }, '[video]'],
    [{ type: 'place', latitude: 39.9, longitude: 116.4, name: '胡同' }, '[胡同: 39.9, 116.4]'],
    [{ type: 'card', title: 'News', text: 'of the day', url }, `News – of the day ${url}`],
  ];
  for (const [segment, words] of cases) assert.equal(toPlainText([segment]), words);
  assert.equal(toPlainText(cases.slice(0, 3).map(([segment]) => segment)), 'hi@ann[smile]');
});

test('forwarded messages are lines with their speakers', () => {
  const body: Segment[] = [
    {
      type: 'forward',
      messages: [
        { sender: { id: '1', name: 'ann' }, body: [{ type: 'text', text: 'one' }] },
        { sender: { id: '2', name: 'bob' }, body: [{ type: 'emoji', text: '🎉' }] },
      ],
    },
  ];
  assert.equal(toPlainText(body), '[forwarded messages]\nann: one\nbob: 🎉');
});

test('what is said right behind a link stays apart from it', () => {
  const image = { type: 'image', url: 'https://a.example/cat.png' } as const;
  const said = [image, { type: 'text', text: '看' }, image, image, { type: 'text', text: '\n好' }] as const;
  assert.equal(
    toPlainText(said),
    '[image] https://a.example/cat.png 看[image] https://a.example/cat.png [image] https://a.example/cat.png\n好',
  );
  assert.equal(toPlainText([{ ...image, url: 'media:x' }, said[1]]), '[image]看');
});
