/** How soon what is said in a hub is pushed to whoever listens: what is measured of every face that pushes. */
import { createFigure, median, percentile, type Figure } from './figures.ts';
import type { WebClientsPlan, WebClientsResult } from './web-clients.ts';

const messages = 500;
const everyMs = 10;
const targetMs = 5;

export type PushPlan = Pick<WebClientsPlan & { do: 'push' }, 'via' | 'port' | 'token' | 'room'>;

/** @param tell has the clients carry out a plan */
export async function benchPush(
  plan: PushPlan,
  tell: (plan: WebClientsPlan) => Promise<WebClientsResult>,
): Promise<Figure[]> {
  const { sinceSentMs = [], sinceKeptMs = [] } = await tell({ ...plan, do: 'push', messages, everyMs });
  const p50 = median(sinceKeptMs);
  return [
    createFigure('event pushed after its append, p50', toMs(p50), `< ${targetMs} ms`, p50 < targetMs),
    { what: 'event pushed after its POST was sent, p50', value: toMs(median(sinceSentMs)) },
    { what: 'event pushed after its POST was sent, p99', value: toMs(percentile(sinceSentMs, 0.99)) },
  ];
}

function toMs(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
