// The REST face as a whole, by real HTTP: what it is, who comes in, its description, its explorer.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openRest } from '../../../test/fakes/rest.ts';

test('whoever may read is told what the hub is and how its accounts do', async () => {
  await using world = await openRest();
  const reader = await world.token('reader', ['read']);
  const { body } = await world.ask(reader, 'GET', '/v1');
  assert.deepEqual(body, { id: world.hub.id, version: '1.2.3', head: `${world.hub.id}-0` });
  const { accounts } = (await world.ask(reader, 'GET', '/v1/accounts')).body;
  assert.deepEqual(
    accounts.map(({ id, network, phase, self }: Record<string, unknown>) => ({ id, network, phase, self })),
    ['a', 'b'].map((id) => ({ id, network: 'fake', phase: 'online', self: { id: `self-${id}`, name: id } })),
  );
  assert.ok(accounts[0].capabilities.includes('edit'));
  const rooms = (await world.ask(reader, 'GET', '/v1/accounts/a/rooms')).body.rooms;
  assert.deepEqual(rooms, [{ room: 'a/r', name: 'the room', links: ['both'] }]);
  const members = (await world.ask(reader, 'GET', '/v1/members?room=a/r')).body.members;
  assert.deepEqual(members, [{ id: 'u1', name: 'Ann' }]);
  const { links } = (await world.ask(reader, 'GET', '/v1/links')).body;
  assert.deepEqual(links[0].rooms, ['a/r', 'b/r']);
});

test('nobody comes in without a token that is valid', async () => {
  await using world = await openRest();
  for (const token of ['', 'hutong_000000000000000000_x', 'nonsense']) {
    const { status, headers, body } = await world.ask(token, 'GET', '/v1/me');
    assert.equal(status, 401);
    assert.equal(headers.get('content-type'), 'application/problem+json');
    assert.equal(headers.get('www-authenticate'), 'Bearer realm="hutong"');
    assert.equal(body.code, 'caller-unknown');
  }
});

test('what is not there is a problem, not a page', async () => {
  await using world = await openRest();
  const token = await world.token('t', ['read']);
  const { status, body } = await world.ask(token, 'GET', '/v1/nothing?secret=1');
  assert.deepEqual([status, body.code], [404, 'path-unknown']);
  assert.doesNotMatch(body.detail, /secret/);
  const method = await world.ask(token, 'PUT', '/v1/accounts/a');
  assert.deepEqual(
    [method.status, method.body.code, method.headers.get('allow')],
    [405, 'method-unknown', 'GET, HEAD'],
  );
  const long = await world.ask(token, 'GET', `/v1/accounts/${'a'.repeat(3_000)}`);
  assert.deepEqual([long.status, long.body.code], [404, 'path-unknown']);
  const account = await world.ask(token, 'GET', '/v1/accounts/nobody');
  assert.deepEqual([account.status, account.body.code], [404, 'account-unknown']);
});

test('a body that is no JSON, or another type, or too large, is named as what it is', async () => {
  await using world = await openRest();
  const token = await world.token('t', ['send']);
  const post = (body: string, type: string) =>
    world.ask(token, 'POST', '/v1/messages', body, { 'content-type': type });
  const answers = [
    await post('{"room":', 'application/json'),
    await post('', 'application/json'),
    await post('room=a', 'application/x-www-form-urlencoded'),
    await post('{"room":"a/r","text":"hello"}', 'text/plain; charset=utf-8'),
    await post(JSON.stringify({ room: 'a/r', text: 'x'.repeat(1 << 21) }), 'application/json'),
    await post('[]', 'application/json'),
  ];
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.code]),
    [
      [400, 'request-invalid'],
      [400, 'request-invalid'],
      [415, 'body-type'],
      [415, 'body-type'],
      [413, 'body-too-large'],
      [400, 'request-invalid'],
    ],
  );
  const deep = await post(`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'application/json');
  assert.deepEqual([deep.status, deep.body.code], [400, 'request-invalid']);
  const many = await post('{"room":"nowhere","text":5}', 'application/json');
  assert.deepEqual(
    many.body.errors.map(({ path }: { path: string }) => path),
    ['/text', '/room'],
  );
});

test('the description is OpenAPI 3.1, names every path of the documents, and refers to nothing missing', async () => {
  await using world = await openRest();
  const answer = await fetch(`${world.url}/openapi.json`);
  assert.equal(answer.status, 200);
  const text = await answer.text();
  const description = JSON.parse(text);
  assert.match(description.openapi, /^3\.1\./);
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    assert.ok(description.components.schemas[name], name);
  }
  const { Message, ...others } = description.components.schemas;
  assert.equal(Message.additionalProperties, undefined, 'fields may be added');
  assert.ok(others.StreamFrame && others.ClientFrame);
  const twice = Object.keys(others).filter((name) => name.endsWith('Input'));
  assert.deepEqual(twice, [], 'what is the same both ways is described once');
  const upload = description.paths['/v1/media'].post;
  assert.ok(upload.requestBody.content['application/octet-stream']);
  assert.ok(upload.responses.default.content['application/problem+json']);
  const operations = Object.values(
    description.paths as Record<string, Record<string, { operationId: string }>>,
  )
    .flatMap((methods) => Object.values(methods))
    .map(({ operationId }) => operationId);
  assert.equal(new Set(operations).size, operations.length);
  assert.ok(operations.includes('followEvents'));
});

test('the explorer is served from here, and asks nobody else', async () => {
  await using world = await openRest();
  const page = await fetch(`${world.url}/docs`);
  assert.equal(page.url, `${world.url}/docs/`);
  const html = await page.text();
  assert.doesNotMatch(html, /https?:/);
  assert.match(page.headers.get('content-security-policy')!, /default-src 'none'/);
  assert.doesNotMatch(page.headers.get('content-security-policy')!, /script-src[^;]*unsafe-inline/);
  const script = await fetch(`${world.url}/docs/static/swagger-ui-bundle.js`);
  assert.match(script.headers.get('content-type')!, /javascript/);
  assert.ok((await script.text()).length > 100_000);
  const missing = await fetch(`${world.url}/docs/static/none.js`);
  assert.deepEqual([missing.status, ((await missing.json()) as { code: unknown }).code], [404, 404]);
  const picture = await fetch(`${world.url}/docs/static/favicon-32x32.png`);
  assert.deepEqual([...new Uint8Array(await picture.arrayBuffer()).subarray(1, 4)], [...Buffer.from('PNG')]);
  const shown = (await (await fetch(`${world.url}/docs/json`)).json()) as { paths: unknown };
  const described = (await (await fetch(`${world.url}/openapi.json`)).json()) as { paths: unknown };
  assert.deepEqual(shown.paths, described.paths);
});

test('the figures tell how an account did', async () => {
  await using world = await openRest();
  const token = await world.token('t', ['read', 'send']);
  await world.a.say('r', 'ann', 'hello');
  await world.ask(token, 'POST', '/v1/messages?wait=5000', { room: 'a/r', text: 'and hello' });
  const { body } = await world.ask(token, 'GET', '/v1/metrics');
  const [a] = body.accounts;
  assert.deepEqual([a.account, a.phase, a.received, a.waiting, a.parked], ['a', 'online', 1, 0, 0]);
  assert.deepEqual(a.beats.map(({ phase }: { phase: string }) => phase).includes('online'), true);
  assert.equal(body.links[0].perMinute, 0.4);
});
