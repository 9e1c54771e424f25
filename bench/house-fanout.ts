/**
 * How many line deliveries a second the house makes with everything journaled, beside what IRC servers make that
 * keep nothing: the same clients, the same lines, the same machine, one run after the other.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteJournal } from '../src/engines/sqlite/sqlite-journal.ts';
import { Hub } from '../src/hub/hub.ts';
import type { AccountPort, AccountState, Log, Network } from '../src/hub/network.ts';
import { createSystemClock } from '../src/hub/clock.ts';
import { createHouseNetwork } from '../src/networks/house/index.ts';
import { startIrcServer } from './irc-servers.ts';
import type { LoadPlan, LoadResult } from './line-load.ts';

/** Runs a network until disposed of, in a hub or on a bare port. */
export type RunHouse = (network: Network, onState: (state: AccountState) => void) => Promise<AsyncDisposable>;

export interface FanoutOptions {
  /** Rooms of how many people to measure. */
  people: readonly number[];
  inFlight: number;
  textBytes: number;
  forMs: number;
  warmUpMs: number;
  /** How the house is run, by the name that the result is shown under. */
  houses: Readonly<Record<string, RunHouse>>;
  /** IRC servers to compare with; those not installed are left out. */
  rivals: readonly string[];
}

export interface FanoutResult {
  server: string;
  people: number;
  deliveriesPerSecond: number;
  messagesPerSecond: number;
  /** Whether all that was said arrived at everybody. */
  complete: boolean;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const statePollMs = 20;

/** The two sizes of room and the rivals of the published numbers. */
export const fanoutDefaults: FanoutOptions = {
  people: [100, 1000],
  inFlight: 64,
  textBytes: 32,
  forMs: 5000,
  warmUpMs: 1500,
  houses: { house: runOnHub, 'house without a journal': runOnBarePort },
  rivals: ['ngircd', 'inspircd'],
};

/** Measures each server with each number of people; `report` is told of each result as it comes. */
export async function benchHouseFanout(
  options: FanoutOptions,
  report: (result: FanoutResult) => void,
): Promise<FanoutResult[]> {
  const results: FanoutResult[] = [];
  const measure = async (server: string, protocol: LoadPlan['protocol'], port: number, people: number) => {
    const { inFlight, textBytes, forMs, warmUpMs } = options;
    const load = await runLoadProcess({ protocol, port, people, inFlight, textBytes, forMs, warmUpMs });
    const seconds = load.ms / 1000;
    const result = {
      server,
      people,
      deliveriesPerSecond: Math.round(load.deliveries / seconds),
      messagesPerSecond: Math.round(load.messages / seconds),
      complete: load.complete,
    };
    results.push(result);
    report(result);
  };
  for (const people of options.people) {
    for (const [name, run] of Object.entries(options.houses)) {
      await using house = await openHouse(run);
      await measure(name, 'house', house.port, people);
    }
    for (const name of options.rivals) {
      await using rival = await startIrcServer(name);
      if (rival) await measure(name, 'irc', rival.port, people);
    }
  }
  return results;
}

/** A port that accepts everything at once and keeps nothing: what the house costs by itself. */
export async function runOnBarePort(
  network: Network,
  onState: (state: AccountState) => void,
): Promise<AsyncDisposable> {
  const port: AccountPort = {
    online() {},
    receive: () => Promise.resolve(),
    state: onState,
    alive() {},
    prompt() {},
    watchRooms() {},
    history: async () => [],
    neighbours: async () => [],
    store: { get: async () => undefined, set: async () => {}, list: async () => [] },
    log: silent,
  };
  const controller = new AbortController();
  const over = network.run(port, controller.signal);
  return {
    async [Symbol.asyncDispose]() {
      controller.abort();
      await over;
    },
  };
}

/** The whole hub with its SQLite journal in a temporary folder: every message is durable before it is shown. */
export async function runOnHub(
  network: Network,
  onState: (state: AccountState) => void,
): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-house-'));
  const journal = await openSqliteJournal({ folder });
  const hub = new Hub({ journal, clock: createSystemClock(), log: silent });
  await hub.start();
  const account = {
    id: 'house',
    kind: 'house',
    fingerprint: '',
    open: () => network,
    whenUnknown: 'resend',
  } as const;
  await hub.apply({ accounts: [account], links: [] });
  const timer = setInterval(() => {
    for (const { state } of hub.accounts()) onState(state);
  }, statePollMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await hub.stop();
      await journal.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function openHouse(run: RunHouse): Promise<AsyncDisposable & { port: number }> {
  const kind = createHouseNetwork({ clock: createSystemClock() });
  const network = kind.open(
    'house',
    kind.config.parse({ telnet: { listen: '127.0.0.1:0', flood: false, backlogBytes: 268_435_456 } }),
  );
  const online = Promise.withResolvers<number>();
  const running = await run(network, (state) => {
    const port = /:(\d+)$/.exec(state.message ?? '')?.[1];
    if (state.phase === 'online' && port !== undefined) online.resolve(Number(port));
  });
  return { port: await online.promise, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

async function runLoadProcess(plan: LoadPlan): Promise<LoadResult> {
  const child = fork(new URL('./line-load.ts', import.meta.url));
  child.send(plan);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the clients ended early, with ${String(code)}`);
  });
  const [result] = (await Promise.race([once(child, 'message'), ended])) as [LoadResult];
  ended.catch(() => undefined);
  return result;
}

/** A line for people. */
export function formatFanout(result: FanoutResult): string {
  const millions = (result.deliveriesPerSecond / 1e6).toFixed(2);
  const lost = result.complete ? '' : '  (some clients were cut off)';
  return `${result.people} people, ${result.server}: ${millions} M deliveries/s, ${result.messagesPerSecond} messages/s${lost}`;
}

if (import.meta.main) await benchHouseFanout(fanoutDefaults, (result) => console.log(formatFanout(result)));
