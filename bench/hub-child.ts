/**
 * The hub under measurement, a process of its own: the hub, its SQLite journal, the house and XMPP accounts, put
 * together as `src/main.ts` does it, with settings that the configuration file does not have (trimming every
 * second), and with ears for what only the process itself can measure.
 *
 * Gets a `HubRequest` at a time from its parent and answers each.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openSqliteJournal } from '../src/engines/sqlite/sqlite-journal.ts';
import { createSystemClock } from '../src/hub/clock.ts';
import type { AccountPlan } from '../src/hub/accounts.ts';
import { Hub, type HubSettings } from '../src/hub/hub.ts';
import { createLink } from '../src/hub/links.ts';
import type { RoomRef } from '../src/hub/message.ts';
import type { NetworkKind } from '../src/hub/network.ts';
import type { Log } from '../src/hub/log.ts';
import { createHouseNetwork } from '../src/networks/house/index.ts';
import { createXmppNetwork } from '../src/networks/xmpp/index.ts';

export interface HubChildPlan {
  /** Where the journal is. */
  folder: string;
  settings: HubSettings;
  /** Each account's settings as in the configuration file, by its id. */
  accounts: Readonly<Record<string, { network: 'house' | 'xmpp' } & Readonly<Record<string, unknown>>>>;
  /** The rooms of each link. */
  links: readonly (readonly RoomRef[])[];
}

export type HubRequest = { start: HubChildPlan } | 'sample' | 'watch-loop' | 'stop';

/** What each request is answered with. */
export interface HubSample {
  /** What the accounts say of themselves, once all are online: the house tells where it listens. */
  states: Readonly<Record<string, string>>;
  rssBytes: number;
  heapUsedBytes: number;
  /** Events appended and deliveries sent since the start. */
  appended: number;
  sent: number;
  /** How late the event loop was since `watch-loop`, 99th percentile, milliseconds. */
  loopDelayP99Ms: number;
}

/** A finer one would itself be most of what is measured. */
const loopResolutionMs = 1;
const onlinePollMs = 10;

// Only trouble is told: what a benchmark does is not worth a line each.
const log: Log = {
  debug() {},
  info() {},
  warn: (fields, message) => console.error('hub:', message, fields),
  error: (fields, message) => console.error('hub:', message, fields),
};

const clock = createSystemClock();
const kinds: Readonly<Record<string, NetworkKind<unknown>>> = {
  house: createHouseNetwork({ clock }),
  xmpp: createXmppNetwork({ clock }),
};
const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
let hub: Hub | undefined;
let close = async (): Promise<void> => {};

async function start({ folder, settings, accounts, links }: HubChildPlan): Promise<void> {
  const journal = await openSqliteJournal({ folder });
  const started = new Hub({ journal, clock, log, settings });
  await started.start();
  const plans = Object.entries(accounts).map(([id, { network, ...written }]): AccountPlan => {
    const kind = kinds[network]!;
    const config = kind.config.parse(written);
    return { id, kind: network, fingerprint: '', open: () => kind.open(id, config), whenUnknown: 'resend' };
  });
  await started.apply({
    accounts: plans,
    links: links.map((rooms, index) => createLink({ name: `link ${index}`, rooms })),
  });
  while (started.accounts().some(({ state }) => state.phase !== 'online')) {
    await new Promise((resolve) => setTimeout(resolve, onlinePollMs));
  }
  hub = started;
  close = async () => {
    await started.stop();
    await journal.close();
  };
}

async function handle(request: HubRequest): Promise<void> {
  if (request === 'watch-loop') {
    loop.enable();
    loop.reset();
  } else if (request === 'stop') await close();
  else if (request !== 'sample') await start(request.start);
  const { rss, heapUsed } = process.memoryUsage();
  const states = hub?.accounts().map(({ id, state }) => [id, state.message ?? '']) ?? [];
  const sample: HubSample = {
    states: Object.fromEntries(states) as Record<string, string>,
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    appended: hub?.counters.appended ?? 0,
    sent: hub?.counters.sent ?? 0,
    loopDelayP99Ms: loop.percentile(99) / 1e6,
  };
  process.send?.(sample);
  if (request === 'stop') process.disconnect?.();
}

process.on('message', (request: HubRequest) => void handle(request));
