/** What WeChat lets nobody do, what its server does that is not nice, and how files pass. */
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import test from 'node:test';
import { IlinkAccount } from '../../../test/fakes/ilink-account.ts';
import { ANN, BEN, IlinkServer } from '../../../test/fakes/ilink-server.ts';
import { samples } from '../../../test/fakes/media-samples.ts';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { AccountError, RequestError } from '../../hub/errors.ts';
import { toPlainText } from '../../hub/message.ts';

const HOUR_MS = 3600_000;
const author = { name: 'x', account: 'y', user: 'z' };

/** What answers something. */
function item(reference: unknown) {
  return { item: { ref_msg: reference } };
}

async function* content(bytes: Uint8Array) {
  yield bytes;
}

async function openAccount(settings: object = {}, port = new FakePort()) {
  const server = await new IlinkServer({ scans: true }).listen();
  const account = new IlinkAccount(server, settings, port);
  await account.open();
  return {
    server,
    account,
    port,
    async [Symbol.asyncDispose]() {
      await account[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('outside the 24 hours nothing is sent, and everybody is told why until they write', async () => {
  await using world = await openAccount({ names: { [BEN]: 'Ben' } });
  const { server, account, port } = world;
  server.say('long ago', { by: BEN, at: Date.now() - 25 * HOUR_MS });
  await server.until(() => server.isAcknowledged);
  const words = /^Ben last wrote \d{4}-\d\d-\d\d \d\d:\d\d UTC: WeChat lets a bot answer for 24 hours only/;
  await assert.rejects(account.send('hello', { room: BEN }), { permanent: true, message: words });
  assert.equal((await account.state(words)).phase, 'online');
  const { actions } = port.session!;
  assert.throws(() => actions.direct!(BEN, author), RequestError);
  assert.equal(actions.direct!(ANN, author), ANN);
  assert.deepEqual(server.sent, []);
  server.say('now', { by: BEN });
  await port.until(({ states }) => (states.at(-1)?.message === undefined ? true : undefined));
  await account.send('hello', { room: BEN });
  assert.deepEqual(server.heard(BEN), ['hello']);
  assert.deepEqual(await actions.rooms!(), [
    { room: ANN, name: 'o9cq-ann', direct: true },
    { room: BEN, name: 'Ben', direct: true },
  ]);
  assert.deepEqual(server.faults, []);
});

test('every send carries what came with the person’s last message, also after a restart', async () => {
  await using world = await openAccount();
  const { server, account } = world;
  server.say('one');
  server.say('two');
  await server.until(() => server.isAcknowledged);
  await account.send('hello');
  const contexts = [server.lastContext()];
  await account[Symbol.asyncDispose]();
  await using second = new IlinkAccount(server, {}, account.port);
  await second.send('again');
  server.say('three', { by: BEN });
  server.say('four');
  await server.until(() => server.isAcknowledged);
  await second.send('hello');
  contexts.push(contexts[0], server.lastContext());
  assert.deepEqual(
    server.sent.map(({ context }) => context),
    contexts,
  );
  assert.deepEqual(server.faults, []);
});

test('what the server refuses is tried again, and after five times left until they write', async () => {
  await using world = await openAccount();
  const { server, account } = world;
  server.misbehaviour = { refuseSends: -2 };
  for (let count = 1; count < 5; count += 1) {
    await assert.rejects(account.send('hello'), {
      outcome: 'failed',
      permanent: false,
      retryAfterMs: 30_000,
    });
  }
  const words = /^WeChat takes nothing more for o9cq-ann \(sendmessage: ret -2 rate limited\)/;
  await assert.rejects(account.send('hello'), { outcome: 'failed', permanent: true, message: words });
  await account.state(words);
  server.misbehaviour = {};
  server.say('go on');
  await account.port.until(({ states }) => (states.at(-1)?.message === undefined ? true : undefined));
  await account.send('hello');
  assert.deepEqual(server.heard(), ['hello']);
});

test('a lost answer is unknown, and so is one that is no JSON; nothing is said of what was sent', async () => {
  await using world = await openAccount();
  const { server, account } = world;
  server.misbehaviour = { dropReplies: { call: 'sendmessage', times: 1 } };
  await assert.rejects(account.send('one', { token: 't1' }), { outcome: 'unknown' });
  server.misbehaviour = { malformed: { call: 'sendmessage', times: 1 } };
  await assert.rejects(account.send('two'), { outcome: 'unknown' });
  server.misbehaviour = { lateMs: 200 };
  const receipt = await account.send('three');
  assert.deepEqual(server.heard(), ['one', 'two', 'three']);
  assert.equal(server.sent[0]?.clientId, 't1');
  assert.deepEqual(receipt, { native: server.sent[2]?.id });
  server.misbehaviour = { noIds: true };
  assert.deepEqual(await account.send('four'), {});
});

test('a server that does not answer in time leaves a send unknown, one that is away has not got it', async () => {
  await using world = await openAccount({ callSeconds: 0.2 });
  const { server, account } = world;
  server.misbehaviour = { lateMs: 1000 };
  await assert.rejects(account.send('late'), { outcome: 'unknown' });
  await server.cut();
  await assert.rejects(account.send('away'), { outcome: 'failed', permanent: false });
});

test('what the server tells twice has the same id, all its digits', async () => {
  await using world = await openAccount();
  const { server, port } = world;
  server.misbehaviour = { repeatUpdates: true };
  const ids = ['one', 'two', 'three'].map((text) => server.say(text));
  assert.ok(ids.every((id) => BigInt(id) > BigInt(Number.MAX_SAFE_INTEGER)));
  await port.until((each) => each.of('message').find(({ native }) => native === ids[2]));
  server.say('four');
  await port.until((each) => each.of('message').find(({ body }) => toPlainText(body) === 'four'));
  const told = new Set(port.of('message').map(({ native }) => native));
  assert.deepEqual([...told].slice(0, 3), ids);
  assert.ok(port.of('message').length > told.size);
});

test('an answer that is no JSON ends the run; the next is told the same', async () => {
  await using world = await openAccount();
  const { server, account } = world;
  server.misbehaviour = { malformed: { call: 'getupdates', times: 1 } };
  server.say('hello');
  const error = await account.over;
  assert.ok(error instanceof AccountError && error.code === 'account-unreachable');
  await using second = new IlinkAccount(server, {}, account.port);
  const report = await second.port.until((port) => port.of('message')[0]);
  assert.equal(toPlainText(report.body), 'hello');
  assert.deepEqual(server.faults, []);
});

test('a cursor that the server knows no more keeps nobody out', async () => {
  await using world = await openAccount();
  const { server, account } = world;
  const id = server.say('before');
  await account.port.until((port) => port.of('message')[0]);
  await server.until(() => server.isAcknowledged);
  await account[Symbol.asyncDispose]();
  server.forgetCursors();
  await using second = new IlinkAccount(server, {}, account.port);
  await second.port.until((port) => (port.of('message').length === 2 ? true : undefined));
  const natives = second.port.of('message').map(({ native }) => native);
  assert.deepEqual(natives, [id, id]);
  assert.ok(second.port.logged.some(({ message }) => message.includes('does not know the cursor')));
  server.say('after');
  await second.port.until((port) => port.of('message')[2]);
});

test('what is of a group, of nobody or of no known form is passed over, and stops nothing', async () => {
  await using world = await openAccount();
  const { server, port } = world;
  server.say('in a group', { fields: { group_id: 'g1' } });
  server.say('of nobody', { fields: { from_user_id: '' } });
  server.say('the bot itself', { fields: { message_type: 2 } });
  server.say('no message', { fields: { from_user_id: 7 } });
  server.write([{ type: 99 }, 'no item', { type: 1, text_item: { text: 'words' } }]);
  const report = await port.until((each) => each.of('message')[0]);
  assert.equal(
    toPlainText(report.body),
    '[something that only WeChat shows][something that only WeChat shows]words',
  );
  assert.equal(port.logged.filter(({ level }) => level === 'warn').length, 3);
});

test('an answer refers to its message by id, or has its words above', async () => {
  await using world = await openAccount();
  const { server, port } = world;
  server.say('one', item({ svr_id: '18446744073709551615', title: 'asked' }));
  server.say('two', item({ title: 'asked' }));
  server.say('three', item('nonsense'));
  await port.until((each) => each.of('message')[2]);
  const [one, two, three] = port.of('message');
  assert.deepEqual(one?.replyTo, { native: '18446744073709551615', quote: { name: '…', text: 'asked' } });
  assert.deepEqual(two?.body, [
    { type: 'text', text: 'asked\n', marks: ['quote'] },
    { type: 'text', text: 'two' },
  ]);
  assert.deepEqual([three?.replyTo, three?.body], [undefined, [{ type: 'text', text: 'three' }]]);
});

test('that somebody writes is shown, with the ticket of each person', async () => {
  await using world = await openAccount();
  const { server, port } = world;
  const { actions } = port.session!;
  await actions.typing!(ANN, true);
  await actions.typing!(ANN, false);
  await actions.typing!(BEN, true);
  assert.deepEqual(server.typed, [
    { to: ANN, status: 1 },
    { to: ANN, status: 2 },
  ]);
  assert.equal(server.calls.filter(({ call }) => call === 'getconfig').length, 1);
});

test('files come decrypted, whatever the form of their key and address, and others do not wait for them', async () => {
  await using media = await createMediaStore();
  const port = new FakePort();
  port.media = media.store;
  await using world = await openAccount({}, port);
  const { server } = world;
  const bytes = Buffer.alloc(100_000, 'hutong ');
  const picture = server.file(samples.png, 'hex');
  server.misbehaviour = { fileStatus: { status: 503, times: 1 } };
  server.write([
    { type: 2, image_item: { media: { ...picture.media, aes_key: 'wrong' }, aeskey: picture.aeskey } },
  ]);
  server.say('meanwhile', { by: BEN });
  server.write([
    { type: 4, file_item: { media: server.file(bytes, 'hex', false).media, file_name: 'a.txt' } },
  ]);
  server.write([
    {
      type: 3,
      voice_item: { media: server.file(Buffer.from('\u0002#!SILK_V3...'), 'raw').media, text: 'said' },
    },
  ]);
  await port.until((each) => (each.of('message').length === 4 ? true : undefined));
  const [first, ...others] = port.of('message');
  assert.equal(toPlainText(first!.body), 'meanwhile');
  const [image, file, voice] = others.map(({ body }) => body[0]!);
  assert.ok(image?.type === 'image' && file?.type === 'file' && voice?.type === 'audio');
  assert.deepEqual([image.mime, file.name, voice.alt], ['image/png', 'a.txt', 'said']);
  const read = async (url: string) => buffer((await media.store.open(media.store.idOf(url)!))!.stream);
  assert.deepEqual(await read(image.url), Buffer.from(samples.png));
  assert.deepEqual(await read(file.url), bytes);
  assert.deepEqual(server.faults, []);
});

test('a file that cannot be had is told in words, and nothing is kept of it', async () => {
  await using media = await createMediaStore({ settings: { fileLimitBytes: 1000, totalLimitBytes: 10_000 } });
  const port = new FakePort();
  port.media = media.store;
  await using world = await openAccount({}, port);
  const { server } = world;
  server.write([
    { type: 4, file_item: { media: server.file(Buffer.alloc(5000), 'hex').media, file_name: 'large' } },
  ]);
  server.write([
    { type: 2, image_item: { media: { encrypt_query_param: 'gone', aes_key: 'AAAAAAAAAAAAAAAAAAAAAA==' } } },
  ]);
  server.write([
    { type: 5, video_item: { media: { ...server.file(samples.png, 'raw').media, aes_key: 'short' } } },
  ]);
  server.write([{ type: 3, voice_item: { text: 'said' } }]);
  await port.until((each) => (each.of('message').length === 4 ? true : undefined));
  const texts = port.of('message').map(({ body }) => toPlainText(body));
  assert.deepEqual(texts, ['[large]', '[image]', '[video]', 'said']);
});

test('files go out encrypted: pictures and films as such, the rest as files, and a link for what is not taken', async () => {
  await using media = await createMediaStore();
  const port = new FakePort();
  port.media = media.store;
  await using world = await openAccount({}, port);
  const { server, account } = world;
  const keep = async (bytes: Uint8Array, name: string) => {
    const { url, mime } = await media.store.save(content(bytes), { name });
    return { url: media.store.resolve(url), mime, name };
  };
  const picture = await keep(samples.png, 'a.png');
  const sound = await keep(Buffer.alloc(70_000, 7), 'b.bin');
  await account.send([{ type: 'image', ...picture }]);
  await account.send([{ type: 'audio', ...sound }]);
  const [first, second] = server.sent;
  assert.deepEqual([first?.item.type, second?.item.type], [2, 4]);
  assert.deepEqual(server.opened(first!.item), Buffer.from(samples.png));
  assert.deepEqual(server.opened(second!.item), Buffer.alloc(70_000, 7));
  server.misbehaviour = { fileStatus: { status: 413, times: 1 } };
  await account.send([{ type: 'file', ...sound }]);
  assert.equal(server.sent[2]?.text, `[b.bin] ${sound.url}`);
  server.misbehaviour = { fileStatus: { status: 500, times: 1 } };
  await assert.rejects(account.send([{ type: 'file', ...sound }]), { outcome: 'failed', permanent: false });
  server.misbehaviour = { dropReplies: { call: 'getuploadurl', times: 1 } };
  await assert.rejects(account.send([{ type: 'file', ...sound }]), { outcome: 'failed', permanent: false });
  assert.equal(server.sent.length, 3);
  assert.deepEqual(server.faults, []);
});

test('a message without an id is known by what its sender’s phone called it, or by when it came', async () => {
  await using world = await openAccount();
  const { server, port } = world;
  server.say('one', { fields: { message_id: undefined } });
  server.say('two', { item: { msg_id: '18446744073709551614' }, fields: { message_id: 0 } });
  server.say('three', { at: 1_700_000_000_000, fields: { message_id: '', client_id: '', seq: 7 } });
  server.say('four', { fields: { message_id: null, client_id: null, seq: null } });
  await port.until((each) => each.of('message')[3]);
  const natives = port.of('message').map(({ native }) => native);
  assert.match(natives[0]!, /^client:phone-/);
  assert.deepEqual(natives.slice(1), ['18446744073709551614', '1700000000000:7', undefined]);
});
