// What clients of the old service rely on: paths, JSON, texts of errors, to the letter.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import test from 'node:test';
import { openWaas, type WaasAnswer, type WaasWorld } from '../../../test/fakes/waas.ts';

async function openLoggedIn(setup: Parameters<typeof openWaas>[0] = {}): Promise<WaasWorld> {
  const world = await openWaas(setup);
  world.wx.login();
  return world;
}

function texts({ body }: WaasAnswer): string[] {
  return body.messages.map(({ text }: { text: string }) => text);
}

const refused = (error: string) => ({ ok: false, error });
const ann = {
  id: 'id-ann',
  name: 'Ann',
  alias: '',
  isFriend: false,
  gender: 0,
  province: '',
  city: '',
  isSelf: false,
};
const bot = { ...ann, id: 'self-wx', name: 'The Bot', isSelf: true };

test('before the first code and after a logout nothing is initialized, and nobody is logged in', async () => {
  await using world = await openWaas();
  const ask = async () => {
    const answers = [];
    for (const what of ['scan', 'status', 'message']) answers.push(await world.get(`/api/${what}`));
    return answers.map(({ status, body }) => [status, body]);
  };
  const nothing = [
    [200, refused('Not initialized')],
    [200, refused('Not login')],
    [200, refused('Not login')],
  ];
  assert.deepEqual(await ask(), nothing);
  world.wx.showCode('https://login.example/1');
  world.wx.login();
  assert.equal((await world.get('/api/status')).body.ok, true);
  world.wx.logout();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await ask(), nothing);
});

test('the link of the scan opens the code as a picture, and a page once somebody is logged in', async () => {
  await using world = await openWaas();
  world.wx.showCode('https://login.example/1');
  const { body } = await world.get('/api/scan');
  assert.deepEqual(Object.keys(body), ['ok', 'qrurl']);
  assert.ok(body.qrurl.startsWith(`${world.url}/`));
  assert.ok(body.qrurl.length - world.url.length >= 32);
  const picture = await fetch(body.qrurl);
  assert.equal(picture.headers.get('content-type'), 'image/png');
  const first = Buffer.from(await picture.arrayBuffer());
  assert.equal(first.subarray(1, 4).toString(), 'PNG');
  world.wx.showCode('https://login.example/2');
  assert.notDeepEqual(Buffer.from(await (await fetch(body.qrurl)).arrayBuffer()), first);
  world.wx.showCode('https://login.example/3', world.clock.now() - 1);
  assert.match(await (await fetch(body.qrurl)).text(), /expired/);
  world.wx.login();
  assert.equal((await world.get('/api/scan')).body.qrurl, body.qrurl);
  const page = await fetch(body.qrurl);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(await page.text(), /logged in as The Bot/);
  world.wx.logout();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await fetch(body.qrurl)).status, 404);
  assert.equal((await fetch(`${world.url}/api/qr/${'x'.repeat(32)}`)).status, 404);
});

test('a link outlives codes that nobody scans and a puppet that crashes, but no login that has ended, though nobody asks meanwhile', async () => {
  await using world = await openWaas();
  const linkNow = async () => (await world.get('/api/scan')).body.qrurl;
  world.wx.showCode('https://login.example/1');
  const link = await linkNow();
  world.wx.crash();
  await world.reaches('waiting');
  assert.equal(await linkNow(), link);
  assert.match(await (await fetch(link)).text(), /Not logged in yet/);
  await world.reaches('login');
  world.wx.showCode('https://login.example/2');
  assert.equal(await linkNow(), link);
  assert.equal((await fetch(link)).headers.get('content-type'), 'image/png');
  world.wx.login();
  assert.equal(await linkNow(), link);
  // The network wants another login when it is asked again: nobody knows who scans next.
  world.wx.crash();
  await world.reaches('waiting');
  await world.reaches('login');
  world.wx.showCode('https://login.example/3');
  assert.notEqual(await linkNow(), link);
  assert.equal((await fetch(link)).status, 404);
});

