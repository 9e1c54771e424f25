/** The hub counts messages since its start; how many come in a minute is told by two counts and the time between. */
import type { WireMetrics } from '../../../../src/faces/rest/schemas/metrics.ts';

/** As many as an hour holds at the pace of the overview. */
const samplesKept = 1200;

interface Sample {
  at: number;
  received: number;
  sent: number;
}

let samples: Sample[] = [];
let startedAt = '';

/** Takes the counts as they are now. A hub that began anew counts from 0. */
export function takeSample(metrics: WireMetrics): void {
  if (metrics.startedAt !== startedAt) {
    startedAt = metrics.startedAt;
    samples = [];
  }
  const sum = (key: 'received' | 'sent') =>
    metrics.accounts.reduce((total, account) => total + account[key], 0);
  const sample = { at: Date.now(), received: sum('received'), sent: sum('sent') };
  const last = samples.at(-1);
  if (last !== undefined && sample.at - last.at < 1000) return;
  samples = [...samples.slice(1 - samplesKept), sample];
}

export interface Rates {
  /** Seconds since the epoch. */
  at: number[];
  /** Messages a minute. */
  received: number[];
  sent: number[];
}

/** Messages a minute between each two samples. */
export function toRates(): Rates {
  const rates: Rates = { at: [], received: [], sent: [] };
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1];
    if (before === undefined) continue;
    const minutes = (sample.at - before.at) / 60_000;
    rates.at.push(sample.at / 1000);
    rates.received.push(Math.max(0, sample.received - before.received) / minutes);
    rates.sent.push(Math.max(0, sample.sent - before.sent) / minutes);
  }
  return rates;
}
