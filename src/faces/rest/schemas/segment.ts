/** What a message's body is made of, in JSON. `body.ts` turns it into the hub's segments and back. */
import { z } from 'zod';
import { userSchema } from './values.ts';

/** Longest text of one segment that is taken, characters; what a network takes is told by its limits. */
const textLimit = 100_000;
const nameLimit = 1000;
const urlLimit = 8192;

const textSegment = z.object({
  type: z.literal('text'),
  text: z.string().max(textLimit),
  marks: z.array(z.enum(['bold', 'italic', 'strike', 'code', 'preformatted', 'quote'])).exactOptional(),
});

const mentionSegment = z.object({
  type: z.literal('mention'),
  user: z
    .string()
    .max(nameLimit)
    .describe('The network’s id of the person in the room the message comes from; `all` is everyone there.'),
  name: z.string().max(nameLimit).describe('The name as it was written, without the `@`.'),
});

const mediaSegment = z.object({
  type: z.enum(['image', 'audio', 'video', 'file']),
  url: z
    .string()
    .max(urlLimit)
    .describe('An address that opens it, or `media:ID/NAME`, as an upload answers it.'),
  name: z.string().max(nameLimit).exactOptional(),
  mime: z
    .string()
    .max(nameLimit)
    .exactOptional()
    .describe('The content type as the network told it; not proved.'),
  sizeBytes: z.int().min(0).exactOptional(),
  alt: z.string().max(nameLimit).exactOptional().describe('What it shows, in words.'),
});

const emojiSegment = z.object({
  type: z.literal('emoji'),
  text: z.string().max(nameLimit).describe('What it says where it cannot be shown.'),
  url: z.string().max(urlLimit).exactOptional(),
});

const forwardSegment = z.object({
  type: z.literal('forward'),
  title: z.string().max(nameLimit).exactOptional(),
  messages: z.array(
    z.object({
      sender: userSchema,
      at: z.iso.datetime({ offset: true }).exactOptional(),
      get body() {
        return z.array(segmentSchema);
      },
    }),
  ),
});

const placeSegment = z.object({
  type: z.literal('place'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: z.string().max(nameLimit).exactOptional(),
});

const cardSegment = z.object({
  type: z.literal('card'),
  title: z.string().max(nameLimit),
  text: z.string().max(textLimit).exactOptional(),
  url: z.string().max(urlLimit).exactOptional(),
});

export const segmentSchema = z
  .discriminatedUnion('type', [
    textSegment,
    mentionSegment,
    mediaSegment,
    emojiSegment,
    forwardSegment,
    placeSegment,
    cardSegment,
  ])
  .meta({ id: 'Segment', description: 'A piece of a message. A body is a flat list of them, in order.' });

export type WireSegment = z.infer<typeof segmentSchema>;
