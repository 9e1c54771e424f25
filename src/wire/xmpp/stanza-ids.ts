// The marks that tell which stanza this is, whose it is and when it was sent. A mark counts only where the entity
// that is allowed to set it is known to have set it: anybody can write any of them into a message.
import { xml, type XmlElement } from './element.ts';
import { toJid } from './jid.ts';

/** @see XEP-0359 */
export const STANZA_ID_NS = 'urn:xmpp:sid:0';
/** What a room says that shows a message with the id that it was sent with. @see XEP-0045 §7.4, since 1.31 */
export const STABLE_ID = 'http://jabber.org/protocol/muc#stable_id';
/** @see XEP-0421 */
export const OCCUPANT_ID_NS = 'urn:xmpp:occupant-id:0';
/** @see XEP-0203 */
export const DELAY_NS = 'urn:xmpp:delay';

/**
 * The id that the entity `by` (a bare JID: a room, or the own account) gave the stanza. To be believed only where
 * that entity says in disco#info that it does so: then it also removes what others wrote in its name.
 *
 * @see XEP-0359 §5
 */
export function readStanzaId(stanza: XmlElement, by: string): string | undefined {
  for (const mark of stanza.elements('stanza-id', STANZA_ID_NS)) {
    const id = mark.attr('id');
    if (id && toJid(mark.attr('by'))?.toString() === by) return id;
  }
  return undefined;
}

/** The id that the sender gave the message: its origin-id, else its `id`. @see XEP-0359 §3.2 */
export function readOriginId(stanza: XmlElement): string | undefined {
  return stanza.child('origin-id', STANZA_ID_NS)?.attr('id') || stanza.attr('id') || undefined;
}

/** The mark of a message's sender for its own id. */
export function toOriginId(id: string): XmlElement {
  return xml('origin-id', { xmlns: STANZA_ID_NS, id });
}

/** The id a room gave the occupant who sent this. To be believed only of rooms that announce it. @see XEP-0421 */
export function readOccupantId(stanza: XmlElement): string | undefined {
  return stanza.child('occupant-id', OCCUPANT_ID_NS)?.attr('id') || undefined;
}

/** When a delayed stanza was sent first. */
export interface Delay {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Who says so; undefined where it isn't told. */
  readonly from: string | undefined;
}

/** The stanza's mark of delay; undefined without one, or with a time that is none. @see XEP-0203 */
export function readDelay(stanza: XmlElement): Delay | undefined {
  const mark = stanza.child('delay', DELAY_NS);
  const atMs = toTimeMs(mark?.attr('stamp'));
  return mark && atMs !== undefined ? { atMs, from: mark.attr('from') } : undefined;
}

/** A time in the form of XEP-0082, in milliseconds since the epoch; undefined for what is none. */
export function toTimeMs(stamp: string | undefined): number | undefined {
  const atMs = stamp === undefined ? Number.NaN : Date.parse(stamp);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Milliseconds since the epoch in the form of XEP-0082. */
export function toTimestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}
