/** The web door through real WebSockets, with people at the telnet door beside. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualTime } from '../../../test/simulation/virtual-clock.ts';
import { lines, openWebHouse, toClient, type Browser, type Frame } from '../../../test/fakes/house-web.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { JournalError } from '../../hub/errors.ts';
import type { MessageEvent } from '../../hub/event.ts';
import { noMedia, toMediaUrl, type MediaStore } from '../../hub/media.ts';
import { textBody } from '../../hub/message.ts';
import type { TranscriptEntry } from '../../hub/transcript.ts';

const far = { name: '小明', account: 'qq', user: '7' };

function say(text: string, more: object = {}): object {
  return { type: 'say', body: textBody(text), ...more };
}

/** Says something and answers the message's id. */
async function said(browser: Browser, text: string, more: object = {}): Promise<string> {
  const done = await browser.ask(say(text, more));
  assert.equal(done.type, 'done', JSON.stringify(done));
  return String(done['id']);
}

function message(frame: Frame): Record<string, unknown> {
  return frame['message'] as Record<string, unknown>;
}

/** A message of the past, as the hub tells of it. */
function past(native: string, text: string, more: Partial<MessageEvent> = {}): TranscriptEntry {
  const event: MessageEvent = {
    kind: 'message',
    id: `id of ${native}`,
    position: 1,
    room: 'qq/group:1',
    at: 5,
    sender: { id: '7', name: '小明' },
    body: textBody(text),
    ...more,
  };
  return { event, native, edited: false, reactions: [] };
}

test('a browser and a telnet client are people of one room: they see each other come, talk and go', async () => {
  await using house = await openWebHouse();
  await using ann = await house.login('ann');
  await using bob = await house.join('bob');
  assert.equal(await ann.line(), 'bob has entered the room!');
  ann.send('say hello\r\nme waves\r\n');
  const first = message(await bob.next('said'));
  assert.deepEqual(lines([first]), ['ann: hello']);
  assert.equal(message(await bob.next('said'))['action'], true);
  const id = await said(bob, '你好');
  assert.deepEqual(await ann.until('bob: 你好'), ['ann: hello', '* ann waves', 'bob: 你好']);
  const own = message(await bob.next('said'));
  assert.equal(own['id'], id);
  assert.equal(house.port.of('message')[2]?.native, id);
  ann.send('nick anna\r\nlogout\r\n');
  const renamed = await bob.next('renamed');
  assert.equal(renamed['oldNick'], 'ann');
  assert.equal(((await bob.next('left'))['who'] as { nick: string }).nick, 'anna');
});

test('another name of somebody elsewhere comes as one of the people here does', async () => {
  await using house = await openWebHouse();
  await using bob = await house.join('bob');
  const author = { name: '小华', account: 'qq', user: '7' };
  await house.port.session?.actions.rename?.({
    room: 'lobby',
    token: 't1',
    body: [],
    at: 0,
    hops: [],
    author,
    oldName: '小明',
  });
  const { who, oldNick } = await bob.next('renamed');
  assert.deepEqual(who, { id: '7', nick: '小华', name: '小华@qq', kind: 'foreign', account: 'qq' });
  assert.equal(oldNick, '小明@qq');
});

