/**
 * The mark on a message that tells which hubs passed it on: `<hops xmlns='urn:hutong:hops:0'><hub id='…'/></hops>`,
 * oldest first. Servers and other clients let it pass unread.
 */
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';

const HOPS_NS = 'urn:hutong:hops:0';
/** Hubs read from one mark, and the longest id of one, UTF-16 units: others could write anything there. */
const HOPS_LIMIT = 32;
const HUB_ID_LIMIT = 64;

export function readHops(message: XmlElement): string[] {
  const mark = message.child('hops', HOPS_NS);
  if (!mark) return [];
  return mark
    .elements('hub')
    .slice(0, HOPS_LIMIT)
    .flatMap((hub) => {
      const id = hub.attr('id');
      return id && id.length <= HUB_ID_LIMIT ? [id] : [];
    });
}

export function toHops(hubs: readonly string[]): XmlElement | undefined {
  if (hubs.length === 0) return undefined;
  return xml('hops', { xmlns: HOPS_NS }, ...hubs.map((id) => xml('hub', { id })));
}