test('an account that never needs a scan answers with that page too; a configured address begins the link', async () => {
  await using world = await openLoggedIn({ url: 'https://chat.example.org' });
  const { body } = await world.get('/api/scan');
  assert.match(body.qrurl, /^https:\/\/chat\.example\.org\/api\/qr\//);
  const page = await fetch(body.qrurl.replace('https://chat.example.org', world.url));
  assert.match(await page.text(), /Logged in/);
});

test('status is the contact of who is logged in', async () => {
  await using world = await openLoggedIn();
  assert.deepEqual((await world.get('/api/status')).body, { ok: true, login: bot });
});

test('messages have whom they are from, and the room or whom they are to; what is missing is left out', async () => {
  await using world = await openLoggedIn();
  const at = world.clock.now() - 1_000;
  await world.wx.say('r1', 'Ann', 'in the room', { at });
  await world.wx.say('dm-id-ann', 'Ann', 'alone', { at });
  const { body } = await world.get('/api/message');
  const [inRoom, alone] = body.messages;
  const date = new Date(at).toISOString();
  assert.deepEqual(body, {
    ok: true,
    messages: [
      {
        id: inRoom.id,
        from: inRoom.from,
        room: { id: 'r1', topic: 'Family', announce: '' },
        text: 'in the room',
        date,
      },
      { id: alone.id, from: { ...ann, isFriend: true }, to: bot, text: 'alone', date },
    ],
  });
  assert.deepEqual({ ...inRoom.from, isFriend: false }, ann);
  assert.notEqual(inRoom.id, alone.id);
});

test('what the network tells of people beside their names is in their contacts', async () => {
  await using world = await openLoggedIn();
  world.wx.details.set('id-ann', {
    alias: 'my aunt',
    gender: 'female',
    province: '浙江',
    city: '杭州',
    isFriend: true,
  });
  world.wx.details.set('self-wx', { gender: 'male' });
  await world.wx.say('r1', 'Ann', 'hello');
  const { body } = await world.get('/api/message');
  const known = { alias: 'my aunt', gender: 2, province: '浙江', city: '杭州', isFriend: true };
  assert.deepEqual(body.messages[0].from, { ...ann, ...known });
  assert.deepEqual((await world.get('/api/status')).body.login, { ...bot, gender: 1 });
});

test('the last five of the last five minutes are offered; neither old ones nor what the bot itself said', async () => {
  await using world = await openLoggedIn();
  await world.wx.say('r1', 'Ann', 'told an hour late', { at: world.clock.now() - 61_000 });
  await world.wx.say('r1', 'Ann', 'told a minute late', { at: world.clock.now() - 55_000 });
  await world.wx.say('r1', 'The Bot', 'own', { sender: { id: 'self-wx', name: 'The Bot' }, own: true });
  await world.post('/api/message', { topic: 'Family', text: 'posted' });
  assert.deepEqual(texts(await world.get('/api/message')), ['told a minute late']);
  for (let number = 1; number <= 6; number += 1) await world.wx.say('r1', 'Ann', `#${number}`);
  assert.deepEqual(texts(await world.get('/api/message')), ['#2', '#3', '#4', '#5', '#6']);
  world.clock.aheadMs += 5 * 60_000;
  assert.deepEqual((await world.get('/api/message')).body, { ok: true, messages: [] });
});

test('a clock that is set back keeps neither old messages for hours nor new ones away', async () => {
  await using world = await openLoggedIn();
  const hourMs = 60 * 60_000;
  world.clock.aheadMs += 2 * hourMs;
  await world.wx.say('r1', 'Ann', 'by the wrong clock', { at: world.clock.now() });
  world.clock.aheadMs -= 2 * hourMs;
  await world.wx.say('r1', 'Ann', 'by the right one', { at: world.clock.now() });
  assert.deepEqual(texts(await world.get('/api/message')), ['by the right one']);
  world.clock.aheadMs += 5 * 60_000 + 1_000;
  assert.deepEqual(texts(await world.get('/api/message')), []);
});

test('what is taken back is not offered, what is edited in its new words, private mail of others never', async () => {
  await using world = await openLoggedIn();
  await world.wx.say('r1', 'Ann', 'frist', { native: 'm1' });
  await world.wx.say('r1', 'Ann', 'oops', { native: 'm2' });
  const { hub } = world;
  await assert.rejects(
    world.wx.say('dm-id-ann', 'Ann', 'for Bob alone', { to: { account: 'qq', user: 'id-bob' } }),
  );
  await world.wx.act({ kind: 'edit', target: 'm1', body: [{ type: 'text', text: 'first' }] });
  await world.wx.act({ kind: 'recall', target: 'm2' });
  assert.equal((await hub.read(0, {}, 10)).events.length, 4);
  assert.deepEqual(texts(await world.get('/api/message')), ['first']);
});

test('posts are refused in the old words, the first mistake first', async () => {
  await using world = await openLoggedIn();
  const noAddressee = 'Invalid name or topic, must have one of them';
  const cases: [unknown, string][] = [
    ['', 'Invalid post body, not a JSON'],
    ['name=Ann&text=hello', 'Invalid post body, not a JSON'],
    ['null', noAddressee],
    [[], noAddressee],
    [{ text: 'hello' }, noAddressee],
    [{ name: 7, topic: null, text: 'hello' }, noAddressee],
    [{ name: 7 }, noAddressee],
    [{ name: 'Ann' }, 'Invalid text'],
    [{ topic: 'Family', text: 7 }, 'Invalid text'],
    [{ topic: 'Family', text: '' }, 'Invalid text'],
  ];
  for (const [body, error] of cases) {
    const answer = await world.post('/api/message', body);
    assert.deepEqual([answer.status, answer.body], [200, refused(error)], JSON.stringify(body));
  }
  const large = await world.post('/api/message', { name: 'Ann', text: 'x'.repeat(2 * 1024 * 1024) });
  assert.deepEqual([large.status, large.body], [200, refused('Invalid post body, too large')]);
  assert.deepEqual(world.wx.sent, []);
});

test('a topic is the room, with a member’s name a mention there; a name is the contact', async () => {
  await using world = await openLoggedIn();
  const posts: [object, string][] = [
    [{ topic: 'Family', text: 'hello' }, 'r1: hello'],
    [{ topic: 'Family', name: 'Ann', text: 'hello' }, 'r1: @Ann hello'],
    [{ topic: 'Family', name: 'nobody', text: 'hello' }, 'r1: hello'],
    [{ topic: 'nowhere', name: 'Ann', text: 'hello' }, 'dm-id-ann: hello'],
    [{ name: 'Ann', text: 'hello' }, 'dm-id-ann: hello'],
    [{ name: 'id-bob', text: 'hello' }, 'dm-id-bob: hello'],
    [{ topic: 'r1', text: 'by id' }, 'r1: by id'],
  ];
  for (const [body] of posts) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.deepEqual((await world.post('/api/message', body, headers)).body, { ok: true });
  }
  await world.wx.hasSent(posts.length);
  assert.deepEqual(world.wx.sent.toSorted(), posts.map(([, sent]) => sent).toSorted());
});

