// Clients that follow and hardly read: thirty that take a byte a second or nothing at all, while megabytes pass. They must
// cost the hub no memory to speak of, and nobody else any time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';
import { openEventStream } from '../fakes/event-clients.ts';
import { inParallel, RestHub } from './rest-hub.ts';

const clients = 30;
const messages = 1_500;
/** All of them are 25 MB of events for each client: three quarters of a gigabyte if they were kept for them. */
const text = 'x'.repeat(8_000);
const growthLimitMiB = 200;

test('clients that read a byte a second cost little and hold up nobody', async () => {
  await using hub = await RestHub.start();
  const reader = await hub.token('reader', ['read']);
  const poster = await hub.token('poster', ['send']);
  const url = new URL(await hub.url());
  /** Posts them all, while one program follows at full speed. */
  const pass = async () => {
    await using stream = await openEventStream(`${url.origin}/v1/events/sse?kind=message`, reader);
    const following = (async () => {
      for (let number = 0; number < messages; number += 1) await stream.next();
    })();
    await inParallel(messages, 16, async () => {
      await hub.ask(poster, 'POST', '/v1/messages', { room: 'house/lobby', text });
    });
    await following;
  };
  // What the load itself costs is not what is asked for here.
  await pass();
  const before = await hub.residentMiB();

  const slow = Array.from({ length: clients }, () => connect(Number(url.port), url.hostname));
  for (const socket of slow) {
    socket.write(
      `GET /v1/events/sse HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${reader}\r\n\r\n`,
    );
    await once(socket, 'readable');
  }
  const readers = slow.map((socket) => setInterval(() => socket.read(1), 1_000));
  try {
    await pass();
    const growth = (await hub.residentMiB()) - before;
    assert.ok(growth < growthLimitMiB, `${growth.toFixed()} MiB more`);
  } finally {
    for (const reading of readers) clearInterval(reading);
    for (const socket of slow) socket.destroy();
  }
});
