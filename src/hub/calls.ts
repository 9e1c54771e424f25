/**
 * The calls that a delivery makes on a network, and what they are made of: the message as its room can show it, with
 * that room's own ids in it, under names that are the same at every try.
 */
import type { HubEvent, MessageEvent } from './event.ts';
import type { Copy, DeliveryId, Journal, Journey } from './journal.ts';
import { splitRoomRef, type RoomRef } from './message.ts';
import type { OutgoingMessage, Receipt, Session } from './network.ts';
import { toQuote, type Rendered, type ReplyContext, type Target } from './render.ts';

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
  /** See `MediaStore.resolve`. */
  toLink(url: string): string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The names of a delivery's sends, the same at every try: `h…`, the hub, the delivery, the part. */
export function toToken(hubId: string, delivery: DeliveryId, part: number): string {
  const base = `h${hubId}-${delivery.toString(36)}`;
  return part === 0 ? base : `${base}-${part.toString(36)}`;
}

/** The delivery that a token of this hub names; undefined for any other text. */
export function toDelivery(hubId: string, token: string): DeliveryId | undefined {
  const prefix = `h${hubId}-`;
  const digits = token.startsWith(prefix) ? token.slice(prefix.length).split('-')[0] : undefined;
  const id = digits === undefined ? Number.NaN : Number.parseInt(digits, 36);
  return Number.isSafeInteger(id) && id > 0 && id.toString(36) === digits ? id : undefined;
}

/**
 * What a reply answers. The quote is of the message as it was first said, and left out only if it was recalled
 * before the answer: what happens later must not change where a message in parts is cut when it is tried again.
 */
export async function findReply(place: Place, event: MessageEvent): Promise<ReplyContext | undefined> {
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

export function sends(place: Place, delivery: DeliveryId, event: HubEvent, rendered: Rendered): Prepared {
  const calls = rendered.parts.map((_, part) => {
    const message = toOutgoing(place, delivery, event, rendered, part);
    return { part, token: message.token, idempotent: false, make: () => place.session.actions.send(message) };
  });
  return { state: 'ready', calls };
}

export function toOutgoing(
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

export function toTarget(place: Place, from: HubEvent): Target {
  return {
    carries: new Set(place.session.carries),
    limits: place.session.limits,
    format: place.format(from.room),
    asSelf: from.room === place.lane,
    toLink: (url) => place.toLink(url),
  };
}

/** A message's copies in a room, by part. */
export function copiesIn(journey: Journey, room: RoomRef): Copy[] {
  return journey.copies.filter((copy) => copy.room === room).sort((a, b) => a.part - b.part);
}
