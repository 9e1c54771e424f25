// Copies of what the account's other clients send and get, as elements. Only the own account may send them: a client
// that believed others showed conversations that never were (CVE-2017-5589 and its kind).
import { XmlElement, type XmlNode } from './element.ts';
import { toJid, type Jid } from './jid.ts';
import { NS } from './namespaces.ts';
import { readDelay } from './stanza-ids.ts';

/** @see XEP-0280 */
export const CARBONS_NS = 'urn:xmpp:carbons:2';

const DIRECTIONS: ReadonlySet<string> = new Set(['sent', 'received']);

/** Of a message's children the one that makes it a copy, whoever sent it. */
export function findCarbon(children: readonly XmlNode[]): XmlElement | undefined {
  return children.find(
    (node): node is XmlElement =>
      node instanceof XmlElement && node.ns === CARBONS_NS && DIRECTIONS.has(node.name),
  );
}

/** A copy. */
export interface CarbonCopy {
  /** As it went over the wire. */
  readonly message: XmlElement;
  /** When it was sent, milliseconds since the epoch, where that is told. */
  readonly atMs: number | undefined;
}

/**
 * What a message is a copy of; undefined where it is none, and `refused` where it is not the account's own.
 *
 * @param own the account's bare address
 */
export function readCarbon(message: XmlElement, own: Jid): CarbonCopy | 'refused' | undefined {
  const carbon = findCarbon(message.children);
  if (!carbon) return undefined;
  if (toJid(message.attr('from'))?.equals(own) !== true) return 'refused';
  const forwarded = carbon.child('forwarded', NS.forward);
  const copied = forwarded?.child('message', NS.client);
  if (!forwarded || !copied) return 'refused';
  return { message: copied, atMs: readDelay(forwarded)?.atMs };
}
