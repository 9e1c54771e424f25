// Whose message it is. A correction or a retraction names a message by an id that its sender chose, so anybody can name
// anybody's; whether it counts is decided here, once for all of them. What was seen is remembered for a while; about
// older messages nothing is known, and that is told.
import { Message, Presence } from '../stanza/message.ts';
import { readCorrection, readRetraction } from '../message-acts.ts';
import { MUC_USER_NS } from '../muc.ts';
import { readOriginId } from '../stanza-ids.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { createMatcher } from '../matcher/matcher.ts';
import { childOf } from './child-of.ts';
import { BoundedMap } from './bounded-map.ts';
import { StanzaIds } from './stanza-ids.ts';

const ROOMS_LIMIT = 10_000;
const DEPARTURES_LIMIT = 10_000;

/** Whether who acts on a message is who wrote it. `unknown`: the message was not seen, or is long gone. */
export type Authorship = 'same' | 'other' | 'unknown';

/** An act on an earlier message. */
export interface Act {
  /** The id of that message, as the act names it. */
  readonly id: string;
  /** Never `other`: such acts are not told. Decide by your own records where it is `unknown`. */
  readonly authorship: Authorship;
  /** The message that does it. */
  readonly message: Message;
}

const keyOf = (message: Message, id: string): string =>
  JSON.stringify([message.type === 'groupchat', message.from?.bare.toString(), id]);

/** Remembers who wrote what. Its setting is how many messages it remembers. */
export const Authors = definePlugin({
  name: 'authors',
  description: 'Who wrote which message',
  dependencies: [StanzaIds],
  defaults: { messages: 10_000 },
  init({ config, on, plugin }) {
    const ids = plugin(StanzaIds);
    const authors = new BoundedMap<string, string>(config.messages);
    const rooms = new BoundedMap<string, true>(ROOMS_LIMIT);
    // Who takes a nick that somebody left is not that somebody.
    const departures = new BoundedMap<string, number>(DEPARTURES_LIMIT);
    let departed = 0;
    const occupantOf = (from: string): string => `${from}\n${departures.get(from) ?? 0}`;

    const authorOf = (message: Message): string => {
      const from = message.from;
      const bare = from?.bare.toString() ?? '';
      if (message.type === 'groupchat') {
        return ids.occupantIdOf(message) ?? occupantOf(from?.toString() ?? '');
      }
      // In a room everybody's bare address is the room's.
      const isPrivate = rooms.has(bare) || childOf(message, 'x', MUC_USER_NS) !== undefined;
      return isPrivate ? occupantOf(from?.toString() ?? '') : bare;
    };

    on(createMatcher<Presence>('a presence in a room', isRoomPresence), (presence) => {
      rooms.set(presence.from?.bare.toString() ?? '', true);
      if (presence.type === 'unavailable') departures.set(presence.from?.toString() ?? '', ++departed);
    });
    on(createMatcher<Message>('a message', isMessage), (message) => {
      if (message.type === 'groupchat') rooms.set(message.from?.bare.toString() ?? '', true);
      const author = authorOf(message);
      const { xml } = message;
      const named = readCorrection(xml) ?? readRetraction(xml)?.id;
      // A later message with the same id takes nothing from the earlier one's author, and none proves by itself that
      // it wrote what it acts on.
      for (const id of [message.id, readOriginId(xml), ids.stanzaIdOf(message)]) {
        if (id === undefined || id === named) continue;
        const key = keyOf(message, id);
        if (!authors.has(key)) authors.set(key, author);
      }
    });

    return {
      /** Whether the sender of `message` wrote the message that it names by this id. */
      check(message: Message, id: string): Authorship {
        const author = authors.get(keyOf(message, id));
        if (author === undefined) return 'unknown';
        return author === authorOf(message) ? 'same' : 'other';
      },
    };
  },
});

function isMessage(stanza: Stanza): boolean {
  return Message.is(stanza) && stanza.type !== 'error';
}

function isRoomPresence(stanza: Stanza): boolean {
  if (!Presence.is(stanza) || (stanza.type !== undefined && stanza.type !== 'unavailable')) return false;
  return childOf(stanza, 'x', MUC_USER_NS) !== undefined;
}
