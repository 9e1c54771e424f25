// One element from text, for XML masks, tests and tools: read by the parser of streams, so that nothing passes here that
// would not pass there.
import type { XmlElement } from './element.ts';
import { XmlRefusedError } from './errors.ts';
import { NS } from './namespaces.ts';
import { StreamParser } from './parse.ts';
import { escapeAttribute } from './serialise.ts';

/**
 * Reads one element. Without a namespace of its own it is in `namespace`, `jabber:client` by default.
 *
 * @throws XmlRefusedError for what is no single well-formed element, or more than XMPP allows
 *
 * @example parseXml('<iq type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>').childIn('urn:xmpp:ping')
 */
export function parseXml(text: string, namespace: string = NS.client): XmlElement {
  const found: XmlElement[] = [];
  let failure: XmlRefusedError | undefined;
  let ended = false;
  const parser = new StreamParser({
    onHeader() {},
    onElement: (element) => void found.push(element),
    onEnd() {
      ended = true;
    },
    onError(error) {
      failure = error;
    },
  });
  const header = `<stream:stream xmlns='${escapeAttribute(namespace)}' xmlns:stream='${NS.stream}'>`;
  parser.feed(Buffer.from(header));
  parser.feed(Buffer.from(text));
  // Text that closes what it did not open is not one element.
  const isOpen = !ended;
  parser.feed(Buffer.from('</stream:stream>'));
  const [element] = found;
  if (!isOpen || failure !== undefined || element === undefined || found.length > 1) {
    throw new XmlRefusedError('not-well-formed', 'the text is not one well-formed element', failure);
  }
  return element;
}
