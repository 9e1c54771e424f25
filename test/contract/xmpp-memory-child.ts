// Run with --expose-gc: sends requests that nobody answers, lets all of them time out, and prints as JSON how much the
// heap has grown and what is still registered.
import { createWire } from '../../src/wire/xmpp/conformance/wire.ts';

const WARM_UP_REQUESTS = 20_000;
const MEASURED_REQUESTS = 100_000;
const BATCH_REQUESTS = 1000;

await using wire = await createWire({ log: () => {} });
const { client, peer } = wire;
peer.ignore();

/** @returns how many ended by a timeout */
async function ask(requests: number): Promise<number> {
  let timeouts = 0;
  for (let done = 0; done < requests; done += BATCH_REQUESTS) {
    const batch = Array.from({ length: BATCH_REQUESTS }, () =>
      client.iq
        .get({ to: 'bea@x/p', query: 'urn:silence' })
        .send({ timeoutMs: 1 })
        .catch((error: { code?: string }) => error.code),
    );
    timeouts += (await Promise.all(batch)).filter((code) => code === 'xmpp-iq-timeout').length;
  }
  return timeouts;
}

async function measureBytes(): Promise<number> {
  // Twice, with a turn of the loop before each: what a first pass lets go of may hold something else.
  for (let pass = 0; pass < 2; pass++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

await ask(WARM_UP_REQUESTS);
const before = await measureBytes();
const timeouts = await ask(MEASURED_REQUESTS);
const after = await measureBytes();
process.stdout.write(
  JSON.stringify({
    timeouts,
    grownBytes: after - before,
    handlers: client.handlers,
    unacknowledged: client.stream.unacknowledged,
  }),
);
