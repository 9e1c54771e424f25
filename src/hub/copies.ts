/**
 * The id graph at work. Every copy of a message leads to the message and to all its other copies, so an edit,
 * recall, reaction or reply that names one copy can be made on each. Here an event in the hub's words becomes the
 * calls that its target room needs, with that room's own ids in them.
 */
import { isAct, type ActEvent, type EditEvent, type HubEvent, type MessageEvent } from './event.ts';
import type { Copy, Delivery, DeliveryId, Journal, Journey } from './journal.ts';
import { splitRoomRef, textBody, type EventId, type Position, type RoomRef } from './message.ts';
import type { Author, OutgoingMessage, Receipt, Session } from './network.ts';
import {
  renderEditAsMessage,
  renderMessage,
  renderReactionAsMessage,
  renderRecallAsMessage,
  toAuthor,
  toQuote,
  type Rendered,
  type ReplyContext,
  type Target,
} from './render.ts';

/** What stands where an edit left nothing of a part that cannot be taken back. */
const emptied = '—';

/** One call on a network that a delivery needs. */
export interface Call {
  /** Which part of the message it makes; -1 where it makes none. */
  part: number;
  token: string;
  /** Making it twice is the same as making it once, so nobody has to find out whether it was made. */
  idempotent: boolean;
  /** Resolves as the network's action does. */
  make(): Promise<Receipt | void>;
}

/** What a delivery comes to. */
export type Prepared =
  | { state: 'ready'; calls: Call[]; alsoDrop?: DeliveryId }
  /** Nothing has to be called: the delivery ends, or joins the one that its message waits in. */
  | { state: 'parked' | 'dropped'; reason: string; alsoDrop?: DeliveryId };

/** Where a delivery goes and what is known there. */
export interface Place {
  journal: Journal;
  hubId: string;
  lane: RoomRef;
  session: Session;
  /** The format of the link by which events of `from` come here. */
  format(from: RoomRef): string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The names of a delivery's sends, the same at every try: `h…`, the hub, the delivery, the part. */
export function toToken(hubId: string, delivery: DeliveryId, part: number): string {
  const base = `h${hubId}-${delivery.toString(36)}`;
  return part === 0 ? base : `${base}-${part.toString(36)}`;
}

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
  } else {
    return { state: 'dropped', reason: `a ${event.kind} is not passed on` };
  }
  if (prepared.state !== 'ready') return prepared;
  // An earlier try may have got some parts through: those have copies here.
  const own = await place.journal.journey(event.id);
  const done = new Set(own ? copiesIn(own, place.lane).map((copy) => copy.part) : []);
  return { ...prepared, calls: prepared.calls.filter((call) => !done.has(call.part)) };
}

/**
 * What a reply answers. The quote is of the message as it was first said, and left out only if it was recalled
 * before the answer: what happens later must not change where a message in parts is cut when it is tried again.
 */
