/** What servers tell and how they fail, each as the hub has to know it. */
import assert from 'node:assert/strict';
import { text as readText } from 'node:stream/consumers';
import test from 'node:test';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { ANN, CHANNEL, SatoriServer, SELF, type ServerOptions } from '../../../test/fakes/satori-server.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { toPlainText } from '../../hub/message.ts';
import { createSatoriNetwork } from './index.ts';

const clock = createSystemClock();

async function openAccount(options: ServerOptions = {}, settings: object = {}, port = new FakePort()) {
  const server = await new SatoriServer(options).listen();
  const kind = createSatoriNetwork({ clock });
  const network = kind.open('sat', kind.config.parse({ url: server.url, ...settings }));
  const stopping = new AbortController();
  port.linkRooms([CHANNEL]);
  const over = network.run(port, stopping.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    server,
    port,
    over,
    async online() {
      const session = await port.until((each) => each.session);
      if (options.history !== false) {
        await server.until(() => server.calls.some(({ method }) => method === 'message.list'));
      }
      return session;
    },
    send: async (text: string, more = {}) => {
      const { actions } = await port.until(({ session }) => session);
      const body = [{ type: 'text' as const, text }];
      return actions.send({ room: CHANNEL, token: clock.id(), body, at: clock.now(), hops: [], ...more });
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the test is over'));
      await over;
      await server[Symbol.asyncDispose]();
    },
  };
}

test('a refused token ends the account for good', async () => {
  await using world = await openAccount({ token: 'right' }, { token: 'wrong' });
  const error = await world.over;
  assert.ok(error instanceof AccountError && error.code === 'account-auth' && error.final);
});

test('a login that is not there, or not online, is tried again', async () => {
  await using world = await openAccount({}, { platform: 'other' });
  const error = await world.over;
  assert.ok(error instanceof AccountError && error.code === 'account-unreachable' && !error.final);
});

test('a login that goes offline ends the run', async () => {
  await using world = await openAccount();
  await world.online();
  world.server.push('login-updated', { login: { platform: 'fake', user: SELF, status: 4 } });
  const error = await world.over;
  assert.ok(error instanceof AccountError && error.code === 'account-unreachable');
});

test('edits, recalls, reactions, answers, comings and goings are told', async () => {
  await using world = await openAccount();
  await world.online();
  const { server, port } = world;
  const id = await server.say('one');
  await server.say('', { content: `<quote id="${id}"/>two <at id="bot"/> <b>bold</b>` });
  server.act('message-updated', id, { content: 'changed' });
  server.act('reaction-added', id, { emoji: '👍' });
  server.act('reaction-removed', id, { emoji: '👍' });
  server.act('message-deleted', id);
  const guild = { id: 'g1', name: 'Guild' };
  server.push('guild-member-added', { guild, user: { id: 'bob', name: 'Bob' } });
  server.push('guild-member-removed', { guild, user: { id: 'bob', name: 'Bob' } });
  await port.until(({ events }) => events.find(({ kind }) => kind === 'leave'));
  const kinds = port.events.map((event) => event.kind);
  assert.deepEqual(kinds, ['message', 'message', 'edit', 'reaction', 'reaction', 'recall', 'join', 'leave']);
  const [, answer] = port.of('message');
  assert.equal(answer?.replyTo?.native, id);
  assert.deepEqual(answer?.body, [
    { type: 'text', text: 'two ' },
    { type: 'mention', user: 'bot', name: 'The Bot' },
    { type: 'text', text: ' ' },
    { type: 'text', text: 'bold', marks: ['bold'] },
  ]);
  const [recall] = port.of('recall');
  assert.deepEqual([recall?.target, recall?.actor.id, recall?.moderator], [id, 'ann', undefined]);
  assert.deepEqual(
    port.of('reaction').map(({ emoji, added }) => [emoji, added]),
    [
      ['👍', true],
      ['👍', false],
    ],
  );
});

test('a private conversation is one room, whoever begins it', async () => {
  await using world = await openAccount();
  const { actions } = await world.online();
  const room = actions.direct!(ANN.id, { name: 'x', account: 'y', user: 'z' });
  await world.send('hello', { room });
  await world.server.say('hi', { direct: true });
  const report = await world.port.until((port) => port.of('message')[0]);
  assert.deepEqual([report.room, toPlainText(report.body)], [room, 'hi']);
});

