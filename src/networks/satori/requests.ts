/** What people ask of the login, and the methods by which it is answered: a request goes by its message's id. */
import { z } from 'zod';
import { DeliveryError } from '../../hub/errors.ts';
import type { Ask } from '../../hub/event.ts';
import type { OutgoingAnswer } from '../../hub/network.ts';
import type { ApiClient } from '../../wire/satori/api-client.ts';
import type { SatoriEvent } from '../../wire/satori/events.ts';
import type { Method } from '../../wire/satori/methods.ts';
import { toDeliveryError } from './failures.ts';
import { toDirectRoom } from './places.ts';

const ASKS: ReadonlyMap<string, Ask> = new Map([
  ['friend-request', 'contact'],
  ['guild-request', 'invite'],
  ['guild-member-request', 'join'],
]);

export const APPROVALS = {
  contact: 'friend.approve',
  invite: 'guild.approve',
  join: 'guild.member.approve',
} as const satisfies Record<Ask, Method>;

export interface Asked {
  ask: Ask;
  room: string;
  request: string;
}

/** Undefined where the event is no request that can be answered. */
export function toAsked({ type, user, operator, message, guild, channel }: SatoriEvent): Asked | undefined {
  const ask = ASKS.get(type);
  const who = user ?? operator ?? message?.user;
  if (ask === undefined || !message || !who) return undefined;
  const request = `${ask}:${message.id}`;
  if (ask === 'contact') return { ask, room: toDirectRoom(who.id), request };
  const room = channel?.id ?? guild?.id;
  return room === undefined ? undefined : { ask, room, request };
}

/** See `Actions.answer`. @param can what the login can do, by what its server says */
export async function answer(
  client: ApiClient,
  can: (method: Method) => boolean,
  { ask, request, accepted, reason }: OutgoingAnswer,
): Promise<void> {
  const method = APPROVALS[ask];
  if (!can(method)) {
    throw new DeliveryError('failed', `the server has no ${method}`, { permanent: true });
  }
  try {
    const message_id = request.slice(ask.length + 1);
    await client.call(method, { message_id, approve: accepted, comment: reason ?? '' }, z.unknown());
  } catch (error) {
    throw toDeliveryError(error);
  }
}
