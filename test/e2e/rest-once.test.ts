// One message, posted five times under one key, while the hub is killed in between: it must be in the room once, and in
// the linked one once.
import assert from 'node:assert/strict';
import test from 'node:test';
import { RestHub } from './rest-hub.ts';

test('a message posted five times with one key, over a hub that is killed, is sent once', async () => {
  await using hub = await RestHub.start();
  const bot = await hub.token('bot', ['read', 'send']);
  const body = { room: 'house/lobby', text: 'only once' };
  const post = (query = '') => hub.ask(bot, 'POST', `/v1/messages${query}`, body, 'the-key');

  const underWay = post();
  await hub.killAndStart();
  const ids = new Set([(await underWay).body.id, (await post()).body.id]);
  const again = post();
  await hub.killAndStart();
  ids.add((await again).body.id);
  ids.add((await post()).body.id);
  const last = await post('?wait=30000');
  ids.add(last.body.id);

  assert.equal(ids.size, 1);
  assert.deepEqual(
    last.body.outcome.map(({ state }: { state: string }) => state),
    ['sent', 'sent'],
  );
  for (const room of ['house/lobby', 'house/tea']) {
    const { messages } = (await hub.ask(bot, 'GET', `/v1/messages?room=${room}`)).body;
    assert.deepEqual(
      messages.map(({ text }: { text: string }) => text),
      ['only once'],
    );
  }
  const journey = (await hub.ask(bot, 'GET', `/v1/messages/${last.body.id}/journey`)).body;
  assert.equal(journey.copies.length, 2);
  const other = await hub.ask(bot, 'POST', '/v1/messages', { ...body, text: 'another' }, 'the-key');
  assert.deepEqual([other.status, other.body.code], [422, 'key-reused']);
});