test('nobody is written to by a name that nobody has, or that several have', async () => {
  await using world = await openLoggedIn();
  world.wx.rooms.set('r2', { name: 'Work', members: [{ id: 'other', name: 'Ann' }] });
  world.wx.rooms.set('r3', { name: 'Family', members: [] });
  for (const [body, error] of [
    [{ topic: 'nowhere', text: 'x' }, /^There is no room of that name$/],
    [{ topic: 'nowhere', name: 'nobody', text: 'x' }, /^There is no room or contact of that name$/],
    [{ name: 'Ann', text: 'x' }, /^Several contacts are called Ann/],
    [{ topic: 'Family', text: 'x' }, /^Several rooms are called Family/],
  ] as const) {
    const answer = await world.post('/api/message', body);
    assert.deepEqual([answer.status, answer.body.ok], [200, false]);
    assert.match(answer.body.error, error);
  }
  assert.deepEqual(world.wx.sent, []);
});

test('whoever wrote to the account alone is answered there, by name, though they are in no room', async () => {
  await using world = await openLoggedIn();
  await world.wx.say('id-eve', 'Eve', 'hi');
  assert.deepEqual(texts(await world.get('/api/message')), ['hi']);
  assert.deepEqual((await world.post('/api/message', { name: 'Eve', text: 'hi' })).body, { ok: true });
  await world.wx.say('id-eve', 'Eva', 'I am Eva now', { sender: { id: 'id-eve', name: 'Eva' } });
  await world.get('/api/message');
  assert.equal((await world.post('/api/message', { name: 'Eve', text: 'still?' })).body.ok, false);
  assert.deepEqual((await world.post('/api/message', { name: 'Eva', text: 'hi Eva' })).body, { ok: true });
  await world.wx.hasSent(2);
  assert.deepEqual(world.wx.sent, ['id-eve: hi', 'id-eve: hi Eva']);
});

