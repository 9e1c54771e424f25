// Logging in: the answers that old pages know, sessions that survive a restart, cookies that foreign pages cannot use.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startWeb } from '../../test/fakes/web.ts';

const password = 'correct horse';

async function setup(options: Parameters<typeof startWeb>[0] = {}) {
  const web = await startWeb({
    ...options,
    routes: [
      (server) => {
        server.all('/v1/whoami', async (request) => (await web.authentication.caller(request.raw)) ?? null);
        server.get(
          '/v1/stream',
          async (request) => (await web.authentication.caller(request.raw, { queryToken: true })) ?? null,
        );
      },
    ],
  });
  if (!web.values.has('user/ann')) {
    await web.access.setUser({ name: 'ann', role: 'admin', createdAt: 0 }, password);
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(web.url + path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers,
    });
  const login = async (headers: Record<string, string> = {}, secret = password) => {
    const answer = await post('/api/login', { username: 'ann', password: secret }, headers);
    return { answer, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  const session = async (cookie: string, headers = {}) =>
    (await fetch(`${web.url}/api/session`, { headers: { cookie, ...headers } })).json();
  const whoami = async (headers: Record<string, string>, method = 'GET') =>
    (await fetch(`${web.url}/v1/whoami`, { method, headers })).json();
  return { ...web, post, login, session, whoami };
}

test('a login answers as it always did, and its cookie is the session', async () => {
  await using web = await setup();
  const { answer, cookie } = await web.login();
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { message: 'success', code: 0 });
  assert.match(
    answer.headers.get('set-cookie')!,
    /^hutong=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
  );
  assert.deepEqual(await web.session(cookie), { user: { name: 'ann', role: 'admin', mustChange: false } });
  assert.deepEqual(await web.whoami({ cookie }), { kind: 'user', name: 'ann', scopes: ['admin'] });
  const wrong = await web.login({}, 'wrong');
  assert.equal(wrong.answer.status, 200);
  assert.deepEqual(await wrong.answer.json(), { message: 'failed', code: -1 });
  assert.equal(wrong.cookie, '');
  const unknown = await web.post('/api/login', { username: 'nobody', password });
  assert.deepEqual([unknown.status, await unknown.json()], [200, { message: 'failed', code: -1 }]);
});

test('the body is read as JSON whatever it is called, and what is none is a 400', async () => {
  await using web = await setup();
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data', 'nonsense']) {
    const { answer } = await web.login({ 'content-type': type });
    assert.deepEqual(await answer.json(), { message: 'success', code: 0 }, type);
  }
  for (const body of [
    '',
    'username=ann&password=x',
    '{"username":"ann"}',
    '{"username":"ann","password":1}',
    '["ann"]',
    'null',
    '"x"',
    '{',
  ]) {
    const answer = await web.post('/api/login', body);
    assert.equal(answer.status, 400, body);
    assert.equal(((await answer.json()) as { code: number }).code, 400);
  }
  assert.equal((await web.post('/api/login', 'x'.repeat(20_000))).status, 413);
});

