/** What every method of the face is: what it is asked, and what it answers. */
import { allows } from '../../../hub/access.ts';
import type { HubAccess } from '../../../hub/face.ts';
import type { MediaStore } from '../../../hub/media.ts';
import { toRoomRef, type RoomRef } from '../../../hub/message.ts';
import { mayIn, type Visitor } from '../door.ts';
import { Failure } from '../failure.ts';
import type { Messages } from '../messages.ts';
import type { Peers } from '../peers.ts';
import type { People } from '../people.ts';
import type { Fields } from '../protobuf.ts';
import type { Rooms } from '../rooms.ts';

export interface Parts {
  hub: HubAccess;
  media: MediaStore;
  people: People;
  peers: Peers;
  rooms: Rooms;
  messages: Messages;
}

/** The fields of the answer. Rejects with a `Failure` or an error of the hub's. */
export type Handler = (request: Fields, visitor: Visitor) => Promise<Fields>;

/** By the names of the service. */
export type Handlers = Readonly<Record<string, Handler>>;

/** A field that is a text, however the client set it. */
export function textOf(request: Fields, field: string): string {
  const value = request[field];
  return typeof value === 'string' ? value.toWellFormed() : '';
}

export function textsOf(request: Fields, field: string): string[] {
  const value = request[field];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function numberOf(request: Fields, field: string): number {
  const value = request[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** A message within the message. */
export function fieldsOf(request: Fields, field: string): Fields | undefined {
  const value = request[field];
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

/** @throws Failure PERMISSION_DENIED */
export function requireSend({ caller, account }: Visitor): void {
  if (allows(caller, 'send', account)) return;
  throw new Failure('PERMISSION_DENIED', `the token "${caller.name}" may not speak as ${account}`);
}

/** A room of the bot's account that its token may use. @throws Failure NOT_FOUND */
export function toRoom(id: string, visitor: Visitor): RoomRef {
  const room = toRoomRef(visitor.account, id);
  if (id !== '' && mayIn(visitor, 'read', room)) return room;
  throw new Failure('NOT_FOUND', `there is no room "${id}" for this token`);
}
