/** Requests to be a contact, and invitations into groups. WeChat has no way to refuse one: who does not accept says nothing. */
import { DeliveryError } from '../../hub/errors.ts';
import type { Ask, NetworkEvent } from '../../hub/event.ts';
import type { User } from '../../hub/message.ts';
import type { OutgoingAnswer } from '../../hub/network.ts';
import type { CallError, DriverClient } from './driver-client.ts';

export interface Asked {
  ask: Exclude<Ask, 'join'>;
  /** The puppet's id of it. */
  id: string;
  room: string;
  from: User;
  at: number | undefined;
  comment?: string;
  roomName?: string;
}

export function toRequest({ ask, id, room, from, at, comment, roomName }: Asked): NetworkEvent {
  return {
    kind: 'request',
    ask,
    request: id,
    room,
    direct: true,
    from,
    ...(at !== undefined && { at }),
    ...(comment !== undefined && { comment }),
    ...(roomName !== undefined && { roomName }),
  };
}

/** See `Actions.answer`. */
export async function answerRequest(
  client: DriverClient,
  { ask, request, accepted }: OutgoingAnswer,
): Promise<void> {
  if (!accepted) return;
  try {
    await client.call(ask === 'invite' ? 'acceptRoom' : 'acceptContact', [request]);
  } catch (error) {
    const cause = error as CallError;
    if (cause.isUnknown) throw new DeliveryError('unknown', cause.message, { cause });
    throw new DeliveryError('failed', cause.message, { cause, permanent: true });
  }
}
