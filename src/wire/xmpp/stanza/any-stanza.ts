// From the element that came over the wire to the stanza it is.
import { isStanza, type XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import { Iq } from './iq.ts';
import { Message, Presence } from './message.ts';

/** What travels by itself. */
export type AnyStanza = Iq | Message | Presence;

/**
 * The message, presence or IQ that an element is.
 *
 * @throws XmppError `xmpp-value-invalid` for any other element
 */
export function toStanza(element: XmlElement): AnyStanza {
  if (isStanza(element)) {
    if (element.name === 'iq') return Iq.wrap(element);
    return element.name === 'message' ? Message.wrap(element) : Presence.wrap(element);
  }
  throw new XmppError('xmpp-value-invalid', `<${element.name}/> is no message, presence or iq`);
}