test('the room is shown on entering: who is here, also in linked rooms, and what was said', async () => {
  const port = new FakePort();
  const members = [{ id: '7', name: '小明 Lee' }];
  port.neighbourhoods.set('lobby', [
    { room: 'qq/group:1', online: true, members },
    { room: 'wx/a', online: false, members: [] },
  ]);
  const reaction = { id: 'r', position: 2, room: 'house/lobby', at: 6, target: 'id of n1' } as const;
  const mine = past('n2', 'and I', { room: 'house/lobby', sender: { id: 'x', name: 'ann' } });
  port.transcripts.set('lobby', [
    {
      ...past('n1', 'from afar'),
      edited: true,
      reactions: [
        { ...reaction, kind: 'reaction', actor: { id: 'x', name: 'ann' }, emoji: '👍', added: true },
      ],
    },
    { ...mine, replyTo: { native: 'n1', quote: { name: 'a\nb', text: 'from afar' } } },
    past('n3', 'posted', { room: 'house/lobby', sender: { id: 'house', name: 'hutong' } }),
  ]);
  await using house = await openWebHouse({ port });
  await using ann = await house.join('ann');
  const room = ann.frames.at(-1)!;
  assert.deepEqual(lines(room['messages']), ['小明@qq: from afar', 'ann: and I', '[hutong]: posted']);
  const [first, second] = room['messages'] as Record<string, unknown>[];
  assert.equal(first!['edited'], true);
  assert.deepEqual(first!['reactions'], [
    { emoji: '👍', by: [{ id: 'x', nick: 'ann', name: 'ann', kind: 'guest' }] },
  ]);
  assert.deepEqual(second!['replyTo'], { id: 'n1', name: 'a_b', text: 'from afar' });
  const names = (room['people'] as { name: string }[]).map(({ name }) => name);
  assert.deepEqual([names, room['away']], [['ann', '小明_Lee@qq'], ['wx/a']]);
});

test('an edit, a recall and a reaction change the message for browsers and are told in words in telnet', async () => {
  await using house = await openWebHouse();
  await using ann = await house.login('ann');
  await using bob = await house.join('bob');
  const id = await said(bob, 'frist');
  await bob.ask({ type: 'react', id, emoji: '👍', added: true });
  await bob.ask({ type: 'edit', id, body: textBody('first') });
  const answer = await said(bob, 'see above', { replyTo: id });
  await bob.ask({ type: 'recall', id: answer });
  assert.deepEqual(await ann.until('A message of bob was taken back'), [
    'bob has entered the room!',
    'bob: frist',
    'bob reacted with 👍 to "frist"',
    'bob [edited]: first',
    '> bob: first',
    'bob: see above',
    'A message of bob was taken back',
  ]);
  const acts = house.port.events.filter((event) => 'target' in event);
  assert.deepEqual(
    acts.map((event) => [event.kind, 'target' in event && event.target]),
    [
      ['reaction', id],
      ['edit', id],
      ['recall', answer],
    ],
  );
  assert.equal(house.port.of('message')[1]?.replyTo?.native, id);
  await using carl = await house.join('carl');
  assert.deepEqual(lines(carl.frames.at(-1)!['messages']), ['bob: first']);
});

test('what was shown a moment ago and is not written down yet is there for who comes now, in its place', async () => {
  const port = new FakePort();
  await using house = await openWebHouse({ port });
  const { actions } = port.session!;
  const show = (token: string) =>
    actions.send({ room: 'lobby', token, body: textBody(`#${token}`), author: far, at: 1, hops: [] });
  await show('t1');
  await show('t2');
  await show('t3');
  await actions.recall?.({ room: 'lobby', token: 'x', target: 't3' });
  await show('t4');
  port.transcripts.set('lobby', [past('t0', '#t0'), past('t2', '#t2, edited'), past('t4', '#t4')]);
  await show('t5');
  await using ann = await house.join('ann');
  const { messages, position } = ann.frames.at(-1)! as unknown as { messages: unknown; position: number };
  assert.deepEqual(
    lines(messages),
    ['#t0', '#t2, edited', '#t4', '#t5'].map((text) => `小明@qq: ${text}`),
  );
  await show('t6');
  assert.equal((await ann.next('said'))['position'], position + 1);
});

test('only the author edits and recalls; an administrator recalls', async () => {
  await using house = await openWebHouse();
  await using bob = await house.join('bob');
  await using carl = await house.join('carl');
  const id = await said(bob, 'mine');
  await carl.next('said');
  for (const act of [{ type: 'edit', body: textBody('forged') }, { type: 'recall' }]) {
    assert.equal((await carl.ask({ ...act, id }))['code'], 'not-allowed');
    assert.equal((await carl.ask({ ...act, id: 'nothing' }))['code'], 'message-unknown');
  }
  await using root = await house.join('root', {}, { name: 'root', role: 'admin' });
  assert.equal((await root.ask({ type: 'edit', id, body: textBody('forged') }))['code'], 'not-allowed');
  assert.equal((await root.ask({ type: 'recall', id })).type, 'done');
  assert.equal(house.port.of('recall')[0]?.moderator, true);
  assert.equal((await bob.ask({ type: 'edit', id, body: textBody('x') }))['code'], 'message-unknown');
});

