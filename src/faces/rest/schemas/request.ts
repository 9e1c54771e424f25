/** Requests in JSON: what somebody asked of an account, and how it was answered. */
import { z } from 'zod';
import { deliveryStateSchema } from './delivery.ts';
import { answerSchema, requestSchema } from './event.ts';

const reasonLimit = 1000;

export const requestStateSchema = z
  .enum(['open', 'accepted', 'refused', 'gone'])
  .describe('`open`: nobody has answered. `gone`: it cannot be answered any more.')
  .meta({ id: 'RequestState' });

export const requestStatusSchema = z
  .object({
    request: requestSchema,
    state: requestStateSchema,
    answer: answerSchema.exactOptional().describe('How it was answered, by whom, and when.'),
    delivery: z
      .object({
        state: deliveryStateSchema,
        reason: z.string().exactOptional().describe('Why the network did not take it.'),
      })
      .exactOptional()
      .describe(
        'How far an answer given here has got. One that is `parked` or `dropped` has not reached the network: it can be answered anew.',
      ),
  })
  .meta({ id: 'RequestStatus' });

export const answerRequestSchema = z
  .object({
    accept: z.boolean(),
    reason: z
      .string()
      .min(1)
      .max(reasonLimit)
      .exactOptional()
      .describe('Why it is refused, for who asked, where the network tells it.'),
  })
  .meta({ id: 'AnswerRequest' });

export type WireRequestStatus = z.infer<typeof requestStatusSchema>;