test('a foreign Origin is refused, one’s own gets the CORS header', async () => {
  await using web = await setup({ url: 'https://chat.example.org' });
  const foreign = await web.login({ origin: 'http://evil.example' });
  assert.deepEqual(
    [foreign.answer.status, foreign.answer.headers.get('access-control-allow-origin'), foreign.cookie],
    [403, null, ''],
  );
  for (const origin of [web.url, 'https://chat.example.org']) {
    const { answer } = await web.login({ origin });
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
    assert.match(answer.headers.get('vary')!, /origin/);
  }
  const preflight = await fetch(`${web.url}/api/login`, {
    method: 'OPTIONS',
    headers: { origin: 'https://chat.example.org', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type');
});

test('forged cookies open nothing', async () => {
  await using web = await setup();
  const { cookie } = await web.login();
  const stored = [...web.values].map(([key]) => key).find((key) => key.startsWith('session/'))!;
  for (const forged of [
    'hutong=',
    'hutong',
    'hutong=x',
    'hutong=../user/ann',
    `hutong=${stored.slice('session/'.length)}`,
    `${cookie}x`,
    cookie.replace(/.$/, cookie.endsWith('A') ? 'B' : 'A'),
    cookie.replace('hutong=', 'Hutong='),
    cookie.replace('hutong=', '__Host-hutong='),
    'hutong=' + 'A'.repeat(5_000),
    'hutong=%00',
    ';;;=;hutong=;',
  ]) {
    assert.deepEqual(await web.session(forged), { user: null }, forged);
    assert.equal(await web.whoami({ cookie: forged }), null, forged);
  }
  assert.deepEqual(await web.whoami({ cookie: `theme=dark; ${cookie}; x` }), {
    kind: 'user',
    name: 'ann',
    scopes: ['admin'],
  });
});

test('a cookie counts for requests of our own pages only', async () => {
  await using web = await setup();
  const { cookie } = await web.login();
  assert.ok(await web.whoami({ cookie, origin: web.url }, 'POST'));
  assert.equal(await web.whoami({ cookie, origin: 'http://evil.example' }, 'POST'), null);
  assert.equal(await web.whoami({ cookie, origin: 'http://evil.example' }), null);
  assert.equal(await web.whoami({ cookie, 'sec-fetch-site': 'cross-site' }, 'POST'), null);
  const logout = await web.post('/api/logout', '', { cookie, origin: 'http://evil.example' });
  assert.equal(logout.status, 403);
  assert.ok(await web.whoami({ cookie }), 'nobody else’s page logs anybody out');
});

test('a session survives a restart and ends with a logout', async () => {
  const values = new Map<string, string>();
  let cookie: string;
  {
    await using before = await setup({ values });
    ({ cookie } = await before.login());
    assert.doesNotMatch([...values.values(), ...values.keys()].join(), new RegExp(cookie.split('=')[1]!));
  }
  await using web = await setup({ values });
  assert.deepEqual(await web.session(cookie), { user: { name: 'ann', role: 'admin', mustChange: false } });
  const logout = await web.post('/api/logout', '', { cookie });
  assert.deepEqual(await logout.json(), { message: 'success', code: 0 });
  assert.match(logout.headers.get('set-cookie')!, /^hutong=; Path=\/; Max-Age=0/);
  assert.deepEqual(await web.session(cookie), { user: null });
  assert.ok(![...values.keys()].some((key) => key.startsWith('session/')));
});

test('a session ends by itself after thirty days, and with the password or the user it belongs to', async () => {
  let now = 1_000_000;
  const clock = {
    now: () => now,
    monotonicMs: () => performance.now(),
    after: (delayMs: number, fire: () => void) => {
      const timer = setTimeout(fire, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => 0,
    id: () => '',
  };
  await using web = await setup({ clock });
  const first = await web.login();
  now += 30 * 86_400_000 - 1;
  assert.ok(await web.whoami({ cookie: first.cookie }));
  now += 1;
  assert.equal(await web.whoami({ cookie: first.cookie }), null);
  const second = await web.login();
  assert.equal(
    [...web.values.keys()].filter((key) => key.startsWith('session/')).length,
    1,
    'the old one is gone',
  );
  await web.access.setUser({ name: 'ann', createdAt: 0 }, 'another password');
  assert.equal(await web.whoami({ cookie: second.cookie }), null);
  const third = await web.login({}, 'another password');
  await web.access.removeUser('ann');
  assert.equal(await web.whoami({ cookie: third.cookie }), null);
});

test('who has a one-time password can do nothing but choose another', async () => {
  await using web = await setup({ values: new Map() });
  await web.access.removeUser('ann');
  const first = await web.access.firstLogin(0);
  assert.ok(first);
  const answer = await web.post('/api/login', { username: first.name, password: first.password });
  const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
  assert.deepEqual(await web.session(cookie), { user: { name: 'admin', role: 'admin', mustChange: true } });
  assert.equal(await web.whoami({ cookie }), null);
  const change = (body: object) => web.post('/api/password', body, { cookie });
  const { password: oneTime } = first;
  assert.equal((await change({ password: oneTime, newPassword: oneTime })).status, 400);
  assert.match(
    await (await change({ password: oneTime, newPassword: 'short' })).text(),
    /8 to 1024 characters/,
  );
  assert.deepEqual(await (await change({ password: 'wrong', newPassword: 'my own words' })).json(), {
    message: 'failed',
    code: -1,
  });
  const changed = await change({ password: oneTime, newPassword: 'my own words' });
  assert.deepEqual(await changed.json(), { message: 'success', code: 0 });
  const next = changed.headers.get('set-cookie')!.split(';')[0]!;
  assert.deepEqual(await web.whoami({ cookie: next }), { kind: 'user', name: 'admin', scopes: ['admin'] });
  assert.deepEqual(await web.session(cookie), { user: null }, 'the session of the old password is over');
  assert.equal((await web.post('/api/password', {}, {})).status, 401);
});

test('guessing is slowed down, and told when to go on', async () => {
  await using web = await setup();
  for (let at = 0; at < 10; at++) assert.equal((await web.login({}, `wrong ${at}`)).answer.status, 200);
  const { answer } = await web.login();
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers.get('retry-after')) > 800);
  assert.partialDeepStrictEqual(await answer.json(), { message: 'failed', code: -1 });
});

test('behind a trusted TLS proxy the cookie is for that host and for TLS only, and addresses are the clients’', async () => {
  await using web = await setup({ proxies: ['127.0.0.1'] });
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' };
  const { answer, cookie } = await web.login(headers);
  assert.match(
    answer.headers.get('set-cookie')!,
    /^__Host-hutong=[\w-]{43}; Path=\/; .*; SameSite=Strict; Secure$/,
  );
  assert.ok(await web.whoami({ cookie, ...headers }));
  for (let at = 0; at < 10; at++) await web.login(headers, 'wrong');
  assert.equal((await web.login(headers)).answer.status, 429);
  assert.equal((await web.login({ ...headers, 'x-forwarded-for': '203.0.113.8' })).answer.status, 200);
});

test('a token comes in by its header, or where it is taken by the address, and no cookie makes up for a bad one', async () => {
  await using web = await setup();
  const token = await web.access.createToken({
    name: 'bot',
    scopes: ['read'],
    rooms: ['qq/1'],
    createdAt: 0,
  });
  const expected = { kind: 'token', name: 'bot', scopes: ['read'], rooms: ['qq/1'] };
  assert.deepEqual(await web.whoami({ authorization: `Bearer ${token}` }), expected);
  assert.deepEqual(await web.whoami({ authorization: `bearer   ${token} ` }), expected);
  const inAddress = async (path: string) => (await fetch(`${web.url}${path}?access_token=${token}`)).json();
  assert.deepEqual(await inAddress('/v1/stream'), expected);
  assert.equal(await inAddress('/v1/whoami'), null, 'addresses end up in logs: only streams take it there');
  const { cookie } = await web.login();
  for (const authorization of ['Bearer', 'Bearer x', `Bearer ${token}x`, `Bearer ${token} ${token}`]) {
    assert.equal(await web.whoami({ authorization, cookie }), null, authorization);
  }
  assert.ok(await web.whoami({ authorization: 'Basic eDp5', cookie }), 'a proxy’s own');
  assert.equal(await web.whoami({ authorization: `Token ${token}` }), null);
  await web.access.revokeToken('bot');
  assert.equal(await web.whoami({ authorization: `Bearer ${token}` }), null);
});