test('what comes from elsewhere can be applied to the message it is about', async () => {
  await using house = await openWebHouse();
  await using ann = await house.join('ann');
  const { actions } = house.port.session!;
  const common = { room: 'lobby', author: far, at: 7, hops: [] };
  const body = [
    { type: 'image', url: 'https://example.org/cat.png', name: 'cat.png' },
    ...textBody('look'),
  ] as const;
  await actions.send({ ...common, token: 't1', body });
  await actions.edit?.({ ...common, token: 't2', target: 't1', body: textBody('looked') });
  await actions.react?.({ ...common, token: 't3', target: 't1', emoji: '🐱', added: true });
  await actions.recall?.({ room: 'lobby', token: 't4', target: 't1' });
  await actions.send({ room: 'lobby', token: 't5', body: textBody('a notice'), at: 8, hops: [] });
  const shown = await ann.next('said');
  const who = { id: '7', nick: '小明', name: '小明@qq', kind: 'foreign', account: 'qq' };
  const { position } = shown as unknown as { position: number };
  assert.deepEqual(message(shown), { id: 't1', at: 7, author: who, body, reactions: [] });
  const at = (further: number) => ({ room: 'lobby', position: position + further });
  const edited = { type: 'edited', id: 't1', body: textBody('looked'), at: 7, by: who };
  assert.deepEqual(await ann.next('edited'), { ...edited, ...at(1) });
  const reacted = { type: 'reacted', id: 't1', emoji: '🐱', added: true, by: who };
  assert.deepEqual(await ann.next('reacted'), { ...reacted, ...at(2) });
  assert.deepEqual(await ann.next('recalled'), { type: 'recalled', id: 't1', ...at(3) });
  assert.equal((message(await ann.next('said'))['author'] as { kind: string }).kind, 'house');
});

test('a browser whose connection was lost gets what it missed, once, in order, whispers too; nobody saw it leave', async () => {
  await using house = await openWebHouse();
  await using ann = await house.login('ann');
  await using bob = await house.join('bob');
  await said(bob, 'before');
  const { position } = (await bob.next('said')) as unknown as { position: number };
  const room = bob.frames.find(({ type }) => type === 'room');
  await bob.lose();
  ann.send('say one\r\nmsg bob psst\r\nsay two\r\nlook\r\n');
  assert.deepEqual(await ann.until('bob'), [
    'bob has entered the room!',
    'bob: before',
    'ann: one',
    'You whisper to bob: psst',
    'ann: two',
    'ann',
    'bob',
  ]);
  const resume = { session: bob.session, room: 'lobby', epoch: room!['epoch'], position, own: 0 };
  await using again = await house.browse();
  again.send({ type: 'join', client: toClient('bob'), resume });
  const welcome = await again.next('welcome');
  assert.deepEqual([welcome['resumed'], welcome['session']], [true, bob.session]);
  assert.equal((await again.next('room'))['reset'], false);
  const missed = [await again.next('said'), await again.next('said')];
  assert.deepEqual(
    missed.map((frame) => [frame['position'], ...lines([message(frame)])]),
    [
      [position + 1, 'ann: one'],
      [position + 2, 'ann: two'],
    ],
  );
  assert.equal((await again.next('whisper'))['text'], 'psst');
  ann.send('say three\r\n');
  assert.deepEqual(lines([message(await again.next('said'))]), ['ann: three']);
});

