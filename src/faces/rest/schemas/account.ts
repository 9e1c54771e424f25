/** Accounts in JSON: how they do, what they can, what a person has to do for their login, and their rooms. */
import { z } from 'zod';
import { accountIdSchema, roomRefSchema, timeSchema, userSchema } from './values.ts';

export const phaseSchema = z.enum(['connecting', 'login', 'online', 'waiting', 'failed', 'stopped']).meta({
  id: 'Phase',
  description:
    '`login` waits for a person, `waiting` for the next try; `failed` is not tried again until something changes.',
});

const limitsSchema = z
  .object({
    textBytes: z.number().describe('Longest text of one message, UTF-8 bytes; a longer one goes in parts.'),
    sendsPerSecond: z.number().exactOptional(),
    editWindowMs: z
      .number()
      .exactOptional()
      .describe('How long a message can be edited; missing is for ever.'),
    recallWindowMs: z.number().exactOptional(),
  })
  .meta({ id: 'Limits' });

export const loginStepSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('none') }).describe('Nothing to do.'),
    z.object({
      type: z.literal('qr'),
      data: z.string().describe('What the code holds.'),
      picture: z.string().describe('Where it is as a picture (SVG), below this server.'),
      expiresAt: timeSchema.exactOptional(),
    }),
    z.object({
      type: z.literal('code'),
      message: z.string().describe('What to type, and where it was sent.'),
      choices: z
        .array(z.string())
        .exactOptional()
        .describe('The answers there are; missing where anything can be typed.'),
    }),
  ])
  .meta({ id: 'LoginStep', description: 'What a person has to do for the account to be logged in.' });

export const loginAnswerSchema = z.object({ code: z.string().min(1).max(1000) }).meta({
  id: 'LoginAnswer',
  description: 'What the account asked for: a code from a text message, a password.',
});

export const accountSchema = z
  .object({
    id: accountIdSchema,
    network: z.string().describe('The kind of network: `house`, `xmpp`, …'),
    phase: phaseSchema,
    message: z.string().exactOptional().describe('Why it is in this phase, for people.'),
    since: timeSchema.describe('When the phase last changed.'),
    heardAt: timeSchema.exactOptional().describe('When the network was last heard from.'),
    self: userSchema.exactOptional().describe('The account itself, as its network knows it.'),
    capabilities: z
      .array(z.string())
      .describe(
        'What it can do: `send`, `edit`, `recall`, `react`, `typing`, `rooms`, `members`, `answer`, … Empty while it is not online.',
      ),
    limits: limitsSchema.exactOptional(),
    login: loginStepSchema,
    waiting: z.int().describe('Deliveries that wait in its lanes.'),
  })
  .meta({ id: 'Account' });

export const roomSchema = z
  .object({
    room: roomRefSchema,
    name: z.string(),
    direct: z.literal(true).exactOptional().describe('Somebody talks with the account alone there.'),
    links: z.array(z.string()).describe('The names of the links that it is in.'),
  })
  .meta({ id: 'Room' });

export type WireAccount = z.infer<typeof accountSchema>;
export type WireRoom = z.infer<typeof roomSchema>;
export type WireLoginStep = z.infer<typeof loginStepSchema>;
