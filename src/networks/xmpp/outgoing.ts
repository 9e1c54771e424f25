/**
 * From what the hub wants said to a message stanza. The token is the message's id and its origin-id: the room hands
 * both back, and the archive keeps them.
 */
import { toPlainText } from '../../hub/message.ts';
import type { OutgoingMessage } from '../../hub/network.ts';
import { xml, type XmlElement, type XmlNode } from '../../wire/xmpp/element.ts';
import { toCorrection, toReply, toReplyFallback } from '../../wire/xmpp/message-acts.ts';
import { toOriginId } from '../../wire/xmpp/stanza-ids.ts';
import { toHops } from './hops.ts';

export type MessageType = 'groupchat' | 'chat';

/** A stanza of ours with this token and payload. */
export function toStanza(
  to: string,
  type: MessageType,
  token: string,
  ...payload: readonly (XmlNode | undefined)[]
): XmlElement {
  return xml('message', { to, type, id: token }, ...payload, toOriginId(token));
}

/**
 * @param answered the occupant JID of who said the answered message, where it is known
 */
export function toMessageStanza(
  message: OutgoingMessage,
  type: MessageType,
  answered: string | undefined,
): XmlElement {
  const text = (message.action ? '/me ' : '') + toPlainText(message.body);
  const { replyTo } = message;
  const quote = replyTo?.quote ? toQuoteLines(replyTo.quote) : '';
  return toStanza(
    message.room,
    type,
    message.token,
    xml('body', {}, quote + text),
    replyTo && toReply({ id: replyTo.native, to: answered }),
    quote === '' ? undefined : toReplyFallback([...quote].length),
    toHops(message.hops),
  );
}

/** @param origin the id that the changed message was sent with */
export function toEditStanza(edit: OutgoingMessage, type: MessageType, origin: string): XmlElement {
  const text = toPlainText(edit.body);
  return toStanza(
    edit.room,
    type,
    edit.token,
    xml('body', {}, text),
    toCorrection(origin),
    toHops(edit.hops),
  );
}

function toQuoteLines(quote: { name: string; text: string }): string {
  return `${quote.name}: ${quote.text}`
    .split('\n')
    .map((line) => `> ${line}\n`)
    .join('');
}