test('a token comes in a header or in the path; one that is refused is a 401, anonymous or not', async () => {
  await using world = await openLoggedIn();
  const token = await world.token('old');
  world.settings = { account: 'wx' };
  const bearer = { authorization: `Bearer ${token}` };
  assert.equal((await world.get('/api/status', bearer)).body.ok, true);
  assert.equal((await world.get(`/t/${token}/api/status`)).body.ok, true);
  assert.deepEqual((await world.post(`/t/${token}/api/message`, { name: 'Ann', text: 'x' })).body, {
    ok: true,
  });
  const nobody = refused('A token is needed, and one that is valid');
  for (const anonymous of [false, true]) {
    world.settings = { account: 'wx', anonymous };
    for (const answer of [
      await world.get('/t/wrong/api/status'),
      await world.get('/api/status', { authorization: 'Bearer wrong' }),
      await world.post('/t/wrong/api/message', 'no JSON'),
    ]) {
      assert.deepEqual([answer.status, answer.body], [401, nobody]);
    }
  }
  world.settings = { account: 'wx' };
  assert.deepEqual((await world.get('/api/status')).status, 401);
});

test('without a token only this machine is served, by its own names and for no foreign page', async () => {
  await using world = await openLoggedIn();
  const ask = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${world.url}/api/status`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('error', reject).end();
    });
  assert.equal(await ask({}), 200);
  assert.equal(await ask({ host: 'evil.example' }), 401);
  assert.equal(await ask({ origin: 'https://evil.example' }), 401);
  assert.equal(await ask({ 'x-forwarded-for': '203.0.113.9' }), 401);
  await using open = await openLoggedIn({ onLoopback: false });
  assert.equal((await open.get('/api/status')).status, 401);
});

test('the account is the one that the address names, else the token’s, else the configured one', async () => {
  await using world = await openLoggedIn();
  world.qq.login();
  const bound = await world.token('bound', ['read', 'send'], { account: 'qq' });
  const free = await world.token('free');
  const loginOf = async (path: string) => (await world.get(path)).body.login?.id;
  assert.equal(await loginOf('/api/status'), 'self-wx');
  assert.equal(await loginOf('/api/status?account=qq'), 'self-qq');
  assert.equal(await loginOf(`/t/${bound}/api/status`), 'self-qq');
  assert.equal(await loginOf(`/t/${free}/api/status?account=qq`), 'self-qq');
  assert.equal((await world.get(`/t/${bound}/api/status?account=wx`)).status, 401);
  assert.deepEqual((await world.get('/api/status?account=no')).body, refused('There is no account no'));
  world.settings = { anonymous: true };
  assert.deepEqual((await world.get('/api/status')).body, refused('No account chosen: add ?account=NAME'));
});

test('a token does no more than its scopes and rooms let it', async () => {
  await using world = await openLoggedIn();
  world.wx.rooms.set('r2', { name: 'Work', members: [] });
  const reader = await world.token('reader', ['read']);
  const family = await world.token('family', ['read', 'send'], { rooms: ['wx/r1'] });
  assert.equal((await world.post(`/t/${reader}/api/message`, { name: 'Ann', text: 'x' })).status, 401);
  assert.equal((await world.get(`/t/${reader}/api/scan`)).status, 401);
  assert.equal((await world.get(`/t/${family}/api/scan`)).status, 401);
  await world.wx.say('r1', 'Ann', 'for the family');
  await world.wx.say('r2', 'Ann', 'for work');
  assert.deepEqual(texts(await world.get(`/t/${reader}/api/message`)), ['for the family', 'for work']);
  assert.deepEqual(texts(await world.get(`/t/${family}/api/message`)), ['for the family']);
  const posted = async (topic: string) =>
    (await world.post(`/t/${family}/api/message`, { topic, text: 'x' })).status;
  assert.deepEqual([await posted('Family'), await posted('Work')], [200, 401]);
});

test('requests of one token are limited; the status stays 200', async () => {
  await using world = await openLoggedIn({ requestsPerMinute: 2 });
  const answers = [];
  for (let number = 0; number < 3; number += 1) answers.push(await world.get('/api/status'));
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.ok]),
    [
      [200, true],
      [200, true],
      [200, false],
    ],
  );
  assert.match(answers[2]?.body.error, /^Too many requests/);
});

test('while the face is off there is nothing at its paths; an edit of the configuration switches it on', async () => {
  await using world = await openLoggedIn({ settings: undefined });
  const paths = ['/api/scan', '/api/status', '/api/message', '/t/x/api/status'];
  for (const path of paths) assert.equal((await world.get(path)).status, 404);
  await world.wx.say('r1', 'Ann', 'while it was off');
  world.settings = { account: 'wx', anonymous: true };
  assert.deepEqual(texts(await world.get('/api/message')), ['while it was off']);
  world.settings = undefined;
  assert.equal((await world.get('/api/message')).status, 404);
});
