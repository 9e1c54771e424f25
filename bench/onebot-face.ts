/**
 * The OneBot face under load: how many events a second ten bots can be told, how long after an event is durable each has
 * it, and what memory that takes. The hub, its journal on a disk and its web server are in this process; the bots are in a
 * thread of their own and read what they get.
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createSystemClock } from '../src/hub/clock.ts';
import { Hub } from '../src/hub/hub.ts';
import { noMedia } from '../src/hub/media.ts';
import type { Log } from '../src/hub/log.ts';
import type { AccountPort, Network } from '../src/hub/network.ts';
import { openSqliteJournal } from '../src/engines/sqlite/sqlite-journal.ts';
import { oneBotFaceConfig } from '../src/faces/onebot/config.ts';
import { createOneBotFace } from '../src/faces/onebot/index.ts';
import { createWebServer } from '../src/http/server.ts';
import { createAuthentication } from '../test/fakes/authentication.ts';
import { createFigure, median, percentile, type Figure } from './figures.ts';

const bots = 10;
const flood = 60_000;
/** Reports that wait to be durable at once. */
const underWay = 500;
const steadyPerSecond = 500;
const steadyMs = 5_000;
const tickMs = 10;
const megabyte = 1024 * 1024;
const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** What the bots' thread tells. */
export interface BotsReport {
  connected?: true;
  /** All bots have all events of this round; when each bot got each, milliseconds since the epoch. */
  done?: Float64Array[];
}

/** What it is told. */
export interface BotsOrder {
  url: string;
  token: string;
  bots: number;
}

/** An account that says what it is told to say. */
class Speaker implements Network {
  port!: AccountPort;

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    this.port = port;
    port.online({
      self: { id: 'self', name: 'self' },
      limits: { textBytes: 10_000, sendsUnderWay: 1, sendTimeoutMs: 60_000 },
      carries: [],
      actions: { send: async () => ({}), rooms: async () => [{ room: 'r', name: 'r' }] },
    });
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  }

  say(number: number): Promise<void> {
    const sender = { id: `u${number % 100}`, name: `User ${number % 100}` };
    const body = [{ type: 'text', text: `message ${number} of somebody in the room` } as const];
    return this.port.receive({ kind: 'message', room: 'r', native: `n${number}`, sender, body });
  }
}

export async function benchOneBotFace(): Promise<Figure[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-bench-'));
  const clock = createSystemClock();
  const journal = await openSqliteJournal({ folder: folder.path });
  const hub = new Hub({ journal, clock, log });
  await hub.start();
  const speaker = new Speaker();
  const account = { id: 'a', kind: 'bench', fingerprint: '', whenUnknown: 'resend' as const };
  await hub.apply({ links: [], accounts: [{ ...account, open: () => speaker }] });
  const { access, origins, authentication } = createAuthentication(journal, clock);
  const settings = oneBotFaceConfig.parse({});
  const face = createOneBotFace({ version: 'bench' }).open({
    hub,
    clock,
    log,
    journal,
    media: noMedia,
    authentication,
    origins,
    onLoopback: true,
    requestsPerMinute: 1_000_000,
    noteListening: () => {},
    settings: () => settings,
  });
  const listen = { host: '127.0.0.1', port: 0 };
  const web = await createWebServer({ listen, origins, clock, log, routes: [face] });
  const token = await access.createToken({ name: 'bench', scopes: ['read'], createdAt: clock.now() });
  const order: BotsOrder = { url: `ws://127.0.0.1:${web.address.port}/onebot/a`, token, bots };
  const worker = new Worker(new URL('./onebot-bots.ts', import.meta.url), { workerData: order });
  const told = (): Promise<BotsReport> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  try {
    await told();
    // What is compiled and cached at first use is not what is measured.
    await round(speaker, worker, told, 2_000, say);
    const startedMs = performance.now();
    const cpuBefore = process.threadCpuUsage();
    await round(speaker, worker, told, flood, say);
    const perSecond = Math.round(flood / ((performance.now() - startedMs) / 1000));
    const cpu = process.threadCpuUsage(cpuBefore);
    // What is kept in memory is full by then.
    const before = process.memoryUsage.rss();
    await round(speaker, worker, told, flood, say);
    const grown = (process.memoryUsage.rss() - before) / megabyte;
    const steady = Math.round((steadyPerSecond * steadyMs) / 1000);
    const delays = await round(speaker, worker, told, steady, sayEvenly);
    const [p50, p99] = [median(delays), percentile(delays, 0.99)];
    return [
      createFigure(
        `events a second to ${bots} bots, appended meanwhile`,
        perSecond.toLocaleString('en'),
        '≥ 5,000',
        perSecond >= 5_000,
      ),
      {
        // Says more than the rate where others want the processor, too.
        what: 'CPU of the hub’s thread an event, its appending included',
        value: `${((cpu.user + cpu.system) / flood).toFixed(0)} µs`,
      },
      {
        what: `RSS more after ${flood.toLocaleString('en')} events more, bots included`,
        value: `${grown.toFixed(0)} MiB`,
      },
      createFigure(
        `p50 from durable to a bot, at ${steadyPerSecond} a second`,
        `${p50.toFixed(1)} ms`,
        '< 5 ms',
        p50 < 5,
      ),
      { what: 'p99 of the same', value: `${p99.toFixed(1)} ms` },
    ];
  } finally {
    await worker.terminate();
    await web.close();
    await hub.stop();
    await journal.close();
  }
}

type Say = (speaker: Speaker, count: number, durable: (number: number) => void) => Promise<void>;

let next = 0;

/** Has `count` events said and waits until all bots have them. Answers how long after being durable each had each. */
async function round(
  speaker: Speaker,
  worker: Worker,
  told: () => Promise<BotsReport>,
  count: number,
  how: Say,
): Promise<number[]> {
  const durableAt = new Float64Array(count);
  worker.postMessage(count);
  const done = told();
  await how(speaker, count, (number) => (durableAt[number] = performance.timeOrigin + performance.now()));
  const arrivals = (await done).done ?? [];
  return arrivals.flatMap((of) => Array.from(of, (at, number) => at - durableAt[number]!));
}

/** As fast as the journal takes them. */
async function say(speaker: Speaker, count: number, durable: (number: number) => void): Promise<void> {
  let number = 0;
  const speak = async () => {
    while (number < count) {
      const mine = number;
      number += 1;
      next += 1;
      await speaker.say(next);
      durable(mine);
    }
  };
  await Promise.all(Array.from({ length: underWay }, speak));
}

async function sayEvenly(speaker: Speaker, count: number, durable: (number: number) => void): Promise<void> {
  const each = (steadyPerSecond * tickMs) / 1000;
  const saying: Promise<void>[] = [];
  for (let number = 0; number < count;) {
    for (let burst = 0; burst < each && number < count; burst += 1, number += 1) {
      const mine = number;
      next += 1;
      saying.push(speaker.say(next).then(() => durable(mine)));
    }
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  await Promise.all(saying);
}
