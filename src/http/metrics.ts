/** What Prometheus is told: the process, the accounts, the journal and the lanes. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { AccountStatus } from '../hub/face.ts';
import type { AccountState } from '../hub/network.ts';
import type { AppendTimes } from './append-times.ts';

const phases: readonly AccountState['phase'][] = [
  'connecting',
  'login',
  'online',
  'waiting',
  'failed',
  'stopped',
];

/** What the hub counts, from its start on; each only grows. */
export interface HubCounts {
  appended: number;
  duplicates: number;
  refused: number;
  sent: number;
  retried: number;
  parked: number;
  unknown: number;
  dropped: number;
}

export interface MetricsSource {
  version: string;
  accounts(): readonly AccountStatus[];
  counts(): Readonly<HubCounts>;
  readonly appendTimes: AppendTimes;
}

export interface Metrics {
  /** All of them, as Prometheus reads them. */
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

const eventCounters = [
  ['hutong_events_appended_total', 'Events written to the journal', 'appended'],
  ['hutong_events_duplicate_total', 'Events that were known already', 'duplicates'],
  ['hutong_events_refused_total', 'Events that could not be taken as they were', 'refused'],
] as const;

const outcomes = ['sent', 'retried', 'parked', 'unknown', 'dropped'] as const;

/** In a registry of their own: two hubs in one process do not mix. */
export function createMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registry.registerMetric(createInfo(source));
  registry.registerMetric(createAccountStates(source));
  registry.registerMetric(createLaneDepths(source));
  registry.registerMetric(createDeliveries(source));
  for (const [name, help, key] of eventCounters) {
    registry.registerMetric(createEventCounter(name, help, () => source.counts()[key]));
  }
  for (const metric of createAppendTimes(source.appendTimes)) registry.registerMetric(metric);
  return { render: () => registry.metrics(), contentType: registry.contentType };
}

function createInfo({ version }: MetricsSource) {
  const info = new Gauge({
    name: 'hutong_info',
    help: 'Which version runs',
    labelNames: ['version'],
    registers: [],
  });
  info.set({ version }, 1);
  return info;
}

function createAccountStates(source: MetricsSource) {
  return new Gauge({
    name: 'hutong_account_state',
    help: '1 for the state that an account is in',
    labelNames: ['account', 'network', 'state'],
    registers: [],
    collect() {
      this.reset();
      for (const { id, kind, state } of source.accounts()) {
        for (const phase of phases) {
          this.set({ account: id, network: kind, state: phase }, state.phase === phase ? 1 : 0);
        }
      }
    },
  });
}

function createLaneDepths(source: MetricsSource) {
  return new Gauge({
    name: 'hutong_lane_waiting',
    help: 'Deliveries that wait in the lanes of an account',
    labelNames: ['account'],
    registers: [],
    collect() {
      this.reset();
      for (const { id, waiting } of source.accounts()) this.set({ account: id }, waiting);
    },
  });
}

function createDeliveries(source: MetricsSource) {
  return new Counter({
    name: 'hutong_deliveries_total',
    help: 'What became of deliveries; one that is tried again counts each time',
    labelNames: ['outcome'],
    registers: [],
    collect() {
      this.reset();
      const counts = source.counts();
      for (const outcome of outcomes) this.inc({ outcome }, counts[outcome]);
    },
  });
}

function createEventCounter(name: string, help: string, count: () => number) {
  return new Counter({
    name,
    help,
    registers: [],
    collect() {
      this.reset();
      this.inc(count());
    },
  });
}

/** The three series of a histogram; its bounds are those of `AppendTimes`. */
function createAppendTimes(times: AppendTimes) {
  const name = 'hutong_append_seconds';
  const buckets = new Counter({
    name: `${name}_bucket`,
    help: 'Events that were durable within so many seconds',
    labelNames: ['le'],
    registers: [],
    collect() {
      this.reset();
      for (const { le, count } of times.buckets()) this.inc({ le }, count);
    },
  });
  return [
    buckets,
    createEventCounter(`${name}_sum`, 'Seconds that events took to become durable', () => times.sumSeconds),
    createEventCounter(`${name}_count`, 'Events that became durable', () => times.count),
  ];
}
