// A QQ group (a strict fake implementation), a room on a real Prosody and a room of the house in one link, by a hub process.
// What people use on QQ arrives on the others as well as they can show it, and the other way round: Chinese text, a picture,
// a face, a reply, a mention, a merged forward, a change of one's card, a recall in time and one that comes too late.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GROUP, toText } from '../fakes/onebot-implementation.ts';
import { samples } from '../fakes/media-samples.ts';
import { skipProsody } from '../servers/prosody.ts';
import { eventually } from './bridge-hub.ts';
import { ALLEY, openThreeRooms, YARD, type ThreeRooms } from './onebot-hub.ts';

function has(texts: readonly string[], wanted: RegExp | string): boolean {
  return texts.some((text) => (typeof wanted === 'string' ? text === wanted : wanted.test(text)));
}

/** Waits until the people of the other two rooms have seen this. */
async function seen({ bea, ann }: ThreeRooms, inAlley: RegExp | string, inLobby: RegExp | string) {
  await eventually(`${String(inAlley)} in the alley`, () => has(bea.texts(ALLEY), inAlley), 20_000);
  await eventually(
    `${String(inLobby)} in the lobby`,
    () =>
      has(
        ann.lines.map(({ line }) => line),
        inLobby,
      ),
    20_000,
  );
}

test('what is said on QQ is seen in the other rooms, of every sort', { skip: skipProsody }, async () => {
  await using rooms = await openThreeRooms();
  const { qq } = rooms;

  await qq.say('大家好，胡同通了！\n第二行');
  await seen(rooms, '<安> 大家好，胡同通了！\n第二行', /^安@qq: 大家好，胡同通了！$/);

  qq.served.set('/cat.png', samples.png);
  await qq.say([{ type: 'image', data: { file: 'CAT.png', url: `${qq.httpUrl}/cat.png`, summary: '[猫]' } }]);
  await seen(rooms, /^http:\/\/\S+\/media\/[0-9a-f]{40}\/CAT\.png$/, /^安@qq: \[猫\] http\S+\/media\//);

  await qq.say([{ type: 'face', data: { id: '179' } }]);
  await seen(rooms, '<安> 🐶', '安@qq: 🐶');

  rooms.ann.send('say 有人吗');
  await eventually('QQ hears the house', () => qq.heard().includes('<ann> 有人吗'));
  const asked = qq.said().find(({ message }) => toText(message) === '<ann> 有人吗')!;
  await qq.say([
    { type: 'reply', data: { id: String(asked.id) } },
    { type: 'at', data: { qq: 'all' } },
    { type: 'text', data: { text: ' 在' } },
  ]);
  await seen(rooms, /@全体成员 在$/, /^安@qq: @全体成员 在$/);
  assert.ok(
    rooms.ann.lines.some(({ line }) => line === '> ann: 有人吗'),
    'the reply shows what it answers',
  );

  await qq.say([
    { type: 'at', data: { qq: '10000' } },
    { type: 'text', data: { text: ' 你也来' } },
  ]);
  await seen(rooms, '<安> @胡同 你也来', '安@qq: @胡同 你也来');

  qq.forwards.set('F1', {
    messages: [
      {
        sender: { user_id: 7, nickname: '七' },
        time: 1,
        message: [{ type: 'text', data: { text: '旧话' } }],
      },
      { sender: { user_id: 8, nickname: '八' }, time: 2, message: '[CQ:face,id=14]新话' },
    ],
  });
  await qq.say([{ type: 'forward', data: { id: 'F1' } }]);
  await seen(rooms, /\[聊天记录\]\n.*七: 旧话\n.*八: 🙂新话/, /八: 🙂新话/);

  await qq.setCard(10_001, '小安子');
  await seen(rooms, '<安> * is now known as 小安子', '安@qq is now known as 小安子@qq');
  await qq.say('换了名片');
  await seen(rooms, '<小安子> 换了名片', '小安子@qq: 换了名片');

  rooms.ann.send('look');
  await eventually('look knows the new name', () => rooms.ann.lines.some(({ line }) => line === '小安子@qq'));

  await rooms.bea.rename(ALLEY, 'beatrice');
  await eventually('QQ is told of the nick', () => qq.heard().includes('<bea> * is now known as beatrice'));
  await eventually('the lobby is told of the nick', () =>
    rooms.ann.lines.some(({ line }) => line === 'bea@jabber is now known as beatrice@jabber'),
  );
  rooms.ann.send('nick anna');
  await seen(rooms, '<ann> * is now known as anna', 'ann is now known as anna');
  await eventually('QQ is told of the house', () => qq.heard().includes('<ann> * is now known as anna'));

  const taken = await qq.say('说错了');
  await seen(rooms, '<小安子> 说错了', '小安子@qq: 说错了');
  await qq.recall(taken);
  await eventually(
    'the house sees the recall',
    () => rooms.ann.lines.some(({ line }) => line === 'A message of 小安子@qq was taken back'),
    20_000,
  );
  await using journal = await rooms.home.openJournal();
  const { events } = await journal.read(0, { rooms: [YARD] }, 100);
  for (const texts of [rooms.bea.texts(ALLEY), qq.heard()]) {
    assert.equal(texts.filter((text) => text.includes('is now known as')).length, 2, 'each is told once');
  }
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'rename' ? [[event.oldName, event.who.name]] : [])),
    [['安', '小安子']],
  );
});