async function findReply(place: Place, event: MessageEvent): Promise<ReplyContext | undefined> {
  const { replyTo } = event;
  if (!replyTo) return undefined;
  const journey = replyTo.id === undefined ? undefined : await place.journal.journey(replyTo.id);
  if (!journey || journey.event.kind !== 'message') return replyTo.quote && { quote: replyTo.quote };
  const native = copiesIn(journey, place.lane)[0]?.native;
  const recalled = journey.acts.some((act) => act.kind === 'recall' && act.position < event.position);
  return {
    ...(native !== undefined && { native }),
    ...(!recalled && { quote: toQuote(journey.event) }),
  };
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

function sends(place: Place, delivery: DeliveryId, event: HubEvent, rendered: Rendered): Prepared {
  const calls = rendered.parts.map((_, part) => {
    const message = toOutgoing(place, delivery, event, rendered, part);
    return { part, token: message.token, idempotent: false, make: () => place.session.actions.send(message) };
  });
  return { state: 'ready', calls };
}

function toOutgoing(
  place: Place,
  delivery: DeliveryId,
  event: HubEvent,
  { parts, author, action, replyTo }: Rendered,
  part: number,
): OutgoingMessage {
  return {
    room: splitRoomRef(place.lane).room,
    token: toToken(place.hubId, delivery, part),
    body: parts[part] ?? [],
    ...(author && { author }),
    ...(action && { action }),
    ...(replyTo && part === 0 && { replyTo }),
    at: event.at,
    hops: [...(event.hops ?? []), place.hubId],
  };
}

async function prepareAct(place: Place, delivery: DeliveryId, act: ActEvent): Promise<Prepared> {
  const journey = await place.journal.journey(act.target);
  if (!journey || journey.event.kind !== 'message')
    return { state: 'dropped', reason: 'its message is gone' };
  const original = journey.event;
  const copies = copiesIn(journey, place.lane);
  const message = journey.deliveries.find((candidate) => candidate.lane === place.lane);
  const waits = message?.state === 'parked' || message?.state === 'unknown' ? message : undefined;
  if (waits && act.kind !== 'recall') {
    return { state: 'parked', reason: `waits for its message: ${waits.reason ?? ''}` };
  }
  if (waits && copies.length === 0) {
    return { state: 'dropped', reason: 'its message never went out', alsoDrop: waits.id };
  }
  if (copies.length === 0 && message?.state !== 'sent') {
    return { state: 'dropped', reason: 'its message was not delivered here' };
  }
  const sentAt = message?.changedAt ?? original.at;
  switch (act.kind) {
    case 'edit': {
      const { added } = await copiesOfEdits(place, journey, act.position);
      return prepareEdit(place, delivery, original, act, [...copies, ...added], sentAt);
    }
    case 'recall': {
      const { added, marked } = await copiesOfEdits(place, journey, act.position);
      const all = [...copies, ...added, ...marked];
      const prepared = prepareRecall(place, delivery, original, act, all, sentAt);
      return waits ? { ...prepared, alsoDrop: waits.id } : prepared;
    }
    case 'reaction':
      return prepareReaction(place, delivery, original, act, copies);
  }
}

/**
 * What earlier edits sent into the room beside the message's own copies: parts `added` to it where it grew, and new
 * texts, `marked`, that were sent where it could not be changed. The latter begin with a first part, the former
 * never do.
 */
async function copiesOfEdits(
  place: Place,
  journey: Journey,
  before: Position,
): Promise<{ added: Copy[]; marked: Copy[] }> {
  const edits = journey.acts.filter((act) => act.kind === 'edit' && act.position < before);
  const found = await Promise.all(edits.map((edit) => place.journal.journey(edit.id)));
  const sent = found.map((edit) => (edit ? copiesIn(edit, place.lane) : []));
  return {
    added: sent.filter(([first]) => first?.part !== 0).flat(),
    marked: sent.filter(([first]) => first?.part === 0).flat(),
  };
}

function prepareEdit(
  place: Place,
  delivery: DeliveryId,
  original: MessageEvent,
  act: EditEvent,
  copies: Copy[],
  sentAt: number,
): Prepared {
  const { actions, limits } = place.session;
  const target = toTarget(place, original);
  if (!actions.edit || copies.length === 0 || isPast(place.now, sentAt, limits.editWindowMs)) {
    return sends(place, delivery, act, renderEditAsMessage(original, act.body, target));
  }
  const edit = actions.edit.bind(actions);
  const rendered = renderMessage({ ...original, body: act.body }, undefined, target);
  // Parts that exist are changed, what the new text has more is sent, and what it has less is taken back.
  const calls: Call[] = rendered.parts.map((_, part) => {
    const message = toOutgoing(place, delivery, act, rendered, part);
    const copy = copies.find((candidate) => candidate.part === part);
    return copy
      ? {
          part: -1,
          token: message.token,
          idempotent: true,
          make: () => edit({ ...message, target: copy.native }),
        }
      : { part, token: message.token, idempotent: false, make: () => actions.send(message) };
  });
  const surplus = copies.filter((copy) => copy.part >= rendered.parts.length);
  const removals = actions.recall
    ? recalls(place, delivery, original, surplus, rendered.parts.length)
    : surplus.map((copy): Call => {
        const message = { ...toOutgoing(place, delivery, act, rendered, copy.part), body: textBody(emptied) };
        return {
          part: -1,
          token: message.token,
          idempotent: true,
          make: () => edit({ ...message, target: copy.native }),
        };
      });
  return { state: 'ready', calls: [...calls, ...removals] };
}

function prepareRecall(
  place: Place,
  delivery: DeliveryId,
  original: MessageEvent,
  act: ActEvent,
  copies: Copy[],
  sentAt: number,
): Prepared {
  const late = isPast(place.now, sentAt, place.session.limits.recallWindowMs);
  const calls = late ? [] : recalls(place, delivery, original, copies);
  if (calls.length > 0) return { state: 'ready', calls };
  return sends(place, delivery, act, renderRecallAsMessage(original, act, toTarget(place, act)));
}

/** `from` is the first number that no other call of the delivery is named by. */
function recalls(
  place: Place,
  delivery: DeliveryId,
  original: MessageEvent,
  copies: Copy[],
  from = 0,
): Call[] {
  const { actions } = place.session;
  if (!actions.recall) return [];
  const recall = actions.recall.bind(actions);
  const target = toTarget(place, original);
  const isNamed = target.carries.has('author') && !target.asSelf;
  const author = isNamed ? { author: toAuthor(original, original.sender) } : {};
  return copies.map((copy, index) => {
    const token = toToken(place.hubId, delivery, from + index);
    const room = splitRoomRef(place.lane).room;
    return {
      part: -1,
      token,
      idempotent: true,
      make: () => recall({ room, target: copy.native, token, ...author }),
    };
  });
}

function prepareReaction(
  place: Place,
  delivery: DeliveryId,
  original: MessageEvent,
  act: Extract<ActEvent, { kind: 'reaction' }>,
  copies: Copy[],
): Prepared {
  const { actions } = place.session;
  const copy = copies[0];
  if (actions.react && copy) {
    const reaction = {
      room: splitRoomRef(place.lane).room,
      target: copy.native,
      token: toToken(place.hubId, delivery, 0),
      emoji: act.emoji,
      added: act.added,
      author: toAuthor(act, act.actor) satisfies Author,
    };
    const react = actions.react.bind(actions);
    return {
      state: 'ready',
      calls: [{ part: -1, token: reaction.token, idempotent: true, make: () => react(reaction) }],
    };
  }
  if (!act.added) return { state: 'dropped', reason: 'the network shows no reactions to take back' };
  return sends(place, delivery, act, renderReactionAsMessage(original, act, act.emoji, toTarget(place, act)));
}

function toTarget(place: Place, from: HubEvent): Target {
  return {
    carries: new Set(place.session.carries),
    limits: place.session.limits,
    format: place.format(from.room),
    asSelf: from.room === place.lane,
  };
}

function copiesIn(journey: Journey, room: RoomRef): Copy[] {
  return journey.copies.filter((copy) => copy.room === room).sort((a, b) => a.part - b.part);
}

function isPast(now: number, sentAt: number, windowMs: number | undefined): boolean {
  return windowMs !== undefined && now - sentAt > windowMs;
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
