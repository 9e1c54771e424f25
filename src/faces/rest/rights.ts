/** What a caller may see and do, beyond the scope of a route: tokens may be bound to an account, or to rooms. */
import { allows, type Scope } from '../../hub/access.ts';
import type { EventFilter, Journey } from '../../hub/journal.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import type { Caller } from '../../http/authentication.ts';
import { RestError } from './problems.ts';

/** Refuses with `scope-missing`. An account as a whole is not for who is bound to rooms of it. */
export function requireAccount(caller: Caller, scope: 'read' | 'admin', account: AccountId): void {
  if (scope === 'read' ? seesAccount(caller, account) : administers(caller, account)) return;
  throw new RestError('scope-missing', `${caller.name} may not ${scope} in account ${account}`);
}

/** Refuses with `scope-missing`. */
export function requireRoom(caller: Caller, scope: Scope, room: RoomRef): void {
  if (allows(caller, scope, splitRoomRef(room).account, room)) return;
  throw new RestError('scope-missing', `${caller.name} may not ${scope} in ${room}`);
}

/** What concerns the hub as a whole is not for who is bound to a part of it. */
export function requireWhole(caller: Caller): void {
  if (isWhole(caller)) return;
  throw new RestError(
    'scope-missing',
    `${caller.name} is bound to a part of the hub, and this concerns all of it`,
  );
}

export function administers(caller: Caller, account: AccountId): boolean {
  return caller.rooms === undefined && allows(caller, 'admin', account);
}

export function isWhole(caller: Caller): boolean {
  return caller.account === undefined && caller.rooms === undefined;
}

export function seesAccount(caller: Caller, account: AccountId): boolean {
  const hasRooms = caller.rooms?.some((room) => splitRoomRef(room).account === account) ?? true;
  return hasRooms && (caller.account === undefined || caller.account === account);
}

export function seesRoom(caller: Caller, room: RoomRef): boolean {
  return allows({ ...caller, scopes: ['read'] }, 'read', splitRoomRef(room).account, room);
}

/** Whether a message was said or delivered where the caller may look. */
export function seesJourney(caller: Caller, journey: Journey): boolean {
  return (
    isWhole(caller) ||
    [journey.event.room, ...journey.deliveries.map(({ lane }) => lane)].some((room) => seesRoom(caller, room))
  );
}

/** The journey as far as it leads through rooms that the caller may look into. */
export function narrowJourney(caller: Caller, journey: Journey): Journey {
  return {
    ...journey,
    copies: journey.copies.filter(({ room }) => seesRoom(caller, room)),
    deliveries: narrowDeliveries(caller, journey.deliveries),
  };
}

/** Those of the rooms that the caller may look into. */
export function narrowDeliveries<T extends { lane: RoomRef }>(caller: Caller, deliveries: readonly T[]): T[] {
  return deliveries.filter(({ lane }) => seesRoom(caller, lane));
}

/** The events that were asked for, as far as the caller may see them. Refuses what is asked for by name and may not be seen. */
export function narrowFilter(caller: Caller, asked: EventFilter): EventFilter {
  for (const account of asked.accounts ?? []) requireAccount(caller, 'read', account);
  for (const room of asked.rooms ?? []) requireRoom(caller, 'read', room);
  const accounts = asked.accounts ?? (caller.account === undefined ? undefined : [caller.account]);
  const rooms = asked.rooms ?? caller.rooms;
  return {
    ...(accounts && { accounts }),
    ...(rooms && { rooms }),
    ...(asked.kinds && { kinds: asked.kinds }),
  };
}

/** Whose name stands under what a caller posts: a user's cannot be taken for a token's. */
export function toPoster(caller: Caller): string {
  return caller.kind === 'token' ? caller.name : `user:${caller.name}`;
}
