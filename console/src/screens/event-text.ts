/** An event in one line of plain text. Foreign text stays text: it is only ever put into text nodes. */
import type { WireEvent } from '../../../src/faces/rest/schemas/event.ts';
import { words } from '../i18n/words.ts';

/** Who did it. */
export function toActor(event: WireEvent): string {
  switch (event.kind) {
    case 'message':
      return event.sender.name;
    case 'edit':
    case 'recall':
    case 'reaction':
      return event.actor.name;
    case 'join':
    case 'leave':
    case 'rename':
      return event.who.name;
    case 'topic':
    case 'answer':
      return event.actor?.name ?? '';
    case 'request':
      return event.from.name;
    case 'outcome':
      return '';
  }
}

/** What was done. */
export function toLine(event: WireEvent): string {
  const text = words().event;
  switch (event.kind) {
    case 'message':
      return event.text;
    case 'edit':
      return text.edited(event.text);
    case 'recall':
      return text.recalled;
    case 'reaction':
      return event.added ? text.reacted(event.emoji) : text.unreacted(event.emoji);
    case 'join':
      return text.joined;
    case 'leave':
      return event.reason === undefined ? text.left : text.leftBecause(event.reason);
    case 'rename':
      return text.renamed(event.oldName);
    case 'topic':
      return text.topic(event.topic);
    case 'outcome':
      return text.outcome(words().delivery[event.state], event.to);
    case 'request':
      return text.asked(words().requests.asks[event.ask], event.comment);
    case 'answer':
      return words().requests.states[event.answer];
  }
}

/** What an event's journey is that of: the message that it is, or is about, or a new name itself; undefined where it has none. */
export function toJourneyId(event: WireEvent): string | undefined {
  switch (event.kind) {
    case 'message':
    case 'rename':
      return event.id;
    case 'edit':
    case 'recall':
    case 'reaction':
      return event.message;
    case 'outcome':
      return event.of;
    default:
      return undefined;
  }
}
