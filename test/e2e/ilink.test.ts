// A WeChat account by Tencent's bot API, in a hub process: from the first code to online; 200 messages each way while the
// hub is killed; what is sent into an answer that is lost; what WeChat lets nobody send; a login that ends while it runs;
// a large file.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ANN, BEN } from '../fakes/ilink-server.ts';
import { eventually, isDelivered, journaled } from './bridge-hub.ts';
import { IlinkHub } from './ilink-hub.ts';

const COUNT = 200;
const HOUR_MS = 3600_000;

test('a code that has grown old is replaced, and the scan of the next one logs in', async () => {
  await using hub = await IlinkHub.start(', codeSeconds: 2');
  await hub.state('login', /scan the code with WeChat/);
  await hub.server.until(() => hub.server.codes.length >= 2);
  await hub.logIn();
  assert.deepEqual(await hub.rest('GET', '/v1/accounts/wx/login'), { type: 'none' });
});

test('of 200 messages each way none is lost while the hub is killed in the middle', async (t) => {
  await using hub = await IlinkHub.start();
  await hub.logIn();
  await hub.greet();
  const { server } = hub;
  const texts = Array.from({ length: COUNT }, (_, number) => `message ${number}`);
  const posting = (async () => {
    for (const text of texts) await hub.post(text);
  })();
  const saying = (async () => {
    for (const text of texts) {
      server.say(text);
      // The hub takes them as they come: some of them in each answer.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await server.until(() => server.sent.length >= COUNT / 4);
  await hub.killAndStart();
  await Promise.all([posting, saying]);
  await server.until(() => server.isAcknowledged && new Set(server.heard()).size === COUNT);
  await using journal = await hub.home.openJournal();
  await eventually('all is delivered', () => isDelivered(journal));
  const said = (await journaled(journal, `wx/${ANN}`)).filter((text) => text !== '');
  // What was posted is in the same room.
  assert.deepEqual(said.toSorted(), [...texts, ...texts].toSorted());
  const heard = server.heard();
  assert.deepEqual([...new Set(heard)], texts);
  // At most the one that was under way when the hub was killed: nobody can tell whether it went out.
  assert.ok(heard.length <= COUNT + 1);
  assert.equal(server.codes.length, 1);
  t.diagnostic(`${heard.length - COUNT} sent twice`);
});

test('a send whose answer is lost is sent again, or left and shown: the account says which', async () => {
  for (const unknown of ['resend', 'leave'] as const) {
    await using hub = await IlinkHub.start(`, unknown: ${unknown}`);
    await hub.logIn();
    await hub.greet();
    const { server } = hub;
    server.misbehaviour = { dropReplies: { call: 'sendmessage', times: 1 } };
    await hub.post('one');
    await hub.post('two');
    await server.until(() => server.heard().includes('two'));
    assert.deepEqual(server.heard(), unknown === 'resend' ? ['one', 'one', 'two'] : ['one', 'two']);
    const stuck = (await hub.stuck()).map(({ state }) => state);
    assert.deepEqual(stuck, unknown === 'resend' ? [] : ['unknown']);
  }
});

test('what is for somebody who wrote too long ago is parked with the reason, and goes out when they have written', async () => {
  await using hub = await IlinkHub.start();
  await hub.logIn();
  const { server } = hub;
  server.say('long ago', { at: Date.now() - 25 * HOUR_MS });
  await server.until(() => server.isAcknowledged);
  await hub.post('too late');
  await eventually('it is parked', async () => (await hub.stuck()).length === 1);
  const [parked] = await hub.stuck();
  assert.equal(parked?.state, 'parked');
  assert.match(
    parked?.reason ?? '',
    /^o9cq-ann last wrote .* UTC: WeChat lets a bot answer for 24 hours only/,
  );
  await hub.state('online', /o9cq-ann last wrote/);
  server.say('now');
  await server.until(() => server.isAcknowledged);
  await hub.rest('POST', '/v1/deliveries/retry', { ids: [parked.id] });
  await server.until(() => server.heard().length === 1);
  assert.deepEqual(server.heard(), ['too late']);
});

test('a login that WeChat ends asks for a scan, and goes on behind it without a restart', async () => {
  await using hub = await IlinkHub.start();
  await hub.logIn();
  await hub.greet();
  const { server } = hub;
  server.endLogin();
  await hub.state('login', /stale token, errcode -14.*scan the code to log in again/);
  await hub.post('sent meanwhile');
  server.say('said meanwhile', { by: BEN });
  await hub.logIn();
  await server.until(() => server.isAcknowledged && server.heard().length === 1);
  await using journal = await hub.home.openJournal();
  assert.deepEqual(await journaled(journal, `wx/${BEN}`), ['said meanwhile']);
  assert.deepEqual(server.heard(), ['sent meanwhile']);
});

test('a large file goes both ways, through the media store, and the hub holds a small part of it at a time', async (t) => {
  await using hub = await IlinkHub.start();
  await hub.logIn();
  await hub.greet();
  const { server } = hub;
  const before = await hub.residentMiB();
  const bytes = Buffer.alloc(90 * 1024 * 1024, 'hutong and more ');
  const { media } = server.file(bytes, 'hex');
  server.write([{ type: 4, file_item: { media, file_name: 'large.bin' } }]);
  await server.until(() => server.isAcknowledged);
  const { messages = [] } = await hub.rest('GET', `/v1/messages?room=wx/${ANN}`);
  const file = messages.at(-1)?.body[0];
  assert.deepEqual([file?.type, file?.sizeBytes], ['file', bytes.length]);
  await hub.rest('POST', '/v1/messages', {
    room: `wx/${ANN}`,
    body: [{ type: 'file', url: file?.url, name: 'back.bin' }],
  });
  await server.until(() => server.sent.length === 1);
  assert.ok(server.opened(server.sent[0]!.item).equals(bytes));
  const more = (await hub.residentMiB()) - before;
  t.diagnostic(`${more.toFixed(0)} MiB more than before`);
  assert.ok(more < 64);
});