test('a position of another start of the house, or a session that is over, begins anew with what stands in the room', async () => {
  await using house = await openWebHouse();
  await using bob = await house.join('bob');
  await said(bob, 'hello');
  const resume = { session: bob.session, room: 'lobby', epoch: 'another', position: 1, own: 0 };
  await using again = await house.browse();
  again.send({ type: 'join', client: toClient('bob'), resume });
  assert.equal((await again.next('welcome'))['resumed'], true);
  const room = await again.next('room');
  assert.deepEqual([room['reset'], lines(room['messages'])], [true, ['bob: hello']]);
  for (const page of [bob, again]) {
    page.send({ type: 'leave' });
    assert.equal(await page.end(), 1000);
  }
  await using third = await house.browse();
  third.send({ type: 'join', client: toClient('bob'), nick: 'bob', resume });
  assert.equal((await third.next('welcome'))['resumed'], false);
  assert.equal((await third.next('room'))['reset'], true);
});

test('who does not come back in time has left', async () => {
  await using house = await openWebHouse({ config: { web: { guests: true, awaySeconds: 0.01 } } });
  await using ann = await house.login('ann');
  await using bob = await house.join('bob');
  await bob.lose();
  await ann.until('bob has left the room!');
});

test('what is said again under its key is there once, and a page that comes back is who it was', async () => {
  await using house = await openWebHouse();
  await using bob = await house.join('bob');
  const id = await said(bob, 'once', { key: 'k1' });
  assert.equal(await said(bob, 'once', { key: 'k1' }), id);
  assert.equal(house.port.of('message').length, 1);
  bob.send({ type: 'leave' });
  await bob.end();
  await using again = await house.join('bobby', { client: toClient('bob') });
  assert.equal((await again.ask({ type: 'edit', id, body: textBody('twice') })).type, 'done');
  // The journal knows it by its id; the room does not show it again.
  assert.equal(await said(again, 'once', { key: 'k1' }), id);
  assert.equal(house.port.of('message')[1]?.native, id);
  await said(again, 'new');
  const shown = [await again.next('edited'), await again.next('said')];
  assert.deepEqual(lines([message(shown[1]!)]), ['bobby: new']);
});

test('guests come in only if they may; users are who they are, and keep how far they have read', async () => {
  await using house = await openWebHouse({ config: { web: {}, rooms: ['lobby', 'tea'] } });
  await using guest = await house.browse();
  assert.deepEqual([guest.frames[0]!['guests'], guest.frames[0]!['rooms']], [false, undefined]);
  const refused = await guest.ask({ type: 'join', client: toClient('x'), nick: 'x' });
  assert.equal(refused['code'], 'login-required');
  const user = { name: 'ann', role: 'user' } as const;
  await using ann = await house.browse(user);
  ann.send({ type: 'join', client: toClient('a') });
  const you = (await ann.next('welcome'))['you'];
  assert.deepEqual(you, { id: 'user.ann', nick: 'ann', name: 'ann', kind: 'user' });
  await ann.next('room');
  const first = await said(ann, 'one');
  await said(ann, 'two');
  await ann.ask({ type: 'read', id: first });
  await ann.ask({ type: 'enter', room: 'tea' });
  await using again = await house.browse(user);
  assert.deepEqual(again.frames[0]!['rooms'], [
    { name: 'lobby', people: 0, unread: 1, read: first },
    { name: 'tea', people: 1, unread: 0 },
  ]);
});

test('nicks follow the rules of the house, and one that is taken or refused can be asked for again', async () => {
  await using house = await openWebHouse();
  await using ann = await house.login('ann');
  await using bob = await house.browse();
  const join = (nick: string) => bob.ask({ type: 'join', client: toClient('bob'), nick });
  assert.equal((await join('Ann'))['code'], 'nick-taken');
  assert.equal((await join('a@b'))['code'], 'nick-refused');
  assert.equal((await join('system'))['code'], 'nick-refused');
  assert.equal((await bob.ask(say('x')))['code'], 'not-joined');
  assert.equal((await join('bob')).type, 'welcome');
  assert.equal((await bob.ask({ type: 'nick', nick: 'ANN' }))['code'], 'nick-taken');
  assert.equal((await bob.ask({ type: 'nick', nick: 'rob' })).type, 'done');
  assert.deepEqual(await ann.until('bob is now known as rob'), [
    'bob has entered the room!',
    'bob is now known as rob',
  ]);
});

