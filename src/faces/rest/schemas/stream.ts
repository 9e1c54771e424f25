/** How events are followed: pages of the long poll, frames of the WebSocket, consumers that acknowledge. */
import { z } from 'zod';
import { eventSchema } from './event.ts';
import { cursorSchema, timeSchema } from './values.ts';

export const eventPageSchema = z
  .object({
    events: z.array(eventSchema),
    cursor: cursorSchema.describe('Where to go on: `after` of the next request.'),
    gap: z
      .boolean()
      .describe('Events between the cursor that was asked for and the first of these are no longer kept.'),
  })
  .meta({ id: 'EventPage' });

/** What the server sends on a WebSocket, one to a text frame. */
export const streamFrameSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('event'), event: eventSchema }),
    z
      .object({ type: z.literal('gap'), cursor: cursorSchema })
      .describe('Events before this place are no longer kept.'),
    z
      .object({ type: z.literal('cursor'), cursor: cursorSchema })
      .describe('Nothing for this filter up to here: resume from it.'),
    z.object({ type: z.literal('acknowledged'), cursor: cursorSchema }),
    z.object({ type: z.literal('refused'), code: z.string(), detail: z.string() }),
  ])
  .meta({ id: 'StreamFrame' });

/** What a client may send on a WebSocket. */
export const clientFrameSchema = z
  .object({ type: z.literal('ack'), cursor: cursorSchema })
  .meta({ id: 'ClientFrame', description: 'Acknowledges for the consumer that the connection named.' });

export const consumerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .meta({ id: 'ConsumerName' });

export const consumerSchema = z
  .object({
    name: consumerNameSchema,
    owner: z.string().describe('The token or user that it belongs to.'),
    cursor: cursorSchema.describe('Everything up to here was acknowledged.'),
    changedAt: timeSchema,
  })
  .meta({ id: 'Consumer' });

export const acknowledgementSchema = z.object({ cursor: cursorSchema }).meta({ id: 'Acknowledgement' });

export type WireStreamFrame = z.infer<typeof streamFrameSchema>;
export type WireConsumer = z.infer<typeof consumerSchema>;
