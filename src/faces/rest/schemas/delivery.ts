/** Deliveries and the way of a message in JSON: what became of it in each room. */
import { z } from 'zod';
import { eventSchema } from './event.ts';
import { accountIdSchema, roomRefSchema, timeSchema } from './values.ts';

/** Deliveries that one call names. */
const idsLimit = 1000;

export const deliveryStateSchema = z
  .enum(['pending', 'sending', 'sent', 'unknown', 'parked', 'dropped'])
  .meta({ id: 'DeliveryState' });

const deliveryFields = {
  id: z.int().describe('Grows from delivery to delivery: page with `after`.'),
  room: roomRefSchema.describe('Where it goes.'),
  state: deliveryStateSchema,
  attempts: z.int().describe('How often it was tried and failed.'),
  dueAt: timeSchema.exactOptional().describe('Not to be tried before.'),
  reason: z.string().exactOptional().describe('Why it last failed.'),
  changedAt: timeSchema,
};

export const deliverySchema = z.object({ ...deliveryFields, event: eventSchema }).meta({ id: 'Delivery' });

export const journeySchema = z
  .object({
    event: eventSchema,
    acts: z.array(eventSchema).describe('Edits, recalls and reactions of it, in order.'),
    copies: z
      .array(
        z.object({
          room: roomRefSchema,
          native: z.string().describe('The id by which that network knows it.'),
          part: z.int().describe('0 for the first or only part.'),
        }),
      )
      .describe('Every copy of it, the original’s included.'),
    deliveries: z
      .array(z.object(deliveryFields))
      .describe('Where it went, when, how often it was tried, and why it failed.'),
  })
  .meta({ id: 'Journey' });

export const deliveryPageSchema = z
  .object({
    deliveries: z.array(deliverySchema),
    after: z.int().exactOptional().describe('Where to go on; missing when there are no more.'),
  })
  .meta({ id: 'DeliveryPage' });

export const deliveryCountSchema = z
  .object({
    room: roomRefSchema,
    waiting: z.int().describe('Pending or sending.'),
    unknown: z.int(),
    parked: z.int(),
  })
  .meta({ id: 'DeliveryCount' });

/** The ids, or all that a filter names: one of them. */
export const deliverySelectionSchema = z
  .object({
    ids: z.array(z.int().min(1)).min(1).max(idsLimit).exactOptional(),
    filter: z
      .object({
        states: z
          .array(deliveryStateSchema)
          .min(1)
          .exactOptional()
          .describe('Without it: parked and unknown.'),
        account: accountIdSchema.exactOptional(),
        room: roomRefSchema.exactOptional(),
      })
      .exactOptional(),
  })
  .meta({ id: 'DeliverySelection', description: '`ids` or `filter`: exactly one of them.' });

export const changedSchema = z.object({ changed: z.int() }).meta({ id: 'Changed' });

export type WireDelivery = z.infer<typeof deliverySchema>;
export type WireJourney = z.infer<typeof journeySchema>;