test('rooms are apart: one enters another, and is told where else something is said', async () => {
  await using house = await openWebHouse({ config: { rooms: ['lobby', 'tea'] } });
  await using ann = await house.join('ann');
  await using bob = await house.join('bob');
  assert.equal((await bob.ask({ type: 'enter', room: 'attic' }))['code'], 'room-unknown');
  assert.equal((await bob.ask({ type: 'enter', room: 'tea' })).type, 'done');
  assert.equal((await bob.next('room'))['room'], 'tea');
  await ann.next('left');
  await said(bob, 'alone');
  assert.deepEqual((await ann.next('activity'))['rooms'], [{ room: 'tea', messages: 1 }]);
  assert.equal(ann.frames.filter(({ type }) => type === 'said').length, 0);
});

test('who is writing is shown to browsers, once, and kept nowhere', async () => {
  await using house = await openWebHouse();
  await using ann = await house.join('ann');
  await using bob = await house.join('bob');
  const before = house.port.events.length;
  await bob.ask({ type: 'typing', on: true });
  await bob.ask({ type: 'typing', on: true });
  await bob.ask({ type: 'typing', on: false });
  const states = [await ann.next('typing'), await ann.next('typing')];
  assert.deepEqual(
    states.map((frame) => frame['on']),
    [true, false],
  );
  await house.port.session?.actions.typing?.('lobby', true);
  assert.equal(((await ann.next('typing'))['who'] as { name: string }).name, '[hutong]');
  assert.equal(house.port.events.length, before);
});

test('older messages are fetched page by page, and can be answered and reacted to', async () => {
  const port = new FakePort();
  const all = Array.from({ length: 250 }, (_, number) => past(`n${number}`, `#${number}`));
  port.transcripts.set('lobby', all);
  await using house = await openWebHouse({ port });
  await using ann = await house.join('ann');
  const room = ann.frames.at(-1)!;
  assert.equal((room['messages'] as unknown[]).length, 100);
  assert.equal(room['more'], true);
  const second = await ann.ask({ type: 'older', before: 'n150' });
  const third = await ann.ask({ type: 'older', before: 'n50' });
  const ids = [third, second, room].flatMap((page) =>
    (page['messages'] as { id: string }[]).map(({ id }) => id),
  );
  assert.deepEqual(
    ids,
    all.map(({ native }) => native),
  );
  assert.deepEqual([second['more'], third['more']], [true, false]);
  assert.equal((await ann.ask({ type: 'react', id: 'n3', emoji: '👍', added: true })).type, 'done');
});

test('what could not be kept was not said, and can be said again under its key', async () => {
  await using house = await openWebHouse();
  await using ann = await house.join('ann');
  house.port.refuse(new JournalError('journal-full', '/secret/path: the disk is full'));
  const failed = await ann.ask(say('hello', { key: 'k' }));
  assert.equal(failed['code'], 'not-kept');
  assert.doesNotMatch(String(failed['message']), /secret/);
  house.port.refuse(undefined);
  ann.send(say('hello', { key: 'k' }));
  assert.deepEqual(lines([message(await ann.next('said'))]), ['ann: hello']);
});

test('frames that are none are refused, and the connection stays', async () => {
  await using house = await openWebHouse();
  await using ann = await house.join('ann');
  const bad = [
    'not json',
    '[]',
    '{"type":"fly"}',
    '{"type":"say","key":"x","body":[]}',
    JSON.stringify({ type: 'say', key: 'x', body: textBody(' ') }),
    JSON.stringify({ type: 'say', key: 'x', body: [{ type: 'forward', messages: [] }] }),
    JSON.stringify({ type: 'say', key: 'x', body: [{ type: 'mention', user: 'all', name: 'all' }] }),
    JSON.stringify({ type: 'say', key: 'x', body: textBody('长'.repeat(16_000)) }),
    JSON.stringify({ type: 'react', id: 'x', emoji: 'a b', added: true }),
  ];
  for (const frame of bad) {
    ann.send(frame);
    assert.equal((await ann.next('failed'))['code'], 'message-invalid', frame);
  }
  assert.equal(house.port.of('message').length, 0);
  ann.send(`{"type":"say","key":"x","body":[{"type":"text","text":"${'x'.repeat(70_000)}"}]}`);
  assert.equal(await ann.end(), 1009);
});

