/** Tokens in JSON. The secret is in one answer only: that which makes it. */
import { z } from 'zod';
import { accountIdSchema, roomRefSchema, timeSchema } from './values.ts';

/** Rooms that a token can be bound to. */
const roomsLimit = 100;

const scopeSchema = z.enum(['read', 'send', 'admin']).meta({
  id: 'Scope',
  description: '`read`: what is said, how accounts do. `send`: speak, edit, recall. `admin`: all.',
});

const tokenFields = {
  name: z.string().min(1).max(64),
  scopes: z.array(scopeSchema).min(1),
  account: accountIdSchema.exactOptional().describe('The only account that it serves.'),
  rooms: z
    .array(roomRefSchema)
    .min(1)
    .max(roomsLimit)
    .exactOptional()
    .describe('The only rooms that it serves.'),
};

export const tokenSchema = z
  .object({ ...tokenFields, createdAt: timeSchema, lastUsedAt: timeSchema.exactOptional() })
  .meta({ id: 'Token' });

export const tokenRequestSchema = z.object(tokenFields).meta({ id: 'TokenRequest' });

export const createdTokenSchema = tokenSchema
  .extend({ token: z.string().describe('The secret itself. It is not shown again.') })
  .meta({ id: 'CreatedToken' });

export const callerSchema = z
  .object({
    kind: z.enum(['token', 'user']),
    name: z.string(),
    scopes: z.array(scopeSchema),
    account: accountIdSchema.exactOptional(),
    rooms: z.array(roomRefSchema).exactOptional(),
  })
  .meta({ id: 'Caller', description: 'Who asks, and what they may do.' });

export type WireToken = z.infer<typeof tokenSchema>;
export type WireCreatedToken = z.infer<typeof createdTokenSchema>;
