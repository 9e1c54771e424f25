/**
 * The id graph at work. Every copy of a message leads to the message and to all its other copies, so an edit,
 * recall, reaction or reply that names one copy can be made on each. Here an event in the hub's words becomes the
 * calls that its target room needs.
 */
import { prepareAct } from './acts.ts';
import { copiesIn, findReply, sends, toTarget, toToken, type Place, type Prepared } from './calls.ts';
import { isAct, type AnswerEvent, type EditEvent, type HubEvent, type MessageEvent } from './event.ts';
import type { Delivery, DeliveryId } from './journal.ts';
import { splitRoomRef, type EventId } from './message.ts';
import type { OutgoingAnswer } from './network.ts';
import { prepareRename } from './renames.ts';
import { renderMessage, type ReplyContext } from './render.ts';

/**
 * The calls that a delivery needs. Answers at once for a message that refers to nothing, which is nearly every
 * one; else it looks into the journal. `edited` is the newest body, where an edit overtook its message.
 */
export function prepare(
  place: Place,
  delivery: Pick<Delivery, 'id' | 'event' | 'attempts'>,
  edited?: EditEvent,
): Prepared | Promise<Prepared> {
  const { event } = delivery;
  if (event.kind === 'message' && !event.replyTo && delivery.attempts === 0) {
    return toSends(place, delivery.id, event, undefined, edited);
  }
  return prepareReferring(place, delivery.id, event, edited);
}

async function prepareReferring(
  place: Place,
  delivery: DeliveryId,
  event: HubEvent,
  edited: EditEvent | undefined,
): Promise<Prepared> {
  let prepared: Prepared;
  if (event.kind === 'message') {
    prepared = toSends(place, delivery, event, await findReply(place, event), edited);
  } else if (isAct(event)) {
    prepared = await prepareAct(place, delivery, event);
  } else if (event.kind === 'rename') {
    prepared = prepareRename(place, delivery, event);
  } else if (event.kind === 'answer') {
    return toAnswerCall(place, delivery, event);
  } else {
    return { state: 'dropped', reason: `a ${event.kind} is not passed on` };
  }
  if (prepared.state !== 'ready') return prepared;
  // An earlier try may have got some parts through: those have copies here.
  const own = await place.journal.journey(event.id);
  const done = new Set(own ? copiesIn(own, place.lane).map((copy) => copy.part) : []);
  return { ...prepared, calls: prepared.calls.filter((call) => !done.has(call.part)) };
}

/** The answer to a request. It is made again where its outcome is not known: the network says if that is too late. */
function toAnswerCall(place: Place, delivery: DeliveryId, event: AnswerEvent): Prepared {
  const { actions } = place.session;
  if (!actions.answer) return { state: 'parked', reason: 'requests cannot be answered on this connection' };
  const answer = actions.answer.bind(actions);
  const token = toToken(place.hubId, delivery, 0);
  const { request, ask, reason } = event;
  const outgoing: OutgoingAnswer = {
    room: splitRoomRef(place.lane).room,
    request,
    ask,
    accepted: event.answer === 'accepted',
    ...(reason !== undefined && { reason }),
    token,
  };
  return { state: 'ready', calls: [{ part: -1, token, idempotent: true, make: () => answer(outgoing) }] };
}

function toSends(
  place: Place,
  delivery: DeliveryId,
  event: MessageEvent,
  reply: ReplyContext | undefined,
  edited: EditEvent | undefined,
): Prepared {
  const said = edited ? { ...event, body: edited.body } : event;
  return sends(place, delivery, said, renderMessage(said, reply, toTarget(place, event)));
}

/** The message that an event refers to, whose copy it needs: what it acts on or answers. */
export function dependsOn(event: HubEvent): EventId | undefined {
  switch (event.kind) {
    case 'edit':
    case 'recall':
    case 'reaction':
      return event.target;
    case 'message':
      return event.replyTo?.id;
    default:
      return undefined;
  }
}