test('frames that come too fast wait, and none is lost', async () => {
  await using house = await openWebHouse({ config: { web: { guests: true, framesPerSecond: 200 } } });
  await using ann = await house.join('ann');
  const texts = Array.from({ length: 300 }, (_, number) => `#${number}`);
  const startedMs = performance.now();
  for (const [number, text] of texts.entries()) ann.send(say(text, { key: `k${number}` }));
  for (const text of texts) assert.deepEqual(lines([message(await ann.next('said'))]), [`ann: ${text}`]);
  assert.ok(performance.now() - startedMs > 400, 'it took its time');
});

test('a browser that does not read is let go, the others are not held up', async () => {
  await using house = await openWebHouse({
    config: { web: { guests: true, backlogBytes: 65_536 } },
    telnet: { flood: false },
  });
  await using ann = await house.login('ann');
  await using bob = await house.join('bob');
  bob.socket.pause();
  await ann.until('bob has entered the room!');
  const line = 'x'.repeat(60_000);
  for (let count = 0; count < 400; count += 1) {
    ann.send(`say ${line}\r\n`);
    await ann.line();
    if (house.port.of('leave').length > 0) break;
  }
  bob.socket.resume();
  assert.equal(await bob.end(), 1006);
});

test('a browser that answers no ping is let go; one that never joins, too', async () => {
  const time = new VirtualTime(1);
  const { clock, stop } = time.createClock();
  await using house = await openWebHouse({ clock });
  await using idle = await house.browse();
  await using deaf = await house.join('deaf');
  // A client that does not answer pings: its library's answer is taken away.
  deaf.socket.pong = () => {};
  const pass = async (delayMs: number) => {
    let over = false;
    time.after(delayMs, () => (over = true));
    await time.run(() => over);
  };
  await pass(31_000);
  const pinged = idle.ask({ type: 'people' });
  assert.equal((await pinged)['code'], 'not-joined');
  await pass(30_000);
  assert.equal(await deaf.end(), 4002);
  assert.equal(await idle.end(), 4004);
  stop();
});

test('whose login ends speaks no more and is told nothing more, whether they do something or only listen', async () => {
  const time = new VirtualTime(1);
  const { clock, stop } = time.createClock();
  await using house = await openWebHouse({ clock });
  const pass = async (delayMs: number) => {
    let over = false;
    time.after(delayMs, () => (over = true));
    await time.run(() => over);
  };
  await using bob = await house.join('bob');
  await using ann = await house.join('ann', {}, { name: 'ann', role: 'user' });
  await using eve = await house.join('eve', {}, { name: 'eve', role: 'admin' });
  await pass(1_000);
  await said(ann, 'still here');
  house.logOut('ann');
  house.logOut('eve');
  await pass(1_000);
  ann.send(say('not any more', { key: 'late' }));
  assert.equal(await ann.end(), 4006);
  await pass(10_000);
  assert.equal(await eve.end(), 4006);
  const people = (await bob.ask({ type: 'people' }))['people'] as { nick: string }[];
  assert.deepEqual(
    people.map(({ nick }) => nick),
    ['bob'],
  );
  assert.deepEqual(
    house.port.of('message').map(({ body }) => body),
    [textBody('still here')],
  );
  stop();
});

