/** What every method of the face is: what it needs, and what it does. */
import { z } from 'zod';
import type { Scope } from '../../../hub/access.ts';
import type { Clock } from '../../../hub/clock.ts';
import type { AccountStatus, HubAccess } from '../../../hub/face.ts';
import type { MediaStore } from '../../../hub/media.ts';
import { toRoomRef, type RoomRef } from '../../../hub/message.ts';
import type { Method } from '../../../wire/satori/methods.ts';
import { Failure } from '../failure.ts';
import { mayIn, type Logins, type Rights } from '../logins.ts';
import type { Messages } from '../messages.ts';
import type { Rooms } from '../rooms.ts';

export interface Parts {
  hub: HubAccess;
  clock: Clock;
  media: MediaStore;
  logins: Logins;
  rooms: Rooms;
  messages: Messages;
}

/** Who asks, and as which account. */
export interface Visitor {
  rights: Rights;
  /** Whose name stands under what is posted. */
  by: string;
  status: AccountStatus;
}

export interface Handler {
  scope: Scope;
  /** @param params as they came. Rejects with a `Failure`, a `ZodError` or an error of the hub's */
  run(params: unknown, visitor: Visitor): Promise<unknown>;
}

export type Handlers = Partial<Record<Method, Handler>>;

export function createHandler<Params>(
  scope: Scope,
  schema: z.ZodType<Params>,
  run: (params: Params, visitor: Visitor) => Promise<unknown>,
): Handler {
  return { scope, run: async (params, visitor) => run(schema.parse(params ?? {}), visitor) };
}

/** An id: some frameworks send numbers. */
export const idParam = z.union([z.string().min(1).max(2_048), z.number().transform(String)]);
export const nextParam = z.string().max(256).nullish();

/** A room of the visitor's account, if the token may do that there. @throws Failure */
export function toRoom(channel: string, scope: Scope, { rights, status }: Visitor): RoomRef {
  const room = toRoomRef(status.id, channel);
  if (!mayIn(rights, scope, room)) throw new Failure(403, `the token may not ${scope} in ${room}`);
  return room;
}
