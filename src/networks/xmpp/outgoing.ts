/**
 * From what the hub wants said to a message stanza. The token is the message's id, and its origin-id: the one or the other
 * comes back, and is in the archive. In rooms `RoomSends` adds the origin-id, for most need none.
 */
import { toPlainText, type Segment } from '../../hub/message.ts';
import type { OutgoingMessage } from '../../hub/network.ts';
import { xml, type XmlElement, type XmlNode } from '../../wire/xmpp/element.ts';
import { toCorrection, toReply, toReplyFallback } from '../../wire/xmpp/message-acts.ts';
import { toOob } from '../../wire/xmpp/shared-files.ts';
import { toOriginId } from '../../wire/xmpp/stanza-ids.ts';
import { toHops } from './hops.ts';
import { isMedia } from './media.ts';

export type MessageType = 'groupchat' | 'chat';

/** A stanza of ours with this token and payload. */
export function toStanza(
  to: string,
  type: MessageType,
  token: string,
  ...payload: readonly (XmlNode | undefined)[]
): XmlElement {
  return xml('message', { to, type, id: token }, ...payload, type === 'chat' ? toOriginId(token) : undefined);
}

/**
 * @param answered the occupant JID of who said the answered message, where it is known
 */
export function toMessageStanza(
  message: OutgoingMessage,
  type: MessageType,
  answered: string | undefined,
): XmlElement {
  const { text, files } = toText(message.body);
  const said = (message.action && files.length === 0 ? '/me ' : '') + text;
  const { replyTo } = message;
  // Programs show a file only where its address is the whole body.
  const quote = replyTo?.quote && files.length === 0 ? toQuoteLines(replyTo.quote) : '';
  return toStanza(
    message.room,
    type,
    message.token,
    xml('body', {}, quote + said),
    ...files,
    replyTo && toReply({ id: replyTo.native, to: answered }),
    quote === '' ? undefined : toReplyFallback([...quote].length),
    toHops(message.hops),
  );
}

/** @param origin the id that the changed message was sent with */
export function toEditStanza(edit: OutgoingMessage, type: MessageType, origin: string): XmlElement {
  const { text, files } = toText(edit.body);
  return toStanza(
    edit.room,
    type,
    edit.token,
    xml('body', {}, text),
    ...files,
    toCorrection(origin),
    toHops(edit.hops),
  );
}

/** What a body says, and the marks of the files in it: a file alone says its address and nothing else. */
function toText(body: readonly Segment[]): { text: string; files: XmlElement[] } {
  const urls = body.flatMap((segment) => (isMedia(segment) && isWeb(segment.url) ? [segment.url] : []));
  const isAlone = body.length === 1 && urls.length === 1;
  return { text: isAlone ? urls.join('') : toPlainText(body), files: urls.map(toOob) };
}

function isWeb(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function toQuoteLines(quote: { name: string; text: string }): string {
  return `${quote.name}: ${quote.text}`
    .split('\n')
    .map((line) => `> ${line}\n`)
    .join('');
}