test('files are uploaded by who has joined, and are shown as what they are', async () => {
  const port = new FakePort();
  const kept = new Map<string, Buffer>();
  const id = 'a'.repeat(40);
  const info = { id, mime: 'image/png', sizeBytes: 3, sha256: '' };
  const media: MediaStore = {
    ...noMedia,
    limitBytes: 1000,
    async save(content, about) {
      const pieces: Uint8Array[] = [];
      for await (const piece of content) pieces.push(piece);
      kept.set(id, Buffer.concat(pieces));
      return { ...info, url: toMediaUrl(id, about?.name ?? 'file'), name: about?.name ?? 'file' };
    },
    find: async (asked) => (kept.has(asked) ? info : undefined),
    idOf: (url) => /[0-9a-f]{40}/.exec(url)?.[0],
    resolve: (url) => url.replace('media:', '/media/'),
  };
  port.media = media;
  await using house = await openWebHouse({ port });
  await using telnet = await house.login('tom');
  await using ann = await house.join('ann');
  assert.deepEqual((ann.frames[0]!['limits'] as { uploadBytes: number }).uploadBytes, 1000);
  const post = (secret: string, size = 3) =>
    fetch(`${house.url}/media?name=cat.png`, {
      method: 'POST',
      body: Buffer.alloc(size),
      headers: { authorization: `Bearer ${secret}` },
    });
  assert.equal((await post('nobody')).status, 401);
  assert.equal((await post(ann.session, 2000)).status, 413);
  const answer = await post(ann.session);
  assert.equal(answer.status, 201);
  const uploaded = (await answer.json()) as { url: string; link: string; type: string };
  assert.deepEqual([uploaded.type, uploaded.link], ['image', `/media/${id}/cat.png`]);
  const picture = { type: 'file', url: uploaded.url, name: 'cat.png', mime: 'text/html', alt: 'a cat' };
  assert.equal((await ann.ask({ type: 'say', body: [picture] })).type, 'done');
  const shown = { type: 'image', name: 'cat.png', mime: 'image/png', sizeBytes: 3, alt: 'a cat' };
  assert.deepEqual(message(await ann.next('said'))['body'], [{ ...shown, url: uploaded.link }]);
  assert.deepEqual(house.port.of('message')[0]?.body, [{ ...shown, url: uploaded.url }]);
  assert.equal((await telnet.until(/^ann: /)).at(-1), `ann: [a cat] ${uploaded.link}`);
  for (const url of ['https://example.org/x.png', `media:${'b'.repeat(40)}/x`]) {
    const refused = await ann.ask({ type: 'say', body: [{ type: 'image', url }] });
    assert.equal(refused['code'], 'media-unknown');
  }
});

test('when the house stops, browsers are told to come back, and what is under way is answered', async () => {
  const house = await openWebHouse();
  await using ann = await house.join('ann');
  house.port.hold();
  const answer = ann.ask(say('last words'));
  await house.port.until((port) => port.of('message')[0]);
  const stopped = house[Symbol.asyncDispose]();
  house.port.release();
  assert.equal((await answer).type, 'done');
  assert.equal(await ann.end(), 1001);
  await stopped;
});

test('more browsers than the house takes are turned away', async () => {
  await using house = await openWebHouse({ config: { web: { guests: true, sessions: 1 } } });
  await using _ann = await house.join('ann');
  await assert.rejects(house.browse(), /4005/);
});

test('a private message from elsewhere reaches the browser, and one of a browser goes away', async () => {
  const port = new FakePort();
  port.neighbourhoods.set('lobby', [
    { room: 'qq/group:1', online: true, members: [{ id: '7', name: '小明' }] },
  ]);
  await using house = await openWebHouse({ port });
  await using ann = await house.join('ann');
  await ann.ask({ type: 'whisper', to: '小明@qq', text: 'hi' });
  assert.deepEqual(house.port.of('message')[0]?.to, { account: 'qq', user: '7', name: '小明' });
  assert.equal((await ann.next('whisper'))['direction'], 'sent');
  const direct = house.port.session?.actions.direct?.(String(house.port.of('join')[0]?.who.id), far) ?? '';
  await house.port.session?.actions.send({
    room: direct,
    token: 't1',
    body: textBody('hello'),
    author: far,
    at: 1,
    hops: [],
  });
  const received = await ann.next('whisper');
  assert.deepEqual([received['name'], received['text'], received['own']], ['小明@qq', 'hello', 2]);
  assert.equal((await ann.ask({ type: 'whisper', to: 'nobody', text: 'x' }))['code'], 'person-unknown');
});
