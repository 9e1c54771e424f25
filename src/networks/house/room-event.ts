/** What happens in a room, with everything that a door may want to show of it; `toHappening` makes it ready for lines. */
import type { Quote } from '../../hub/event.ts';
import { toPlainText, type Segment } from '../../hub/message.ts';
import type { Happening } from './happening.ts';
import type { Who } from './who.ts';

/** What a message answers. */
export interface Answered {
  /** The answered message's id in this room. */
  id?: string;
  quote?: Quote;
}

export type RoomEvent =
  | {
      /** `edited`: the message has this body from now on. */
      kind: 'said' | 'edited';
      /** The message's id in this room. */
      id: string;
      who: Who;
      /** Milliseconds since the epoch. */
      at: number;
      /** Media as links that open. */
      body: readonly Segment[];
      /** Something that is done (`/me`), not said. */
      action: boolean;
      replyTo?: Answered;
    }
  | { kind: 'recalled'; id: string; /** Whose message it was, as shown. */ author?: string }
  | { kind: 'reacted'; id: string; who: Who; emoji: string; added: boolean; quote?: Quote }
  | { kind: 'entered' | 'left'; who: Who }
  | { kind: 'renamed'; who: Who; oldName: string }
  /** For doors that can show it for a moment. */
  | { kind: 'typing'; who: Who; on: boolean };

/** Undefined where lines do not show it. */
export function toHappening(event: RoomEvent): Happening | undefined {
  switch (event.kind) {
    case 'said':
    case 'edited': {
      const { who, body, action, replyTo } = event;
      const said = { kind: 'said', name: who.name, text: toPlainText(body), action } as const;
      return {
        ...said,
        ...(event.kind === 'edited' && { edited: true }),
        ...(replyTo?.quote && { quote: replyTo.quote }),
      };
    }
    case 'recalled':
      return { kind: 'recalled', ...(event.author !== undefined && { name: event.author }) };
    case 'reacted': {
      const { who, emoji, added, quote } = event;
      return { kind: 'reacted', name: who.name, emoji, added, ...(quote && { quote }) };
    }
    case 'entered':
    case 'left':
      return { kind: event.kind, name: event.who.name };
    case 'renamed':
      return { kind: 'renamed', name: event.who.name, oldName: event.oldName };
    case 'typing':
      return undefined;
  }
}
