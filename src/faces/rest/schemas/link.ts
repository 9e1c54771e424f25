/** Links in JSON, as they run now. They are changed through the configuration. */
import { z } from 'zod';
import { roomRefSchema } from './values.ts';

export const linkSchema = z
  .object({
    name: z.string(),
    rooms: z.array(roomRefSchema),
    direction: z.enum(['both', 'from-first', 'to-first']),
    format: z.string().describe('How a foreign author is shown where a network cannot show one itself.'),
    filter: z
      .object({ text: z.array(z.string()), nick: z.array(z.string()), account: z.array(z.string()) })
      .describe('Regular expressions, and accounts, whose messages stay in their room.'),
    moderation: z.boolean().describe('Whether what a moderator removes in one room goes from all.'),
    renames: z.boolean().describe('Whether the others are told of another name of somebody.'),
  })
  .meta({ id: 'Link' });

export type WireLink = z.infer<typeof linkSchema>;
