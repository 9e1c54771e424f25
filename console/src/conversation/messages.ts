/**
 * The messages of one conversation as a list that grows at both ends, and what edits, recalls and reactions make of
 * it. Pure: the view draws it, whoever fills it (a room's history, the web door) has its own source.
 */
import type { WireEvent, WireMessage } from '../../../src/faces/rest/schemas/event.ts';
import type { WireSegment } from '../../../src/faces/rest/schemas/segment.ts';

export interface ShownMessage {
  id: string;
  /** Its place, for paging and for order. Missing where the source has its own order. */
  cursor?: string;
  /** Milliseconds since the epoch. */
  at: number;
  name: string;
  /** Where it was said: `account/room`. */
  room: string;
  body: readonly WireSegment[];
  action: boolean;
  replyTo?: { id?: string; name?: string; text?: string };
  edited: boolean;
  recalled: boolean;
  /** By emoji, who put it there. */
  reactions: Readonly<Record<string, readonly string[]>>;
  /** Said by the person who looks. */
  own: boolean;
}

/** A message as the REST face tells it. */
export function fromWire(message: WireMessage): ShownMessage {
  const { replyTo } = message;
  return {
    id: message.id,
    cursor: message.cursor,
    at: Date.parse(message.at),
    name: message.sender.name,
    room: message.room,
    body: message.body,
    action: message.action ?? false,
    ...(replyTo === undefined
      ? {}
      : { replyTo: { ...(replyTo.id === undefined ? {} : { id: replyTo.id }), ...replyTo.quote } }),
    edited: false,
    recalled: false,
    reactions: {},
    own: false,
  };
}

/** The list with what an event did to it; the same list when it did nothing. */
export function applyEvent(messages: readonly ShownMessage[], event: WireEvent): readonly ShownMessage[] {
  switch (event.kind) {
    case 'message':
      return addNewer(messages, [fromWire(event)]);
    case 'edit':
      return change(messages, event.message, (message) => ({ ...message, body: event.body, edited: true }));
    case 'recall':
      return change(messages, event.message, (message) => ({ ...message, recalled: true, body: [] }));
    case 'reaction':
      return change(messages, event.message, (message) => ({
        ...message,
        reactions: toReactions(message.reactions, event.emoji, event.actor.name, event.added),
      }));
    default:
      return messages;
  }
}

/** Puts newer messages behind; what is there already stays as it is. */
export function addNewer(
  messages: readonly ShownMessage[],
  newer: readonly ShownMessage[],
): readonly ShownMessage[] {
  const known = new Set(messages.map((message) => message.id));
  const fresh = newer.filter((message) => !known.has(message.id));
  return fresh.length === 0 ? messages : [...messages, ...fresh];
}

/** Puts older messages before; what is there already stays as it is. */
export function addOlder(
  messages: readonly ShownMessage[],
  older: readonly ShownMessage[],
): readonly ShownMessage[] {
  const known = new Set(messages.map((message) => message.id));
  return [...older.filter((message) => !known.has(message.id)), ...messages];
}

/** The list with one message made another; the same list when it is not there. */
export function change(
  messages: readonly ShownMessage[],
  id: string,
  make: (message: ShownMessage) => ShownMessage,
): readonly ShownMessage[] {
  return messages.some((message) => message.id === id)
    ? messages.map((message) => (message.id === id ? make(message) : message))
    : messages;
}

/** Reactions with one person's emoji put on or taken off. */
export function toReactions(
  reactions: ShownMessage['reactions'],
  emoji: string,
  name: string,
  added: boolean,
): ShownMessage['reactions'] {
  const { [emoji]: before = [], ...rest } = reactions;
  const names = [...before.filter((each) => each !== name), ...(added ? [name] : [])];
  return names.length === 0 ? rest : { ...rest, [emoji]: names };
}
