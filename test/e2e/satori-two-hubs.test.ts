/**
 * Both sides of Satori against each other: a room of one hub is bridged, by the network of another hub and the face of the
 * first, to a room of the other. What is said in one appears in the other, whatever stops in between.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { toPlainText } from '../../src/hub/message.ts';
import { createSystemClock } from '../../src/hub/clock.ts';
import { createSatoriNetwork } from '../../src/networks/satori/index.ts';
import { createMediaStore } from '../fakes/media-store.ts';
import { samples } from '../fakes/media-samples.ts';
import { FakePort } from '../fakes/port.ts';
import { openSatoriFace } from '../fakes/satori-face.ts';

const clock = createSystemClock();

/** The account of the second hub; disposing of it ends its run. */
function runAccount(url: string, token: string, port = new FakePort()) {
  const kind = createSatoriNetwork({ clock });
  const network = kind.open('far', kind.config.parse({ url, token, platform: 'weixin' }));
  const stopping = new AbortController();
  port.linkRooms(['r1']);
  port.session = undefined;
  const over = network.run(port, stopping.signal).catch((error: unknown) => error);
  return {
    port,
    over,
    online: () => port.until(({ session }) => session),
    /** What was told that people said, each once. */
    texts: () => {
      const seen = new Map(port.of('message').map((report) => [report.native, toPlainText(report.body)]));
      return [...seen.values()];
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the test is over'));
      await over;
    },
  };
}

test('what is said on one side is told on the other, with who said it', async () => {
  await using far = await openSatoriFace();
  await using near = runAccount(far.url, await far.token('hub'));
  const { self, actions } = await near.online();
  assert.deepEqual(self, { id: 'self-wx', name: 'The Bot' });
  await far.wx.say('r1', 'Ann', 'one\ntwo <b>&amp;</b>');
  await near.port.until(() => near.texts().length > 0 || undefined);
  const [report] = near.port.of('message');
  assert.deepEqual([report?.room, report?.sender], ['r1', { id: 'id-ann', name: 'Ann' }]);
  assert.deepEqual(near.texts(), ['one\ntwo <b>&amp;</b>']);

  const message = { room: 'r1', token: 't1', at: clock.now(), hops: [] };
  const receipt = await actions.send({
    ...message,
    body: [
      { type: 'text', text: 'back & ' },
      { type: 'mention', user: 'id-bob', name: 'Bob' },
    ],
    replyTo: { native: report!.native! },
  });
  await far.wx.hasSent(1);
  assert.ok(far.wx.sent[0]?.endsWith('back & @Bob'));
  assert.equal((await far.hub.journey(receipt.native ?? ''))?.event.postedBy, 'hub');
  // What the far account cannot do is not promised here.
  assert.ok(!('edit' in actions));
  assert.deepEqual(await actions.rooms?.(), [{ room: 'r1', name: 'Family' }]);
  await near.port.until(() => actions.members?.('r1').length === 2 || undefined);
});

test('edits, recalls and private messages are told, and a private message is answered', async () => {
  await using far = await openSatoriFace();
  await using near = runAccount(far.url, await far.token('hub'));
  const { actions } = await near.online();
  await far.wx.say('r1', 'Ann', 'one', { native: 'm1' });
  await far.wx.act({ kind: 'edit', target: 'm1', body: [{ type: 'text', text: 'two' }] });
  await far.wx.act({ kind: 'recall', target: 'm1' });
  const recall = await near.port.until(({ events }) => events.find(({ kind }) => kind === 'recall'));
  const [said] = near.port.of('message');
  const [edit] = near.port.of('edit');
  assert.equal(edit?.target, said?.native);
  assert.equal(toPlainText(edit?.body ?? []), 'two');
  assert.equal(recall.kind === 'recall' && recall.target, said?.native);
  await far.wx.say('dm-id-ann', 'Ann', 'psst');
  const room = actions.direct!('id-ann', { name: 'x', account: 'y', user: 'z' });
  await near.port.until(({ events }) => events.find((event) => event.room === room));
  await actions.send({ room, token: 't', body: [{ type: 'text', text: 'yes?' }], at: clock.now(), hops: [] });
  await far.wx.hasSent(1);
  assert.deepEqual(far.wx.sent, ['dm-id-ann: yes?']);
});

test('what was said while the one hub was down comes when it is back, once and in order', async () => {
  await using far = await openSatoriFace();
  const token = await far.token('hub');
  const port = new FakePort();
  {
    await using near = runAccount(far.url, token, port);
    await near.online();
    await far.wx.say('r1', 'Ann', 'before');
    await port.until(() => near.texts().length === 1 || undefined);
  }
  for (let count = 0; count < 120; count += 1) await far.wx.say('r1', 'Ann', `missed ${count}`);
  await using near = runAccount(far.url, token, port);
  await port.until(() => near.texts().length >= 121 || undefined);
  assert.deepEqual(near.texts(), ['before', ...Array.from({ length: 120 }, (_, count) => `missed ${count}`)]);
});

test('pictures go through the media stores of both', async () => {
  await using farMedia = await createMediaStore();
  await using nearMedia = await createMediaStore();
  await using far = await openSatoriFace({ media: farMedia.store });
  const port = new FakePort();
  port.media = nearMedia.store;
  await using near = runAccount(far.url, await far.token('hub'), port);
  const { actions } = await near.online();
  const { url } = await nearMedia.store.save(pieces(samples.png), { name: 'red.png' });
  await actions.send({
    room: 'r1',
    token: 't',
    body: [{ type: 'image', url: nearMedia.store.resolve(url), name: 'red.png' }],
    at: clock.now(),
    hops: [],
  });
  const [event] = await far.hub.history('wx/r1', undefined, 1);
  const [picture] = event?.kind === 'message' ? event.body : [];
  assert.equal(picture?.type, 'image');
  const id = farMedia.store.idOf(picture?.type === 'image' ? picture.url : '');
  assert.equal((await farMedia.store.find(id!))?.mime, 'image/png');
});

async function* pieces(bytes: Buffer) {
  yield bytes;
}