test('what is said elsewhere is seen on QQ, and taken back in time', { skip: skipProsody }, async () => {
  await using rooms = await openThreeRooms(', recallSeconds: 120');
  const { qq, rest } = rooms;

  await rooms.bea.say(ALLEY, '你好，QQ\n第二行');
  await eventually('QQ hears the alley', () => qq.heard().includes('<bea> 你好，QQ\n第二行'));

  const { url } = await rest('POST', '/v1/media?name=a.png', samples.png);
  await rest('POST', '/v1/messages', {
    room: YARD,
    body: [
      { type: 'text', text: '看 ' },
      { type: 'mention', user: '10001', name: '安' },
      { type: 'emoji', text: '🙂' },
      { type: 'image', url, name: 'a.png' },
    ],
  });
  await eventually('QQ sees the picture', () => qq.heard().some((text) => text.includes('[image]')));
  const shown = qq.said().find(({ message }) => toText(message).includes('[image]'))!.message;
  assert.deepEqual(
    shown.map(({ type }) => type),
    ['text', 'at', 'face', 'image'],
  );
  assert.equal(shown[3]?.data['file'], `base64://${samples.png.toString('base64')}`);

  const asked = await qq.say('问题');
  await eventually('the lobby hears QQ', () => rooms.ann.texts('安@qq').includes('问题'));
  await using journal = await rooms.home.openJournal();
  const { events } = await journal.read(0, { rooms: [YARD], kinds: ['message'] }, 100);
  const question = events.find(({ native }) => native === String(asked.id))!;
  await rest('POST', '/v1/messages', { room: YARD, text: '回答', replyTo: question.id });
  await eventually('QQ sees the answer', () => qq.heard().includes('[reply]回答'));
  const answer = qq.said().find(({ message }) => toText(message) === '[reply]回答')!.message;
  assert.equal(answer[0]?.data['id'], String(asked.id));

  const post = async (text: string) => {
    const { id } = await rest('POST', '/v1/messages', { room: 'house/lobby', text });
    await eventually(`QQ hears ${text}`, () => qq.heard().some((heard) => heard.endsWith(text)));
    return String(id);
  };
  const early = await post('马上收回');
  await rest('DELETE', `/v1/messages/${early}`);
  const isRecalled = (text: string) =>
    qq.said().some(({ message, isRecalled: is }) => is && toText(message).endsWith(text));
  await eventually('it is taken back on QQ', () => isRecalled('马上收回'));

  // Two minutes have passed: the account's window is shut.
  const read = rooms.hub.log.length;
  await rooms.configure(', recallSeconds: 0');
  await rooms.hub.said(/"account":"qq".*"msg":"logged in"/, read);
  const late = await post('太晚了');
  await rest('DELETE', `/v1/messages/${late}`);
  await eventually('QQ is told in words', () => qq.heard().some((text) => /✗ recalled: 太晚了/.test(text)));
  assert.equal(isRecalled('太晚了'), false);
  assert.ok(qq.calls.every(({ params }) => params['group_id'] === undefined || params['group_id'] === GROUP));
});
