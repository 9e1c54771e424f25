/**
 * The small values that every resource of the REST face is made of. What is in this folder is a promise to programs
 * that hutong knows nothing of: it is written down here, apart from the hub's own types, so that those can change
 * without anybody outside noticing. Fields are added; none changes its meaning or goes away within `/v1`.
 */
import { z } from 'zod';

/** A room's name of at most 1024 characters, none of them a control character. */
const roomPattern = /^[ -~\u00a0-\uffff]{1,1024}$/;

export const accountIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/)
  .max(100)
  .meta({ id: 'AccountId', description: 'The name of an account, as in hutong.yaml.', examples: ['house'] });

export const roomRefSchema = z
  .templateLiteral([z.string().regex(/^[a-z][a-z0-9-]*$/), '/', z.string().regex(roomPattern)])
  .meta({
    id: 'RoomRef',
    description: 'A room: `account/room`, split at the first `/`. The room part is its network’s own id.',
    examples: ['house/lobby', 'jabber/tea@conference.example.org'],
  });

export const eventIdSchema = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: 'EventId', description: 'The hub’s id of a message or other event; the same in every room.' });

export const cursorSchema = z
  .string()
  .regex(/^[a-z0-9]{1,32}-\d{1,16}$/)
  .meta({
    id: 'Cursor',
    description:
      'A place in the one order of all events of this hub: behind the event that carries it. Keep it as it is.',
    examples: ['k3v9x2m1q-1204'],
  });

/** A cursor, or a time that stands for the place in the order at that time. */
export const placeSchema = z.union([cursorSchema, z.iso.datetime({ offset: true })]).meta({
  id: 'Place',
  description:
    'A cursor, or a time (ISO 8601): about where the order was then, since what a network tells late comes later.',
});

export const timeSchema = z.iso.datetime({ precision: 3 }).meta({
  id: 'Time',
  description: 'ISO 8601, UTC, with milliseconds.',
  examples: ['2026-03-01T08:15:30.250Z'],
});

export const userSchema = z
  .object({
    id: z.string().describe('The network’s own id of this person, as far as it has one.'),
    name: z.string().describe('The name to show. Foreign text: it may hold anything.'),
  })
  .meta({ id: 'User' });

export type WireUser = z.infer<typeof userSchema>;
