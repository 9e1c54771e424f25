/** What programs send to speak, edit, recall and react, and what they are answered. */
import { z } from 'zod';
import { outcomeStateSchema } from './event.ts';
import { segmentSchema } from './segment.ts';
import { cursorSchema, eventIdSchema, roomRefSchema } from './values.ts';

/** Segments of one body. */
const bodyLimit = 500;
const textLimit = 100_000;

/** Text or body: one of them. */
const contentSchema = z.object({
  text: z
    .string()
    .min(1)
    .max(textLimit)
    .exactOptional()
    .describe('Plain text; the short way of a `body` of one text.'),
  body: z.array(segmentSchema).min(1).max(bodyLimit).exactOptional(),
});

export const postSchema = contentSchema
  .extend({
    room: roomRefSchema.describe('Where to say it. It also goes to the rooms that are linked with it.'),
    replyTo: eventIdSchema.exactOptional().describe('The message that it answers.'),
  })
  .meta({ id: 'Post', description: 'A message to be sent. `text` or `body`: exactly one of them.' });

const deliveryOutcomeSchema = z
  .object({
    room: roomRefSchema,
    state: z.union([outcomeStateSchema, z.enum(['pending', 'sending'])]),
    reason: z.string().exactOptional().describe('Why it was not sent yet, or will not be.'),
  })
  .meta({ id: 'DeliveryOutcome' });

export const acceptedSchema = z
  .object({
    id: eventIdSchema.describe('The id of the message, edit, recall, reaction or answer.'),
    cursor: cursorSchema.describe('Its place among the events: what happens to it comes behind.'),
    outcome: z
      .array(deliveryOutcomeSchema)
      .exactOptional()
      .describe('What became of it in each room, if it was waited for and is known.'),
  })
  .meta({ id: 'Accepted', description: 'It is in the journal, and goes out whatever happens to the hub.' });

export const editRequestSchema = contentSchema.meta({
  id: 'EditRequest',
  description: 'The whole new body. `text` or `body`: exactly one of them.',
});

export const typingSchema = z
  .object({ room: roomRefSchema, on: z.boolean().default(true) })
  .meta({ id: 'Typing' });

export type WireAccepted = z.infer<typeof acceptedSchema>;
export type WirePost = z.input<typeof postSchema>;
