// What a message does to another: corrects, removes, reacts to or answers it. Reading gives the ids as they stand in
// the stanza; which sort of id that is (the sender's or the room's) depends on the act and the place.
import { xml, type XmlElement } from './element.ts';

/** @see XEP-0308 */
export const CORRECT_NS = 'urn:xmpp:message-correct:0';
/** @see XEP-0424, and its older form in XEP-0422 */
export const RETRACT_NS = 'urn:xmpp:message-retract:1';
export const RETRACT_OLD_NS = 'urn:xmpp:message-retract:0';
export const FASTEN_NS = 'urn:xmpp:fasten:0';
/** @see XEP-0425 */
export const MODERATE_NS = 'urn:xmpp:message-moderate:1';
export const MODERATE_OLD_NS = 'urn:xmpp:message-moderate:0';
/** @see XEP-0444 */
export const REACTIONS_NS = 'urn:xmpp:reactions:0';
/** @see XEP-0461 */
export const REPLY_NS = 'urn:xmpp:reply:0';
/** @see XEP-0428 */
export const FALLBACK_NS = 'urn:xmpp:fallback:0';
/** @see XEP-0334 */
export const HINTS_NS = 'urn:xmpp:hints';

/** The most reactions taken from one message, and the longest one in UTF-16 units. */
const REACTIONS_LIMIT = 32;
const REACTION_LENGTH_LIMIT = 64;

/** The `id` of the message that this one replaces. In a room that is the id its sender chose. @see XEP-0308 */
export function readCorrection(message: XmlElement): string | undefined {
  return message.child('replace', CORRECT_NS)?.attr('id') || undefined;
}

export function toCorrection(id: string): XmlElement {
  return xml('replace', { xmlns: CORRECT_NS, id });
}

export interface Retraction {
  readonly id: string;
  /** Removed by a moderator, as the room says; `by` is the moderator's occupant JID where it is told. */
  readonly moderated?: { readonly by: string | undefined };
  /** Why, in somebody's words, where they are told. */
  readonly reason?: string;
}

/** The message that this one removes. Moderation is the room's to tell: check that it comes from the room itself. */
export function readRetraction(message: XmlElement): Retraction | undefined {
  const current = message.child('retract', RETRACT_NS);
  const currentId = current?.attr('id');
  if (current && currentId) {
    const moderated = current.child('moderated', MODERATE_NS);
    return {
      id: currentId,
      ...(moderated && { moderated: { by: moderated.attr('by') } }),
      ...toReason(current.childText('reason')),
    };
  }
  const fastened = message.child('apply-to', FASTEN_NS);
  const id = fastened?.attr('id');
  if (!fastened || !id) return undefined;
  const moderated = fastened.child('moderated', MODERATE_OLD_NS);
  if (moderated?.child('retract', RETRACT_OLD_NS)) {
    return { id, moderated: { by: moderated.attr('by') }, ...toReason(moderated.childText('reason')) };
  }
  return fastened.child('retract', RETRACT_OLD_NS) ? { id } : undefined;
}

function toReason(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined || reason === '' ? {} : { reason };
}

/** A retraction in both forms, with the words that clients which know neither show. */
export function toRetraction(id: string): XmlElement[] {
  return [
    xml('retract', { xmlns: RETRACT_NS, id }),
    xml('apply-to', { xmlns: FASTEN_NS, id }, xml('retract', { xmlns: RETRACT_OLD_NS })),
    xml('fallback', { xmlns: FALLBACK_NS, for: RETRACT_NS }),
    xml('body', {}, '/me retracted a message, which your client does not show.'),
    xml('store', { xmlns: HINTS_NS }),
  ];
}

/** All reactions that the sender has on the message `id` from now on. */
export interface Reactions {
  readonly id: string;
  readonly emojis: readonly string[];
}

/** @see XEP-0444 */
export function readReactions(message: XmlElement): Reactions | undefined {
  const reactions = message.child('reactions', REACTIONS_NS);
  const id = reactions?.attr('id');
  if (!reactions || !id) return undefined;
  const emojis = reactions
    .elements('reaction')
    .map((reaction) => reaction.text())
    .filter((emoji) => emoji !== '' && emoji.length <= REACTION_LENGTH_LIMIT);
  return { id, emojis: [...new Set(emojis)].slice(0, REACTIONS_LIMIT) };
}

/** Reactions, marked so that archives keep them though they have no body. */
export function toReactions({ id, emojis }: Reactions): XmlElement[] {
  const each = emojis.map((emoji) => xml('reaction', {}, emoji));
  return [xml('reactions', { xmlns: REACTIONS_NS, id }, ...each), xml('store', { xmlns: HINTS_NS })];
}

export interface Reply {
  /** The answered message: in a room its stanza-id. */
  readonly id: string;
  /** Who said it: in a room the occupant JID. */
  readonly to: string | undefined;
}

/** @see XEP-0461 */
export function readReply(message: XmlElement): Reply | undefined {
  const reply = message.child('reply', REPLY_NS);
  const id = reply?.attr('id');
  return id ? { id, to: reply?.attr('to') } : undefined;
}

export function toReply({ id, to }: Reply): XmlElement {
  return xml('reply', { xmlns: REPLY_NS, id, to });
}

/** The mark that the body's first `length` characters (code points) stand in for a reply. */
export function toReplyFallback(length: number): XmlElement {
  const body = xml('body', { start: '0', end: String(length) });
  return xml('fallback', { xmlns: FALLBACK_NS, for: REPLY_NS }, body);
}

/**
 * Takes out of a body what only stands in for `feature`. A mark without a range is for the whole body; one whose
 * range makes no sense is not heeded.
 *
 * @see XEP-0428 §2
 */
export function splitFallback(
  message: XmlElement,
  body: string,
  feature: string,
): { body: string; fallback: string } {
  const mark = message.elements('fallback', FALLBACK_NS).find((each) => each.attr('for') === feature);
  if (!mark) return { body, fallback: '' };
  const range = mark.child('body');
  const start = range?.attr('start');
  const end = range?.attr('end');
  if (start === undefined && end === undefined) return { body: '', fallback: body };
  const characters = [...body];
  const from = Number(start ?? 0);
  const to = Number(end ?? characters.length);
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from > to || to > characters.length) {
    return { body, fallback: '' };
  }
  return {
    body: [...characters.slice(0, from), ...characters.slice(to)].join(''),
    fallback: characters.slice(from, to).join(''),
  };
}
