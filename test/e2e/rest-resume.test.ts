// Two programs follow the events of a hub that is killed meanwhile, and a third one posts ten thousand messages,
// repeating what was not answered. The one that follows by server-sent events comes back each time with its last id; the
// other, which acknowledged by WebSocket, was away for all of it. Both must have every message once, in the one order
// that the hub has them in.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openEventSocket, openEventStream } from '../fakes/event-clients.ts';
import { inParallel, RestHub } from './rest-hub.ts';

const messages = 10_000;

/** Follows by server-sent events until it has so many, coming back whenever the connection ends. */
async function followAll(hub: RestHub, token: string, count: number): Promise<string[]> {
  const texts: string[] = [];
  for (let lastId = ''; texts.length < count;) {
    const url = `${await hub.url()}/v1/events/sse?kind=message&after=oldest`;
    try {
      await using stream = await openEventStream(
        url,
        token,
        lastId === '' ? {} : { 'last-event-id': lastId },
      );
      const gone = stream.ended.then(() => undefined);
      while (texts.length < count) {
        const event = await Promise.race([stream.next(), gone]);
        if (event === undefined) break;
        texts.push(event.data.text);
        lastId = event.id ?? lastId;
      }
    } catch (error) {
      // The hub is not there at this moment: it is tried again, at its next address.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return texts;
}

test('a program that was away for ten thousand messages and two kills gets what it missed, in order', async () => {
  await using hub = await RestHub.start();
  const reader = await hub.token('reader', ['read']);
  const away = await hub.token('away', ['read']);
  const poster = await hub.token('poster', ['send']);

  const following = followAll(hub, reader, messages);
  const post = async (number: number) => {
    const body = { room: 'house/lobby', text: `message ${number}` };
    const { status } = await hub.ask(poster, 'POST', '/v1/messages', body, `key-${number}`);
    assert.equal(status, 202);
  };
  const before: string[] = [];
  {
    await using socket = await openEventSocket(
      `${await hub.url()}/v1/events/ws?kind=message&consumer=main`,
      away,
    );
    await inParallel(10, 1, post);
    let cursor = '';
    for (let number = 0; number < 10; number += 1) {
      const { event } = await socket.next('event');
      before.push(event.text);
      cursor = event.cursor;
    }
    socket.send({ type: 'ack', cursor });
    await socket.next('acknowledged');
  }

  let posted = 10;
  let kills = Promise.resolve();
  await inParallel(messages - 10, 32, async (number) => {
    await post(number + 10);
    posted += 1;
    if (posted === 3_000 || posted === 7_000) kills = kills.then(() => hub.killAndStart());
  });
  await kills;

  const followed = await following;
  assert.equal(new Set(followed).size, messages, 'each message once');
  await using socket = await openEventSocket(
    `${await hub.url()}/v1/events/ws?kind=message&consumer=main`,
    away,
  );
  const missed: string[] = [];
  while (missed.length < messages - 10) missed.push((await socket.next('event')).event.text);
  assert.deepEqual([...before, ...missed], followed);
});
