/** What several routes take in their address. */
import { z } from 'zod';
import { eventKindSchema } from '../schemas/event.ts';
import { consumerNameSchema } from '../schemas/stream.ts';
import { accountIdSchema, placeSchema, roomRefSchema } from '../schemas/values.ts';

/** Values of one parameter. */
const valuesLimit = 200;

/** A parameter that may be repeated: `room=a&room=b`. */
export function repeated<T extends z.ZodType>(schema: T) {
  return z
    .union([schema.transform((value) => [value]), z.array(schema).max(valuesLimit)])
    .exactOptional()
    .describe('May be repeated.');
}

const filterQuery = {
  account: repeated(accountIdSchema),
  room: repeated(roomRefSchema),
  kind: repeated(eventKindSchema),
};

export const followQuery = {
  ...filterQuery,
  after: z
    .union([z.enum(['now', 'oldest']), placeSchema])
    .exactOptional()
    .describe('A cursor, a time, `oldest` or `now`. Without it: where the consumer stands, else now.'),
  consumer: consumerNameSchema
    .exactOptional()
    .describe('Begins where this consumer acknowledged last. One that is new begins now, or at `after`.'),
};

/** A page's size. */
export function limitQuery(most: number, usual: number) {
  return z.coerce.number().int().min(1).max(most).default(usual);
}

/** A time to wait, milliseconds. */
export function waitQuery(mostMs: number, usualMs: number) {
  return z.coerce.number().int().min(0).max(mostMs).default(usualMs);
}
