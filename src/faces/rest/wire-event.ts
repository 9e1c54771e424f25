/** The hub's events in the JSON that programs read. Written out field by field: nothing inside gets out by accident. */
import type { AnswerEvent, EventKind, HubEvent, MessageEvent, RequestEvent } from '../../hub/event.ts';
import type { Delivery, Journey } from '../../hub/journal.ts';
import type { MediaStore } from '../../hub/media.ts';
import { splitRoomRef, toPlainText, type Segment } from '../../hub/message.ts';
import type { Cursors } from './cursor.ts';
import type { WireDelivery, WireJourney } from './schemas/delivery.ts';
import type { WireAnswer, WireEvent, WireMessage, WireRequest } from './schemas/event.ts';
import { toTime, toWireBody, toWireUser } from './wire-body.ts';

export interface WireContext {
  readonly cursors: Cursors;
  readonly media: Pick<MediaStore, 'resolve'>;
}

export function toWireEvent(event: HubEvent, context: WireContext): WireEvent {
  switch (event.kind) {
    case 'message':
      return toWireMessage(event, context);
    case 'edit':
      return {
        ...toCommon(event, context),
        kind: event.kind,
        actor: toWireUser(event.actor),
        message: event.target,
        ...toContent(event.body, context),
      };
    case 'recall':
      return {
        ...toCommon(event, context),
        kind: event.kind,
        actor: toWireUser(event.actor),
        message: event.target,
        ...(event.moderator && { moderator: true }),
      };
    case 'reaction':
      return {
        ...toCommon(event, context),
        kind: event.kind,
        actor: toWireUser(event.actor),
        message: event.target,
        emoji: event.emoji,
        added: event.added,
      };
    case 'join':
    case 'leave':
      return {
        ...toCommon(event, context),
        kind: event.kind,
        who: toWireUser(event.who),
        ...(event.reason !== undefined && { reason: event.reason }),
      };
    case 'rename':
      return {
        ...toCommon(event, context),
        kind: event.kind,
        who: toWireUser(event.who),
        oldName: event.oldName,
      };
    case 'topic':
      return {
        ...toCommon(event, context),
        kind: event.kind,
        topic: event.topic,
        ...(event.actor && { actor: toWireUser(event.actor) }),
      };
    case 'outcome':
      return {
        ...toCommon(event, context),
        kind: event.kind,
        of: event.target,
        to: event.lane,
        state: event.state,
        ...(event.reason !== undefined && { reason: event.reason }),
      };
    case 'request':
      return toWireRequest(event, context);
    case 'answer':
      return toWireAnswer(event, context);
  }
}

export function toWireRequest(event: RequestEvent, context: WireContext): WireRequest {
  return {
    ...toCommon(event, context),
    kind: event.kind,
    ask: event.ask,
    from: toWireUser(event.from),
    ...(event.comment !== undefined && { comment: event.comment }),
    ...(event.roomName !== undefined && { roomName: event.roomName }),
    ...(event.expiresAt !== undefined && { expiresAt: toTime(event.expiresAt) }),
  };
}

export function toWireAnswer(event: AnswerEvent, context: WireContext): WireAnswer {
  return {
    ...toCommon(event, context),
    kind: event.kind,
    request: event.target,
    ask: event.ask,
    from: toWireUser(event.from),
    answer: event.answer,
    ...(event.actor && { actor: toWireUser(event.actor) }),
    ...(event.reason !== undefined && { reason: event.reason }),
  };
}

export function toWireMessage(event: MessageEvent, context: WireContext): WireMessage {
  return {
    ...toCommon(event, context),
    kind: event.kind,
    sender: toWireUser(event.sender),
    ...toContent(event.body, context),
    ...(event.action && { action: true }),
    ...(event.replyTo && { replyTo: toReply(event.replyTo) }),
    ...(event.to && { to: event.to }),
  };
}

export function toWireDelivery({ event, ...delivery }: Delivery, context: WireContext): WireDelivery {
  return { ...toDeliveryFields(delivery), event: toWireEvent(event, context) };
}

export function toWireJourney(journey: Journey, context: WireContext): WireJourney {
  return {
    event: toWireEvent(journey.event, context),
    acts: journey.acts.map((act) => toWireEvent(act, context)),
    copies: journey.copies.map(({ room, native, part }) => ({ room, native, part })),
    deliveries: journey.deliveries.map(toDeliveryFields),
  };
}

function toDeliveryFields(delivery: Omit<Delivery, 'event'>): Omit<WireDelivery, 'event'> {
  const { id, lane, state, attempts, dueAt, reason, changedAt } = delivery;
  return {
    id,
    room: lane,
    state,
    attempts,
    changedAt: toTime(changedAt),
    ...(dueAt > 0 && { dueAt: toTime(dueAt) }),
    ...(reason !== undefined && { reason }),
  };
}

function toCommon<K extends EventKind>(event: Extract<HubEvent, { kind: K }>, { cursors }: WireContext) {
  const { id, position, room, at, native, direct, postedBy } = event;
  return {
    id,
    cursor: cursors.format(position),
    account: splitRoomRef(room).account,
    room,
    at: toTime(at),
    ...(native !== undefined && { native }),
    ...(direct && { direct }),
    ...(postedBy !== undefined && { postedBy }),
  };
}

function toContent(body: readonly Segment[], context: WireContext) {
  return { body: toWireBody(body, context), text: toPlainText(body) };
}

function toReply({ id, quote }: NonNullable<MessageEvent['replyTo']>): NonNullable<WireMessage['replyTo']> {
  return {
    ...(id !== undefined && { id }),
    ...(quote && { quote: { name: quote.name, text: quote.text } }),
  };
}