test('a send that becomes several messages is told back as none of anybody else', async () => {
  await using world = await openAccount({ echo: true, parts: 3 });
  await world.online();
  const { native } = await world.send('long');
  await world.server.say('after');
  await world.port.until((port) => port.of('message').find(({ own }) => !own));
  const own = world.port.of('message').filter((report) => report.own);
  assert.deepEqual(
    own.map((report) => report.native),
    [native],
  );
});

test('what a status says of a send', async () => {
  await using world = await openAccount();
  await world.online();
  const refusal = async (status: number) => {
    world.server.failWith = status;
    const error = await world.send('x').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof DeliveryError);
    return [error.outcome, error.permanent];
  };
  assert.deepEqual(await refusal(400), ['failed', true]);
  assert.deepEqual(await refusal(403), ['failed', true]);
  assert.deepEqual(await refusal(429), ['failed', false]);
  assert.deepEqual(await refusal(500), ['unknown', false]);
  assert.deepEqual(await refusal(503), ['failed', false]);
});

test('files come by way of the server where only it opens them, and go to it', async () => {
  await using media = await createMediaStore();
  const port = new FakePort();
  port.media = media.store;
  await using world = await openAccount({}, {}, port);
  const { actions } = await world.online();
  await world.server.say('', { content: '<file src="internal:fake/bot/7" title="a.txt"/>' });
  const report = await port.until(() => port.of('message')[0]);
  const [file] = report.body;
  assert.ok(file?.type === 'file' && file.name === 'a.txt');
  const opened = await media.store.open(media.store.idOf(file.url)!);
  assert.equal(await readText(opened!.stream), 'file proxy/internal:fake/bot/7');
  const body = [{ ...file, url: media.store.resolve(file.url) }];
  await actions.send({ room: CHANNEL, token: 't', body, at: clock.now(), hops: [] });
  assert.deepEqual(world.server.said(), ['<file src="internal:fake/bot/1" title="a.txt"/>']);
  const upload = world.server.calls.find(({ method }) => method === 'upload.create');
  assert.match(String(upload?.params), /filename="a.txt"[^]*file proxy\/internal:fake/);
});

test('what is no Satori is passed over, and another login’s events are nobody’s here', async () => {
  await using world = await openAccount();
  await world.online();
  const { server, port } = world;
  server.push('message-created', { message: 7 });
  server.push('message-created', { channel: { id: CHANNEL, type: 0 } });
  const message = { id: 'x', content: 'not ours' };
  const login = { platform: 'other', user: SELF, status: 1 };
  server.push('message-created', { login, channel: { id: CHANNEL, type: 0 }, user: ANN, message });
  await server.say('ours');
  const report = await port.until(() => port.of('message')[0]);
  assert.equal(toPlainText(report.body), 'ours');
  assert.ok(port.logged.some(({ level }) => level === 'warn'));
});

test('a send whose answer is lost is found, one that was not done is not, each once', async () => {
  await using world = await openAccount();
  const { actions } = await world.online();
  const find = (token: string) => actions.find!({ room: CHANNEL, token, since: 0 });
  world.server.loseAnswer = true;
  await assert.rejects(world.send('same  words', { token: 't1' }), { outcome: 'unknown' });
  world.server.failWith = 500;
  await assert.rejects(world.send('same  words', { token: 't2' }), { outcome: 'unknown' });
  assert.deepEqual(await find('t1'), { native: 'm1' });
  assert.deepEqual(await find('t1'), { native: 'm1' });
  await assert.rejects(find('t2'), { outcome: 'failed' });
  assert.equal(await find('never'), 'absent');
});

test('sends that a history has are not reported, so nobody waits for them while another is looked for', async () => {
  const port = new FakePort();
  const texts = () => port.of('message').map(({ body }) => toPlainText(body));
  await using world = await openAccount({}, {}, port);
  await world.online();
  await world.send('here I am');
  await world.server.cut();
  await world.over;
  await world.server.say('hello');
  await world.server.listen();
  const kind = createSatoriNetwork({ clock });
  const stopping = new AbortController();
  const again = kind.open('sat', kind.config.parse({ url: world.server.url })).run(port, stopping.signal);
  again.catch(() => {
    // The test ends it.
  });
  await port.until(() => (texts().includes('hello') ? true : undefined));
  assert.ok(!texts().includes('here I am'));
  stopping.abort(new Error('the test is over'));
  await assert.rejects(again);
});
