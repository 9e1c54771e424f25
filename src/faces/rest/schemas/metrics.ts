/** The figures that a person looks at: how each account does and did. Prometheus has its own at `/metrics`. */
import { z } from 'zod';
import { phaseSchema } from './account.ts';
import { accountIdSchema, cursorSchema, timeSchema } from './values.ts';

const beatSchema = z
  .object({
    at: timeSchema.describe('When the interval began.'),
    phase: phaseSchema.describe('The worst phase of the interval.'),
  })
  .meta({ id: 'Beat' });

const latencySchema = z
  .object({ p50Ms: z.number(), p99Ms: z.number(), count: z.int() })
  .meta({ id: 'Latency', description: 'From when a message came to when its delivery was settled as sent.' });

const accountMetricsSchema = z
  .object({
    account: accountIdSchema,
    phase: phaseSchema,
    beats: z.array(beatSchema).describe('The last 60 intervals, oldest first.'),
    latency: latencySchema
      .exactOptional()
      .describe('Of the last deliveries to this account; missing without any.'),
    received: z.int().describe('Messages that came from it since the start.'),
    sent: z.int().describe('Deliveries to it since the start.'),
    waiting: z.int().describe('Deliveries that wait in its lanes.'),
    parked: z.int().describe('Deliveries to it that are parked or of unknown outcome.'),
  })
  .meta({ id: 'AccountMetrics' });

const linkMetricsSchema = z
  .object({ name: z.string(), perMinute: z.number().describe('Messages of the last minutes, a minute.') })
  .meta({ id: 'LinkMetrics' });

export const metricsSchema = z
  .object({
    startedAt: timeSchema,
    beatMs: z.int().describe('How long an interval of the beats is, milliseconds.'),
    head: cursorSchema.describe('The place behind the newest event.'),
    accounts: z.array(accountMetricsSchema),
    links: z.array(linkMetricsSchema),
  })
  .meta({ id: 'Metrics' });

export const hubSchema = z
  .object({
    id: z.string().describe('This hub’s id; every cursor of its begins with it.'),
    version: z.string(),
    head: cursorSchema.describe('The place behind the newest event.'),
  })
  .meta({ id: 'Hub' });

export type WireMetrics = z.infer<typeof metricsSchema>;
