// Masks: a stanza matches when everything in the mask is in it.
import type { XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import { parseXml } from '../parse-xml.ts';
import { createMatcher, type Matcher } from './matcher.ts';

/**
 * Matches stanzas that contain the mask: the same elements with at least its attributes, texts (white space around
 * them aside) and child elements, in any order, whatever else there is.
 *
 * @param mask an element, or XML, which is in `jabber:client` where it names no namespace
 *
 * @example xmlMask('<iq type="get"><query xmlns="urn:example:custom"/></iq>')
 *
 * @throws XmppError `xmpp-matcher-invalid`
 */
export function xmlMask(mask: XmlElement | string): Matcher {
  const element = typeof mask === 'string' ? parseMask(mask) : mask;
  return createMatcher(`a mask of <${element.name}/>`, (stanza) => contains(stanza.xml, element));
}

function parseMask(mask: string): XmlElement {
  try {
    return parseXml(mask);
  } catch (cause) {
    throw new XmppError('xmpp-matcher-invalid', 'the XML mask is not one well-formed element', { cause });
  }
}

function contains(element: XmlElement, mask: XmlElement): boolean {
  if (!element.is(mask.name, mask.ns)) return false;
  const text = mask.text().trim();
  if (text !== '' && element.text().trim() !== text) return false;
  for (const [name, value] of Object.entries(mask.attributes)) {
    if (element.attr(name) !== value) return false;
  }
  return mask.elements().every((part) => element.elements().some((child) => contains(child, part)));
}
