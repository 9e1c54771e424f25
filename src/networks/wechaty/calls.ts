/** What each call of the driver answers. */
import { z } from 'zod';
import {
  contactSchema,
  linkSchema,
  locationSchema,
  memberSchema,
  miniProgramSchema,
  roomSchema,
} from './payloads.ts';
import type { Method } from './protocol.ts';

const ids = z.array(z.string());
/** A puppet that tells no id of what it sent tells nothing, or something else. */
const sent = z.string().min(1).optional().catch(undefined);

export const RESULTS = {
  start: z.unknown(),
  ping: z.unknown(),
  ding: z.unknown(),
  logout: z.unknown(),
  contact: contactSchema,
  contacts: ids,
  room: roomSchema,
  rooms: ids,
  members: ids,
  member: memberSchema,
  sharedContact: z.string(),
  location: locationSchema,
  miniProgram: miniProgramSchema,
  link: linkSchema,
  fetchFile: z.object({ name: z.string(), mime: z.string().nullish() }),
  sendText: sent,
  sendFile: sent,
  sendLink: sent,
  recall: z.boolean(),
  acceptContact: z.unknown(),
  acceptRoom: z.unknown(),
} as const satisfies Record<Method, z.ZodType>;

export type Result<Name extends Method> = z.output<(typeof RESULTS)[Name]>;
